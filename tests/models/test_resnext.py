"""ResNeXt: the width, the three forms of figure 3, the width at equal cost."""

import itertools

import pytest
import torch
import torch.nn.functional as F

from course_lib.models.resnext import matched_width, merge_branches, resnext_width

CASES = [(1, 3, 5, 4), (2, 2, 6, 6), (3, 4, 4, 8), (8, 1, 5, 3)]  # branches, width, in, out


@pytest.mark.parametrize(
    ("channels", "groups", "width_per_group", "width"),
    [(64, 32, 4, 128), (512, 32, 4, 1024), (64, 1, 64, 64), (96, 3, 5, 21), (512, 32, 8, 2048)],
)
def test_width(channels, groups, width_per_group, width):
    found = resnext_width(channels, groups, width_per_group)
    assert found == width and type(found) is int


def random_branches(branches, width, ins, outs):
    shapes = ((width, ins, 1, 1), (width, width, 3, 3), (outs, width, 1, 1))
    return [
        [torch.randn(shape, dtype=torch.float64, requires_grad=True) for _ in range(branches)]
        for shape in shapes
    ]


@pytest.mark.parametrize("case", CASES)
def test_merged_branches_are_the_same_function(case):
    torch.manual_seed(0)
    weights = random_branches(*case)
    x = torch.randn(2, case[2], 5, 6, dtype=torch.float64, requires_grad=True)
    separate = sum(
        F.conv2d(F.relu(F.conv2d(F.relu(F.conv2d(x, a)), b, padding=1)), c)
        for a, b, c in zip(*weights, strict=True)
    )
    reduce, transform, expand = merge_branches(*weights)
    out = F.relu(F.conv2d(F.relu(F.conv2d(x, reduce)), transform, padding=1, groups=case[0]))
    grouped = F.conv2d(out, expand)
    assert (separate - grouped).abs().max() < 1e-10
    leaves = [x, *itertools.chain(*weights)]
    cotangent = torch.randn_like(separate)
    for one, other in zip(
        torch.autograd.grad(separate, leaves, cotangent, retain_graph=True),
        torch.autograd.grad(grouped, leaves, cotangent),
        strict=True,
    ):
        assert (one - other).abs().max() < 1e-10


def test_branches_that_do_not_match_are_refused():
    a, b, c = ([torch.zeros(2, 3, 1, 1)], [torch.zeros(2, 2, 3, 3)], [torch.zeros(4, 2, 1, 1)])
    merge_branches(a, b, c)
    with pytest.raises(ValueError, match="got 1 branches, and among them 2 weights"):
        merge_branches(a, b * 2, c)
    with pytest.raises(ValueError, match="got 2 branches"):
        merge_branches(a * 2, b * 2, [c[0], torch.zeros(4, 1, 1, 1)])
    with pytest.raises(ValueError, match="got 0 branches"):
        merge_branches([], [], [])


def test_the_papers_widths_at_equal_cost():
    assert [matched_width(c) for c in (1, 2, 4, 8, 32)] == [64, 40, 24, 14, 4]


def test_the_nearest_width_by_trying_all():
    sizes = itertools.product((1, 3, 8, 500), (4, 64), (1, 32), (24, 1000, 30_000))
    for cardinality, ins, outs, budget in sizes:

        def miss(d, c=cardinality, i=ins, o=outs, b=budget):
            return abs(c * (i * d + 9 * d * d + d * o) - b)

        found = matched_width(cardinality, ins, outs, budget)
        assert found == min(range(1, 100), key=miss) and type(found) is int


@pytest.mark.parametrize("wrong", [{"cardinality": 0}, {"in_channels": -1}, {"budget": 0}])
def test_sizes_must_be_positive(wrong):
    (name, value), *_ = wrong.items()
    with pytest.raises(ValueError, match=f"{name}={value}"):
        matched_width(**{"cardinality": 2} | wrong)
