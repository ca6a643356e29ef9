"""Wrong answers as people write them."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from course_lib.models.resnext import matched_width, merge_branches
from tests.exercises.bank.wrong_answers import wrong

# --- ResNeXtBottleneck


def conv(in_channels, out_channels, kernel, stride=1, groups=1, bias=False):
    return nn.Conv2d(
        in_channels, out_channels, kernel, stride, kernel // 2, groups=groups, bias=bias
    )


class Grouped(nn.Module):
    """The layers that most of the answers below share; what differs is in `layers` or `forward`."""

    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None, groups=1,
                 width_per_group=64):  # fmt: skip
        super().__init__()
        self.layers(in_channels, channels, stride, groups, width_per_group)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def layers(self, in_channels, channels, stride, groups, width_per_group):
        self.build(in_channels, int(channels * width_per_group / 64) * groups, channels * 4,
                   stride, groups)  # fmt: skip

    def build(self, in_channels, width, out_channels, stride, groups):
        self.conv1, self.bn1 = conv(in_channels, width, 1), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3, stride, groups), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = conv(width, out_channels, 1), nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


# ResNeXtBottleneck: wrong in a corner


@wrong("ResNeXtBottleneck")
class WidthOnlyWithGroups(Grouped):
    """One group is a plain bottleneck: but a wide one has one group too."""

    def layers(self, in_channels, channels, stride, groups, width_per_group):
        width = channels
        if groups > 1:
            width = channels * width_per_group // 64 * groups
        self.build(in_channels, width, channels * 4, stride, groups)


@wrong("ResNeXtBottleneck")
class FourByDefault(Grouped):
    """A default of 4 as soon as there are groups."""

    def __init__(self, in_channels, channels, stride=1, downsample=None, groups=1,
                 width_per_group=None):  # fmt: skip
        width_per_group = width_per_group or (64 if groups == 1 else 4)
        super().__init__(in_channels, channels, stride, downsample, groups, width_per_group)


@wrong("ResNeXtBottleneck")
class CappedInTheMiddle(Grouped):
    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn3(self.conv3(F.relu6(self.bn2(self.conv2(out)))))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


@wrong("ResNeXtBottleneck")
class StrideOneOrTwo(Grouped):
    def layers(self, in_channels, channels, stride, groups, width_per_group):
        super().layers(in_channels, channels, min(stride, 2), groups, width_per_group)


# ResNeXtBottleneck: as people write it


@wrong("ResNeXtBottleneck", "scale|bias")
class WidthNotScaled(Grouped):
    def build(self, in_channels, width, out_channels, stride, groups):
        self.conv1, self.bn1 = conv(in_channels, width, 1, bias=True), nn.BatchNorm2d(width)
        self.conv2 = conv(width, width, 3, stride, groups, bias=True)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = conv(width, out_channels, 1, bias=True)
        self.bn3 = nn.BatchNorm2d(out_channels)

    def layers(self, in_channels, channels, stride, groups, width_per_group):
        self.build(in_channels, groups * width_per_group, channels * 4, stride, groups)


@wrong("ResNeXtBottleneck", "v1|first 1x1|groups|dense")
class DenseV1(Grouped):
    def build(self, in_channels, width, out_channels, stride, groups):
        self.conv1, self.bn1 = conv(in_channels, width, 1, stride), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = conv(width, out_channels, 1), nn.BatchNorm2d(out_channels)


@wrong("ResNeXtBottleneck", "groups too|last ReLU|go through")
class GroupsEverywhere(Grouped):
    """All three convolutions grouped, and the sum as it is."""

    def build(self, in_channels, width, out_channels, stride, groups):
        self.path = nn.Sequential(
            conv(in_channels, width, 1, groups=groups),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            conv(width, width, 3, stride, groups),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            conv(width, out_channels, 1, groups=groups),
            nn.BatchNorm2d(out_channels),
        )

    def forward(self, x):
        identity = self.downsample(x) if self.downsample is not None else x
        return self.path(x) + identity


@wrong("ResNeXtBottleneck", "swapped|width_per_group groups|before the addition")
class SwappedWithAnEarlyRelu(Grouped):
    def layers(self, in_channels, channels, stride, groups, width_per_group):
        groups, width_per_group = width_per_group, groups
        width = int(channels * (width_per_group / 64.0)) * groups
        self.build(in_channels, width, channels * 4, stride, groups)

    def forward(self, x):
        out = x
        for conv_, norm in [(self.conv1, self.bn1), (self.conv2, self.bn2), (self.conv3, self.bn3)]:
            out = F.relu(norm(conv_(out)))
        if self.downsample is not None:
            x = self.downsample(x)
        return F.relu(x + out)


@wrong("ResNeXtBottleneck", "dilat")
class Dilated(Grouped):
    def build(self, in_channels, width, out_channels, stride, groups):
        super().build(in_channels, width, out_channels, stride, groups)
        self.conv2 = nn.Conv2d(
            width, width, 3, stride, padding=2, dilation=2, groups=groups, bias=False
        )


@wrong("ResNeXtBottleneck", "tuple|two|pair")
class WithItsWidth(Grouped):
    def forward(self, x):
        return super().forward(x), self.bn1.num_features


@wrong("ResNeXtBottleneck", "list|ModuleList|parameters|register")
class BranchesInAList(nn.Module):
    """Figure 3a with branches in a plain list, and their sum."""

    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None, groups=1,
                 width_per_group=64):  # fmt: skip
        super().__init__()
        d = channels * width_per_group // 64
        self.branches = [
            nn.Sequential(
                conv(in_channels, d, 1),
                nn.BatchNorm2d(d),
                nn.ReLU(),
                conv(d, d, 3, stride),
                nn.BatchNorm2d(d),
                nn.ReLU(),
                conv(d, channels * 4, 1),
            )
            for _ in range(groups)
        ]
        self.bn = nn.BatchNorm2d(channels * 4)
        self.downsample = downsample

    def forward(self, x):
        out = self.bn(sum(branch(x) for branch in self.branches))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


@wrong("ResNeXtBottleneck", "argument|groups|unexpected")
class OldSignature(nn.Module):
    """The Bottleneck of notebook 04, renamed: no groups, no width."""

    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.conv1, self.bn1 = conv(in_channels, channels, 1), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = conv(channels, channels, 3, stride), nn.BatchNorm2d(channels)
        self.conv3, self.bn3 = conv(channels, channels * 4, 1), nn.BatchNorm2d(channels * 4)
        self.downsample = downsample

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        return F.relu(self.bn3(self.conv3(out)) + (self.downsample or nn.Identity())(x))


# --- resnext_width: wrong in a corner


@wrong("resnext_width")
def one_channel_at_least(channels, groups, width_per_group):
    return max(1, channels * width_per_group // 64) * groups


@wrong("resnext_width")
def rounded_half_to_even(channels, groups, width_per_group):
    return int(round(channels * width_per_group / 64 - 0.25)) * groups


@wrong("resnext_width")
def by_doublings(channels, groups, width_per_group):
    """Right for the four stages alone."""
    while channels > 64:
        width_per_group, channels = width_per_group * 2, channels // 2
    return width_per_group * groups


# resnext_width: as people write it


@wrong("resnext_width", "float")
def torchvision_without_int(channels, groups, width_per_group):
    return channels * (width_per_group / 64.0) * groups


@wrong("resnext_width", "cut off after|whole channels|expansion")
def one_int_around_all(planes, groups, base_width):
    expansion = 4
    width = int(planes * base_width * groups / 64)
    return width * expansion


@wrong("resnext_width", "swapped|rounded")
def rounded_and_swapped(channels, groups, width_per_group):
    scale = channels / 64
    return math.ceil(groups * scale) * width_per_group


@wrong("resnext_width", "256|left out the groups|one of them")
def one_group_of_the_output(channels, groups, width_per_group):
    ratio = width_per_group / 256
    return int(channels * ratio)


@wrong("resnext_width", "divide by 64|left out the groups|one of them")
def product_of_two(channels, groups, width_per_group):
    return channels * width_per_group


@wrong("resnext_width", "two|twice|factor")
def half_of_it(channels, groups, width_per_group):
    """In no list: the 128 channels of the first stage taken for the unit."""
    return channels * width_per_group // 128 * groups


@wrong("resnext_width", "return|None|print")
def printed_width(channels, groups, width_per_group):
    print(channels * width_per_group // 64 * groups)


@wrong("resnext_width", "tensor|int|type")
def as_a_tensor(channels, groups, width_per_group):
    return torch.tensor(channels * width_per_group // 64 * groups)


@wrong("resnext_width", "tuple")
def both_widths(channels, groups, width_per_group):
    each = channels * width_per_group // 64
    return each, each * groups


# --- merge_branches: wrong in a corner


@wrong("merge_branches")
def emptying_the_lists(reduce_weights, transform_weights, expand_weights):
    first, middle, last = (
        weights.pop(0) for weights in (reduce_weights, transform_weights, expand_weights)
    )
    while reduce_weights:
        first = torch.cat([first, reduce_weights.pop(0)])
        middle = torch.cat([middle, transform_weights.pop(0)])
        last = torch.cat([last, expand_weights.pop(0)], dim=1)
    return first, middle, last


@wrong("merge_branches")
def at_least_two_branches(reduce_weights, transform_weights, expand_weights):
    first = torch.cat([reduce_weights[0], *reduce_weights[1:]])
    middle = torch.cat([transform_weights[0], *transform_weights[1:]])
    last = torch.cat([expand_weights[0], expand_weights[1], *expand_weights[2:]], dim=1)
    return first, middle, last


@wrong("merge_branches")
def cutting_one_of_the_graphs(reduce_weights, transform_weights, expand_weights):
    reduce, transform, expand = merge_branches(reduce_weights, transform_weights, expand_weights)
    return reduce, transform.data, expand


@wrong("merge_branches")
def scaling_in_place(reduce_weights, transform_weights, expand_weights):
    """The right numbers, and the branches' own weights are other ones afterwards."""
    merged = merge_branches(reduce_weights, transform_weights, expand_weights)
    for weight in expand_weights:
        weight.data.mul_(1 / len(expand_weights))
    return merged


