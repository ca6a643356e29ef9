"""Take exercises out of what a learner has handed in. Nothing in here runs a line of it."""
