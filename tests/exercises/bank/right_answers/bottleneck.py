"""Right answers to the exercises of notebook 04, written in other ways."""

import torch
import torch.nn.functional as F
from torch import nn


def from_shapes(in_channels, channels, expansion=4):
    out = channels * expansion
    shapes = [(channels, in_channels, 1, 1), (channels, channels, 3, 3), (out, channels, 1, 1)]
    return sum(torch.Size(shape).numel() for shape in shapes)


def factored(in_channels, channels, expansion=4):
    return channels * (in_channels + (9 + expansion) * channels)


def from_layers(in_channels, channels, expansion=4):
    layers = nn.Sequential(
        nn.Conv2d(in_channels, channels, 1, bias=False),
        nn.Conv2d(channels, channels, (3, 3), bias=False),
        nn.Conv2d(channels, expansion * channels, 1, bias=False),
    )
    return sum(p.numel() for p in layers.parameters())


def by_kernel_sides(in_channels, channels, expansion=4):
    widths = [in_channels, channels, channels, channels * expansion]
    pairs = zip((1, 3, 1), widths[:-1], widths[1:], strict=True)
    return sum(side**2 * before * after for side, before, after in pairs)


def by_a_convolution_on_meta(in_channels, channels, expansion=4):
    total, inputs = 0, in_channels
    with torch.device("meta"):
        for outputs, side in ((channels, 1), (channels, 3), (expansion * channels, 1)):
            total += nn.Conv2d(inputs, outputs, side, bias=False).weight.numel()
            inputs = outputs
    return total


class OtherNamesAndOrder(nn.Module):
    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        out = channels * self.expansion
        self.way_past = nn.Identity() if downsample is None else downsample
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in (out, channels, channels))
        self.expand = nn.Conv2d(channels, out, 1, bias=False)
        self.look = nn.Conv2d(channels, channels, 3, stride, 1, bias=False)
        self.reduce = nn.Conv2d(in_channels, channels, 1, bias=False)

    def forward(self, image):
        out = torch.relu(self.norms[2](self.reduce(image)))
        out = torch.relu(self.norms[1](self.look(out)))
        return torch.relu(self.way_past(image) + self.norms[0](self.expand(out)))


class InOneSequential(nn.Module):
    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.downsample = downsample
        self.relu = nn.ReLU(inplace=True)
        self.body = nn.Sequential(
            nn.Conv2d(in_channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.ZeroPad2d(1),
            nn.Conv2d(channels, channels, 3, stride, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, 4 * channels, 1, bias=False),
            nn.BatchNorm2d(4 * channels),
        )

    def forward(self, x):
        past = self.downsample(x) if self.downsample else x
        return self.relu(self.body(x).add_(past))


class BareParameters(nn.Module):
    """The 1x1 convolutions as matrix products over the channels, weights without a layer."""

    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.stride, self.past = stride, downsample or (lambda x: x)
        self.last = nn.Parameter(torch.randn(4 * channels, channels, 1, 1) * 0.1)
        self.middle = nn.Parameter(torch.randn(channels, channels, 3, 3) * 0.1)
        self.first = nn.Parameter(torch.randn(channels, in_channels, 1, 1) * 0.1)
        self.bn = nn.ModuleDict(
            {
                "last": nn.BatchNorm2d(4 * channels),
                "middle": nn.BatchNorm2d(channels),
                "first": nn.BatchNorm2d(channels),
            }
        )

    def forward(self, x):
        out = torch.einsum("oi,nihw->nohw", self.first[:, :, 0, 0], x)
        out = self.bn["first"](out).clamp(min=0)
        out = F.conv2d(out, self.middle, stride=self.stride, padding=1)
        out = self.bn["middle"](out).clamp(min=0)
        out = torch.einsum("oi,nihw->nohw", self.last[:, :, 0, 0], out)
        return (self.past(x) + self.bn["last"](out)).clamp(min=0)


class LinearForThe1x1(nn.Module):
    """Linear layers over the channels, which stand last, and lazy ones elsewhere."""

    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.reduce = nn.Linear(in_channels, channels, bias=False)
        self.expand = nn.Linear(channels, 4 * channels, bias=False)
        self.look = nn.LazyConv2d(channels, 3, stride, padding=1, bias=False)
        self.norms = nn.ModuleList(nn.LazyBatchNorm2d() for _ in range(3))
        self.downsample = downsample

    def forward(self, x):
        out = self.reduce(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        out = self.look(self.norms[0](out).relu()).contiguous()
        out = self.expand(self.norms[1](out).relu().movedim(1, 3)).movedim(3, 1)
        out = self.norms[2](out)
        return (out + (x if self.downsample is None else self.downsample(x))).relu()


class ALoopOverLayers(nn.Module):
    """Layers by kernel in a list; a ReLU in front of each but the first."""

    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        plan = [(1, channels, 1), (3, channels, stride), (1, 4 * channels, 1)]
        self.units = nn.ModuleList()
        for side, width, step in plan:
            conv = nn.Conv2d(in_channels, width, side, step, (side - 1) // 2, bias=False)
            self.units.append(nn.ModuleDict({"norm": nn.BatchNorm2d(width), "conv": conv}))
            in_channels = width
        self.skip = downsample

    def forward(self, x):
        out = x
        for number, unit in enumerate(self.units):
            if number > 0:
                out = torch.clamp(out, min=0)
            out = unit["norm"](unit["conv"](out))
        out = out.add(self.skip(x) if self.skip is not None else x)
        return torch.max(out, out.new_zeros(()))


class UnfoldedWithPadding(nn.Module):
    """The 3x3 as a product with patches of an image that was padded before."""

    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.stride, self.way = stride, downsample
        self.kernel = nn.Parameter(torch.randn(channels, channels, 3, 3) / 10)
        self.first = nn.Sequential(
            nn.Conv2d(in_channels, channels, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()
        )
        self.between = nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU())
        self.last = nn.Sequential(
            nn.Conv2d(channels, 4 * channels, 1, bias=False), nn.BatchNorm2d(4 * channels)
        )

    def forward(self, x):
        out = F.pad(self.first(x), (1, 1, 1, 1))
        windows = out.unfold(2, 3, self.stride).unfold(3, 3, self.stride)
        out = torch.einsum("nchwij,ocij->nohw", windows, self.kernel)
        out = self.last(self.between(out))
        return F.relu(out + (self.way(x) if self.way else x))


RIGHT = {
    "bottleneck_parameters": [
        from_shapes,
        factored,
        from_layers,
        by_kernel_sides,
        by_a_convolution_on_meta,
    ],
    "Bottleneck": [
        OtherNamesAndOrder,
        InOneSequential,
        BareParameters,
        LinearForThe1x1,
        ALoopOverLayers,
        UnfoldedWithPadding,
    ],
}
