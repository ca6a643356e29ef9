"""Grouped convolution against torch's own, and what the groups can see of each other."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_lib.models.groups import (
    block_diagonal_weight,
    channel_shuffle,
    grouped_conv2d,
    movement,
)

CASES = [  # in, out, kernel, groups
    (4, 6, 3, 1), (4, 6, 3, 2), (6, 4, 1, 2), (9, 3, 5, 3), (8, 8, 3, 8), (4, 12, 3, 4),
]  # fmt: skip


def random_weight(in_channels, out_channels, kernel, groups):
    return torch.randn(
        out_channels, in_channels // groups, kernel, kernel, dtype=torch.float64, requires_grad=True
    )


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (1, 2)])
def test_small_convolutions_in_a_row_are_the_grouped_one(case, stride, padding):
    in_channels, *_, groups = case
    x = torch.randn(2, in_channels, 7, 6, dtype=torch.float64, requires_grad=True)
    weight = random_weight(*case)
    ours = grouped_conv2d(x, weight, groups, stride, padding)
    torchs = F.conv2d(x, weight, stride=stride, padding=padding, groups=groups)
    torch.testing.assert_close(ours, torchs)
    cotangent = torch.randn_like(torchs)
    for mine, theirs in zip(
        torch.autograd.grad(ours, (x, weight), cotangent),
        torch.autograd.grad(torchs, (x, weight), cotangent),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("case", CASES)
def test_block_diagonal_weight_is_the_same_function(case):
    in_channels, out_channels, kernel, groups = case
    x = torch.randn(2, in_channels, 7, 6, dtype=torch.float64)
    weight = random_weight(*case)
    dense = block_diagonal_weight(weight, groups)
    assert dense.shape == (out_channels, in_channels, kernel, kernel)
    assert dense.count_nonzero() == weight.numel()
    torch.testing.assert_close(F.conv2d(x, dense), F.conv2d(x, weight, groups=groups))
    dense.sum().backward()
    torch.testing.assert_close(weight.grad, torch.ones_like(weight))


@pytest.mark.parametrize(("channels", "groups"), [(6, 1), (6, 2), (6, 3), (6, 6), (12, 4)])
def test_channel_shuffle_is_torchs(channels, groups):
    x = torch.randn(2, channels, 3, 4).transpose(2, 3)  # not contiguous
    assert torch.equal(channel_shuffle(x, groups), nn.ChannelShuffle(groups)(x))
    undone = channel_shuffle(channel_shuffle(x, groups), channels // groups)
    assert torch.equal(undone, x)


def test_groups_meet_only_after_a_shuffle():
    first, second = (nn.Conv2d(8, 8, 3, padding=1, groups=4) for _ in range(2))
    x = torch.randn(2, 8, 5, 5)
    own = torch.eye(4, dtype=torch.bool).repeat_interleave(2, dim=1)
    apart = movement(lambda x: second(first(x)), x, 4)
    assert torch.equal(apart > 0, own)
    meeting = movement(lambda x: second(channel_shuffle(first(x), 4)), x, 4)
    assert (meeting > 0).sum() == 16 and torch.equal((meeting > 0).sum(dim=1), torch.full((4,), 4))
    everywhere = movement(nn.Conv2d(8, 8, 3), x, 4)
    assert (everywhere > 0).all()


def test_movement_leaves_its_input_as_it_was():
    x = torch.randn(1, 4, 3, 3)
    before = x.clone()
    movement(lambda x: x, x, 2)
    assert torch.equal(x, before)


@pytest.mark.parametrize("groups", [0, -2, 4])
def test_groups_that_do_not_divide_are_refused(groups):
    x, weight = torch.randn(1, 6, 4, 4), torch.randn(6, 3, 3, 3)
    message = f"groups={groups}"
    with pytest.raises(ValueError, match=message):
        grouped_conv2d(x, weight, groups)
    with pytest.raises(ValueError, match=message):
        block_diagonal_weight(weight, groups)
    with pytest.raises(ValueError, match=message):
        channel_shuffle(x, groups)
    with pytest.raises(ValueError, match=message):
        movement(lambda x: x, x, groups)


def test_a_weight_for_other_groups_is_refused():
    with pytest.raises(ValueError, match=r"6 input channels and a weight of shape \(6, 3, 3, 3\)"):
        grouped_conv2d(torch.randn(1, 6, 4, 4), torch.randn(6, 3, 3, 3), groups=3)
