"""The exercises: a folder a notebook, a module an exercise, and what residual blocks share."""