# merge_branches: as people write it


@wrong("merge_branches", "below each other|last weights")
def all_along_the_rows(reduce_weights, transform_weights, expand_weights):
    return tuple(torch.cat(w, 0) for w in (reduce_weights, transform_weights, expand_weights))


@wrong("merge_branches", "graph|gradient|averaged|divided")
def numpy_of_an_average(reduce_weights, transform_weights, expand_weights):
    a = np.concatenate([w.detach().numpy() for w in reduce_weights], axis=0)
    b = np.concatenate([w.detach().numpy() for w in transform_weights], axis=0)
    c = np.concatenate([w.detach().numpy() for w in expand_weights], axis=1)
    return torch.from_numpy(a), torch.from_numpy(b), torch.from_numpy(c / len(expand_weights))


@wrong("merge_branches", "axis of their own|four axes|stacked")
def stacked(reduce_weights, transform_weights, expand_weights):
    return (
        torch.stack(reduce_weights),
        torch.stack(transform_weights),
        torch.stack(expand_weights),
    )


@wrong("merge_branches", "added up the last|block.diagonal|dense")
def dense_middle_and_a_sum(reduce_weights, transform_weights, expand_weights):
    branches, d = len(reduce_weights), transform_weights[0].shape[0]
    middle = torch.zeros(branches * d, branches * d, 3, 3)
    for i, weight in enumerate(transform_weights):
        middle[i * d : (i + 1) * d, i * d : (i + 1) * d] = weight
    last = expand_weights[0]
    for weight in expand_weights[1:]:
        last = last + weight
    return torch.cat(reduce_weights), middle, last


