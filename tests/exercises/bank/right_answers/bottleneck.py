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


RIGHT = {
    "bottleneck_parameters": [from_shapes, factored, from_layers],
    "Bottleneck": [OtherNamesAndOrder, InOneSequential, BareParameters],
}
