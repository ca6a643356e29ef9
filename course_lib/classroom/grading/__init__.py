"""Grade a folder of submitted notebooks; `python -m course_lib grade --help`.

`submissions` finds the learners and their files; `cells`, `names` and `extraction` take each
exercise and what it needs out of them; `pool` has it run by `worker`, in a process that confines
itself; `judgement` compares the values that come back; `grade` does all that for a class. The
judge's own process never runs a line of a submission.
"""
