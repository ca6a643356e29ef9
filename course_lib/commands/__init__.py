"""What `python -m course_lib COMMAND` runs: a module a command.

Each module has `add_arguments(parser)` and `run(arguments)`; its docstring is the command's help.
A ValueError or an OSError that `run` raises is shown as one line, without a traceback.
"""
