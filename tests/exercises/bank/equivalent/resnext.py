"""Changes of the references that change nothing that is asked for."""

from tests.exercises.bank.equivalent.bottleneck import BOTTLENECK, without_v1

SEARCH = "return min(range(1, math.isqrt(budget) + 1), key=miss)"
FURTHER = "It searches further than it needs to, and finds the same."
JOINED = (
    "reduce = torch.cat(list(reduce_weights))",
    "transform = torch.cat(list(transform_weights))",
    "expand = torch.cat(list(expand_weights), dim=1)",
)

EQUIVALENT: dict[str, dict[str, str]] = {
    "ResNeXtBottleneck": BOTTLENECK | without_v1("width"),
    "matched_width": {
        f"{SEARCH} -> {SEARCH.replace('math.isqrt(budget)', 'budget')}": FURTHER,
        f"{SEARCH} -> {SEARCH.replace('+ 1', '+ 2')}": FURTHER,
    },
    "merge_branches": {
        f"{line} -> {line.replace('list(', '').replace(')', '', 1)}": "The weights come in lists."
        for line in JOINED
    },
}
