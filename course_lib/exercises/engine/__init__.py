"""The exercise engine. It knows no exercise: those stand in the `bank`.

`exercise` says what an exercise is made of; `ask` puts its questions to an attempt, under `guard`;
`compare` says which answers are equal, with the same `weights`; `key` keeps what the reference and
the known mistakes answer. `judge` makes a `report`: what reading the code shows (`read_code`,
`signature`, `source`), the kinds of the answers (`structure`), known mistakes alone and together
(`explain`), `errors` and `conditions`. Where that leaves it open, `locate` runs the attempt again:
step by step beside the reference (`parting`, by `trace`, in the words of `operations`), or with one
thing changed (`repair`, by `variants`). `check` does all of it; `feedback` shows it, with `table`,
`grid` and `hint`.
"""