@wrong("merge_branches", "another order|reverse order")
def expand_second(reduce_weights, transform_weights, expand_weights):
    first = torch.vstack(reduce_weights)
    last = torch.hstack(expand_weights[::-1])
    return first, last, torch.vstack(transform_weights)


@wrong("merge_branches", "first branch|return inside|loop")
def returning_inside_the_loop(reduce_weights, transform_weights, expand_weights):
    out = [[], [], []]
    for a, b, c in zip(reduce_weights, transform_weights, expand_weights, strict=True):
        out[0].append(a)
        out[1].append(b)
        out[2].append(c)
        return torch.cat(out[0]), torch.cat(out[1]), torch.cat(out[2], dim=1)


@wrong("merge_branches", "side by side|below each other|along the input")
def axes_exchanged(reduce_weights, transform_weights, expand_weights):
    reduce = torch.cat(reduce_weights, dim=1)
    transform = torch.cat(transform_weights, dim=0)
    expand = torch.cat(expand_weights, dim=0)
    return reduce, transform, expand


@wrong("merge_branches", "tuple|three|None|nothing")
def only_the_last(reduce_weights, transform_weights, expand_weights):
    reduce = torch.cat(reduce_weights)
    transform = torch.cat(transform_weights)
    expand = torch.cat(expand_weights, dim=1)
    return (reduce, transform), expand


