"""What a class gets: tables, a page for each learner, and the files they are written to."""
