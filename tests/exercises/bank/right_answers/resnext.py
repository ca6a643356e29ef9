"""Right answers to the exercises of notebook 09, written in other ways."""

import math
from fractions import Fraction

import torch
import torch.nn.functional as F
from torch import nn

from course_lib.models.blocks import Bottleneck
from course_lib.models.resnext import resnext_width

# --- resnext_width


def by_integers(channels, groups, width_per_group):
    return groups * (channels * width_per_group // 64)


def by_adding_groups(channels, groups, width_per_group):
    one = int(width_per_group * (channels / 64))
    return sum(one for _ in range(groups))


def by_counting_up(channels, groups, width_per_group):
    one = 0
    while 64 * (one + 1) <= channels * width_per_group:
        one += 1
    return groups * one


def by_fractions(channels, groups, width_per_group):
    return math.floor(Fraction(channels, 64) * width_per_group) * groups


# --- merge_branches


def by_filling(reduce_weights, transform_weights, expand_weights):
    branches = len(reduce_weights)
    d, ins = reduce_weights[0].shape[:2]
    outs = expand_weights[0].shape[0]
    first = torch.zeros(branches * d, ins, 1, 1)
    middle = torch.zeros(branches * d, d, 3, 3)
    last = torch.zeros(outs, branches * d, 1, 1)
    for i in range(branches):
        mine = slice(i * d, (i + 1) * d)
        first[mine] = reduce_weights[i]
        middle[mine] = transform_weights[i]
        last[:, mine] = expand_weights[i]
    return [first, middle, last]


def by_stacking(reduce_weights, transform_weights, expand_weights):
    first, middle = (
        torch.stack(list(w)).flatten(0, 1) for w in (reduce_weights, transform_weights)
    )
    return first, middle, torch.stack(list(expand_weights), dim=1).flatten(1, 2)


def last_branch_first(reduce_weights, transform_weights, expand_weights):
    """Any order of the branches is the same function."""
    return (
        torch.vstack(reduce_weights[::-1]),
        torch.vstack(transform_weights[::-1]),
        torch.hstack(expand_weights[::-1]),
    )


def by_padding(reduce_weights, transform_weights, expand_weights):
    """Each branch among zeros, and the sum of all."""
    before, d = 0, len(reduce_weights[0])
    behind = d * (len(reduce_weights) - 1)
    rows, middle, columns = 0, 0, 0
    for a, b, c in zip(reduce_weights, transform_weights, expand_weights, strict=True):
        around = (0, 0) * 3 + (before, behind)
        rows, middle = rows + F.pad(a, around), middle + F.pad(b, around)
        columns = columns + F.pad(c, (0, 0, 0, 0, before, behind))
        before, behind = before + d, behind - d
    return rows, middle, columns


def by_transposing(*kinds):
    merged = [torch.concatenate(tuple(kind)) for kind in kinds[:2]]
    last = torch.cat([weight.transpose(0, 1) for weight in kinds[2]]).transpose(0, 1)
    return (*merged, last.contiguous())


# --- matched_width


def by_trying(cardinality, in_channels=256, out_channels=256, budget=70_000):
    best, d = None, 1
    while True:
        cost = cardinality * (in_channels * d + 9 * d**2 + d * out_channels)
        if best is None or abs(cost - budget) < best[0]:
            best = abs(cost - budget), d
        if cost > budget:
            return best[1]
        d += 1


def by_bisection(cardinality, in_channels=256, out_channels=256, budget=70_000):
    def excess(d):
        return cardinality * d * (in_channels + 9 * d + out_channels) - budget

    low, high = 1, max(2, budget)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if excess(middle) <= 0 else (low, middle)
    return low if abs(excess(low)) <= abs(excess(high)) else high


def by_tensors(cardinality, in_channels=256, out_channels=256, budget=70_000):
    d = torch.arange(1, 1000)
    costs = cardinality * (9 * d * d + (in_channels + out_channels) * d)
    return d[(costs - budget).abs().argmin()].item()


def by_the_equation(cardinality, in_channels=256, out_channels=256, budget=70_000):
    b = in_channels + out_channels
    exact = (math.sqrt(b * b + 36 * budget / cardinality) - b) / 18
    neighbours = [max(1, math.floor(exact)), max(1, math.ceil(exact))]
    costs = [cardinality * (b * d + 9 * d * d) for d in neighbours]
    return neighbours[0] if budget - costs[0] <= costs[1] - budget else neighbours[1]


def by_halves(cardinality, in_channels=256, out_channels=256, budget=70_000):
    """The next width is worth it while the middle of two costs lies below the budget."""
    d, cost = 1, lambda d: cardinality * (in_channels * d + 9 * d**2 + d * out_channels)
    while cost(d) + cost(d + 1) < 2 * budget:
        d += 1
    return d


# --- ResNeXtBottleneck


class OtherNamesAndOrder(nn.Module):
    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None, groups=1,
                 width_per_group=64):  # fmt: skip
        super().__init__()
        inner, outer = channels * width_per_group // 64 * groups, channels * self.expansion
        self.past = nn.Identity() if downsample is None else downsample
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in (outer, inner, inner))
        self.expand = nn.Conv2d(inner, outer, 1, bias=False)
        self.look = nn.Conv2d(inner, inner, 3, stride, 1, groups=groups, bias=False)
        self.reduce = nn.Conv2d(in_channels, inner, 1, bias=False)

    def forward(self, image):
        out = torch.relu(self.norms[2](self.reduce(image)))
        out = torch.relu(self.norms[1](self.look(out)))
        return torch.relu(self.past(image) + self.norms[0](self.expand(out)))