# --- matched_width: wrong in a corner


@wrong("matched_width")
def up_to_64(cardinality, in_channels=256, out_channels=256, budget=70_000):
    def miss(d):
        return abs(cardinality * d * (in_channels + 9 * d + out_channels) - budget)

    return min(range(1, 65), key=miss)


@wrong("matched_width")
def nearest_in_proportion(cardinality, in_channels=256, out_channels=256, budget=70_000):
    def cost(d):
        return cardinality * d * (in_channels + 9 * d + out_channels)

    return min(
        range(1, math.isqrt(budget) + 1),
        key=lambda d: max(cost(d), budget) / min(cost(d), budget),
    )


@wrong("matched_width")
def with_another_default(cardinality, in_channels=256, out_channels=256, budget=69_632):
    """ResNet-50's block for a budget."""
    return matched_width(cardinality, in_channels, out_channels, budget)


@wrong("matched_width")
def from_two_up(cardinality, in_channels=256, out_channels=256, budget=70_000):
    def miss(d):
        return abs(cardinality * d * (in_channels + 9 * d + out_channels) - budget)

    d = 2
    while miss(d + 1) < miss(d):
        d += 1
    return d


# matched_width: as people write it


@wrong("matched_width", "below the budget|above it|forgot the cardinality|one branch")
def stopping_below(cardinality, in_channels=256, out_channels=256, budget=70_000):
    d = 1
    while in_channels * (d + 1) + 9 * (d + 1) ** 2 + out_channels * (d + 1) <= budget:
        d += 1
    return d


@wrong("matched_width", "float|three weights")
def root_of_another_equation(C, in_channels=256, out_channels=256, budget=70_000):
    a, b, c = 9, in_channels + out_channels, -budget / C
    return (-b + (b**2 - 4 * a * c) ** 0.5) / (2 * a)


