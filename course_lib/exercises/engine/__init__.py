"""The exercise engine. It knows no exercise: those stand in the `bank`.

`exercise` says what an exercise is made of; `ask` puts its questions to an attempt, under `guard`;
`compare` says which answers are equal; `key` keeps what the reference and the known mistakes
answer; `judge` makes a `report`, and `check` does all of it. `feedback` shows it.
"""