class InOneSequential(nn.Module):
    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None, groups=1,
                 width_per_group=64, **ignored):  # fmt: skip
        super().__init__()
        width = int(channels * (width_per_group / 64.0)) * groups
        self.downsample = downsample
        self.body = nn.Sequential(
            nn.Conv2d(in_channels, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.ZeroPad2d(1),
            nn.Conv2d(width, width, 3, stride, groups=groups, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, 4 * channels, 1, bias=False),
            nn.BatchNorm2d(4 * channels),
        )

    def forward(self, x):
        return (self.body(x) + (self.downsample(x) if self.downsample else x)).relu_()


class BareParameters(nn.Module):
    """1x1 convolutions as matrix products, the groups one after the other."""

    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None, groups=1,
                 width_per_group=64):  # fmt: skip
        super().__init__()
        each = int(channels * width_per_group / 64)
        width = each * groups
        self.stride, self.groups, self.past = stride, groups, downsample or nn.Identity()
        self.last = nn.Parameter(torch.randn(4 * channels, width, 1, 1) * 0.1)
        self.middle = nn.Parameter(torch.randn(width, each, 3, 3) * 0.1)
        self.first = nn.Parameter(torch.randn(width, in_channels, 1, 1) * 0.1)
        self.bn = nn.ModuleDict(
            {
                "last": nn.BatchNorm2d(4 * channels),
                "middle": nn.BatchNorm2d(width),
                "first": nn.BatchNorm2d(width),
            }
        )

    def forward(self, x):
        out = torch.einsum("oi,nihw->nohw", self.first[:, :, 0, 0], x)
        out = self.bn["first"](out).clamp(min=0)
        pairs = zip(out.chunk(self.groups, 1), self.middle.chunk(self.groups), strict=True)
        out = torch.cat([F.conv2d(a, w, stride=self.stride, padding=1) for a, w in pairs], dim=1)
        out = self.bn["middle"](out).clamp(min=0)
        out = torch.einsum("oi,nihw->nohw", self.last[:, :, 0, 0], out)
        return (self.past(x) + self.bn["last"](out)).clamp(min=0)


class OfABottleneck(Bottleneck):
    """Only other layers: the forward is inherited, and so is what was built there."""

    def __init__(self, in_channels, channels, stride=1, downsample=None, groups=1,
                 width_per_group=64):  # fmt: skip
        super().__init__(in_channels, channels, stride, downsample)
        width = resnext_width(channels, groups, width_per_group)
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, groups=groups, bias=False)
        self.conv3 = nn.Conv2d(width, 4 * channels, 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)


class GroupsByEinsum(nn.Module):
    """All groups at once, as one more axis of the patches."""

    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None, groups=1,
                 width_per_group=64):  # fmt: skip
        super().__init__()
        each = channels * width_per_group // 64
        self.groups, self.stride, self.way = groups, stride, downsample
        self.reduce = nn.LazyConv2d(groups * each, 1, bias=False)
        self.kernel = nn.Parameter(torch.randn(groups * each, each, 3, 3) / 10)
        self.expand = nn.LazyConv2d(4 * channels, 1, bias=False)
        self.norms = nn.ModuleDict({name: nn.LazyBatchNorm2d() for name in "cba"})

    def forward(self, x):
        out = F.relu(self.norms["a"](self.reduce(x)))
        height, width = ((size - 1) // self.stride + 1 for size in x.shape[2:])
        patches = F.unfold(out, 3, padding=1, stride=self.stride)
        patches = patches.unflatten(1, (self.groups, -1))
        kernels = self.kernel.flatten(1).unflatten(0, (self.groups, -1))
        out = torch.einsum("gok,ngkl->ngol", kernels, patches).flatten(1, 2)
        out = F.relu(self.norms["b"](out.unflatten(2, (height, width))))
        out = self.norms["c"](self.expand(out))
        return F.relu(out + (x if self.way is None else self.way(x)))


class DenseWithZeros(nn.Module):
    """A dense 3x3 kernel that is block-diagonal, built anew from the groups' weights."""

    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None, groups=1,
                 width_per_group=64):  # fmt: skip
        super().__init__()
        each = int(width_per_group * channels / 64)
        self.options = {"stride": stride, "padding": 1}
        self.groups, self.downsample = groups, downsample
        self.weight = nn.Parameter(torch.randn(groups * each, each, 3, 3) / 10)
        self.one = nn.Sequential(
            nn.Conv2d(in_channels, groups * each, 1, bias=False), nn.BatchNorm2d(groups * each)
        )
        self.two = nn.BatchNorm2d(groups * each)
        self.three = nn.Sequential(
            nn.Conv2d(groups * each, 4 * channels, 1, bias=False), nn.BatchNorm2d(4 * channels)
        )

    def dense(self):
        blocks = self.weight.movedim((2, 3), (0, 1)).chunk(self.groups, dim=2)
        rows = [torch.block_diag(*(block[i, j] for block in blocks))
                for i in range(3) for j in range(3)]  # fmt: skip
        return torch.stack(rows, dim=2).unflatten(2, (3, 3))

    def forward(self, x):
        out = F.conv2d(self.one(x).relu(), self.dense(), **self.options)
        out = self.three(self.two(out).relu())
        return (out + (self.downsample(x) if self.downsample else x)).relu()


RIGHT = {
    "resnext_width": [by_integers, by_adding_groups, by_counting_up, by_fractions],
    "merge_branches": [by_filling, by_stacking, last_branch_first, by_padding, by_transposing],
    "matched_width": [by_trying, by_bisection, by_tensors, by_the_equation, by_halves],
    "ResNeXtBottleneck": [
        OtherNamesAndOrder,
        InOneSequential,
        BareParameters,
        OfABottleneck,
        GroupsByEinsum,
        DenseWithZeros,
    ],
}