@wrong("matched_width", "64 by the cardinality|more than its share|wider")
def shares_of_64(cardinality, in_channels=256, out_channels=256, budget=70_000):
    return max(64 // cardinality, 1)


@wrong("matched_width", "reaches the budget|a little below|narrowest")
def first_that_is_enough(cardinality, in_channels=256, out_channels=256, budget=70_000):
    for d in range(1, 10_000):
        total = cardinality * (in_channels * d + d * d * 9 + d * out_channels)
        if total >= budget:
            return d


@wrong("matched_width", "left out the last|three weights|expands")
def half_a_branch(cardinality, in_channels=256, out_channels=256, budget=70_000):
    best, best_gap = 1, float("inf")
    for d in range(1, 1000):
        cost = cardinality * (in_channels * d + 3 * d * d)
        if abs(cost - budget) < best_gap:
            best, best_gap = d, abs(cost - budget)
    return best


@wrong("matched_width", "256|70,000")
def numbers_of_the_paper(cardinality, in_channels=256, out_channels=256, budget=70_000):
    costs = np.array([cardinality * (256 * d + 9 * d * d + d * 256) for d in range(1, 400)])
    return int(np.argmin(np.abs(costs - 70_000))) + 1


@wrong("matched_width", "all branches|that of one|became 0|become 0|at least one")
def of_all_branches(cardinality, in_channels=256, out_channels=256, budget=70_000):
    gaps = {
        d: abs(cardinality * (in_channels * d + 9 * d * d + d * out_channels) - budget)
        for d in range(400)
    }
    return cardinality * min(gaps, key=gaps.get)


@wrong("matched_width", "one|off|less|too small|wider")
def index_for_width(cardinality, in_channels=256, out_channels=256, budget=70_000):
    """In no list: the place in a list that begins with width 1."""
    gaps = [
        abs(cardinality * d * (in_channels + 9 * d + out_channels) - budget) for d in range(1, 400)
    ]
    return gaps.index(min(gaps))


@wrong("matched_width", "tuple")
def width_and_cost(cardinality, in_channels=256, out_channels=256, budget=70_000):
    d = matched_width(cardinality, in_channels, out_channels, budget)
    return d, cardinality * d * (in_channels + 9 * d + out_channels)


# --- merge_branches, resnext_width, matched_width: the shape is not all; where to cut, where to end


@wrong("merge_branches", "reshape")
def the_right_shape(reduce_weights, transform_weights, expand_weights):
    expand = torch.stack(list(expand_weights))
    return (
        torch.cat(list(reduce_weights)),
        torch.cat(list(transform_weights)),
        expand.reshape(expand.shape[1], -1, 1, 1),
    )


@wrong("merge_branches", "three tensors are due")
def joined_and_gone(reduce_weights, transform_weights, expand_weights):
    reduce = torch.cat(list(reduce_weights))
    transform = torch.cat(list(transform_weights))
    expand = torch.cat(list(expand_weights), dim=1)
    print(reduce.shape, transform.shape, expand.shape)


@wrong("merge_branches", "gradient.*Parameter")
def new_parameters(reduce_weights, transform_weights, expand_weights):
    return (
        nn.Parameter(torch.cat(list(reduce_weights))),
        nn.Parameter(torch.cat(list(transform_weights))),
        nn.Parameter(torch.cat(list(expand_weights), dim=1)),
    )


@wrong("resnext_width", "rounded after multiplying")
def rounded_at_the_end(channels, groups, width_per_group):
    return round(channels * width_per_group / 64 * groups)


@wrong("matched_width", "first 1x1.*parentheses")
def no_parentheses(cardinality, in_channels=256, out_channels=256, budget=70_000):
    def cost(d):
        return cardinality * in_channels * d + 9 * d * d + d * out_channels

    return min(range(1, 1000), key=lambda d: abs(cost(d) - budget))


@wrong("matched_width", "no sign")
def no_absolute_value(cardinality, in_channels=256, out_channels=256, budget=70_000):
    def cost(d):
        return cardinality * (in_channels * d + 9 * d * d + d * out_channels)

    return min(range(1, 1000), key=lambda d: cost(d) - budget)


@wrong("ResNeXtBottleneck", "nothing is called expansion")
class NoExpansion(nn.Module):
    def __init__(self, in_channels, channels, stride=1, downsample=None, groups=1,
                 width_per_group=64):  # fmt: skip
        super().__init__()
        width = int(channels * width_per_group / 64) * groups
        self.conv1, self.bn1 = conv(in_channels, width, 1), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3, stride, groups), nn.BatchNorm2d(width)
        self.conv3 = conv(width, channels * self.expansion, 1)
        self.bn3 = nn.BatchNorm2d(channels * self.expansion)
        self.downsample = downsample

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn3(self.conv3(F.relu(self.bn2(self.conv2(out)))))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


@wrong("ResNeXtBottleneck", "every width below 64")
class CutTooEarly(Grouped):
    def layers(self, in_channels, channels, stride, groups, width_per_group):
        width = channels * (width_per_group // 64) * groups
        self.build(in_channels, width, channels * 4, stride, groups)
