"""Wrong answers as people write them."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from tests.exercises.bank.wrong_answers import wrong


def conv1x1(in_planes, out_planes, stride=1, bias=False):
    return nn.Conv2d(in_planes, out_planes, kernel_size=1, stride=stride, bias=bias)


def conv3x3(in_planes, out_planes, stride=1, bias=False):
    return nn.Conv2d(in_planes, out_planes, 3, stride, padding=1, bias=bias)


# bottleneck_parameters: wrong in a corner


@wrong("bottleneck_parameters")
def never_more_than_four(in_channels, channels, expansion=4):
    outer = channels * min(expansion, 4)
    return in_channels * channels + 9 * channels**2 + channels * outer


@wrong("bottleneck_parameters")
def doublings(in_channels, channels, expansion=4):
    return in_channels * channels + 9 * channels**2 + (channels**2 << expansion // 2)


@wrong("bottleneck_parameters")
def a_multiple_of_the_expansion_comes_in(in_channels, channels, expansion=4):
    inside = in_channels // expansion
    return inside * expansion * channels + (9 + expansion) * channels * channels


# bottleneck_parameters: as people write it


@wrong("bottleneck_parameters", "bias|batch normalisation")
def with_all_that_a_layer_has(cin, c, expansion=4):
    def conv(i, o, k):
        return i * o * k * k + o

    def bn(o):
        return 2 * o

    total = conv(cin, c, 1) + bn(c)
    total += conv(c, c, 3) + bn(c)
    total += conv(c, c * expansion, 1) + bn(c * expansion)
    return total


@wrong("bottleneck_parameters", "expansion|kernel|nine|three")
def fixed_expansion_and_three(in_channels, channels, expansion=4):
    params = 0
    for i, o, k in [
        (in_channels, channels, 1),
        (channels, channels, 3),
        (channels, channels * 4, 1),
    ]:
        params += i * o * k
    return params


@wrong("bottleneck_parameters", "come in|first|expansion|3x3 kernel")
def of_layers_with_the_outer_width(in_channels, channels, expansion=4):
    width = channels * expansion
    block = nn.Sequential(
        nn.Conv2d(width, channels, 3, bias=False),
        nn.Conv2d(channels, channels, 3, bias=False),
        nn.Conv2d(channels, width, 3, bias=False),
    )
    return sum(p.numel() for p in block.parameters())


@wrong("bottleneck_parameters", "projection|bias")
def with_projection_and_biases(in_channels, channels, expansion=4):
    out = expansion * channels
    main = in_channels * channels + channels
    main += 9 * channels * channels + channels
    main += channels * out + out
    shortcut = in_channels * out
    return main + shortcut


@wrong("bottleneck_parameters", "last 1x1|expan|kernel")
def stops_after_two(in_channels, channels, expansion=4):
    weights = np.prod([in_channels, channels]) + np.prod([3, 3, channels, channels])
    return int(weights)


@wrong("bottleneck_parameters", "type|float|integer")
def as_a_float(in_channels, channels, expansion=4):
    w = torch.tensor([in_channels, 9.0 * channels, channels * expansion])
    return (w * channels).sum().item()


@wrong("bottleneck_parameters", "tuple|sum|list")
def three_numbers(in_channels, channels, expansion=4):
    reduce = in_channels * channels
    middle = 3 * 3 * channels * channels
    return reduce, middle, channels * channels * expansion


@wrong("bottleneck_parameters", "None|return|print")
def printed(in_channels, channels, expansion=4):
    total = in_channels * channels + 9 * channels**2 + expansion * channels**2
    print(total)


# Bottleneck: wrong in a corner


@wrong("Bottleneck")
class InvertedResidualHabits(nn.Module):
    """ReLU6 behind the 3x3, as in MobileNets."""

    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.conv1, self.bn1 = conv1x1(in_channels, channels), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = conv3x3(channels, channels, stride), nn.BatchNorm2d(channels)
        self.conv3, self.bn3 = conv1x1(channels, channels * 4), nn.BatchNorm2d(channels * 4)
        self.downsample = downsample

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu6(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


@wrong("Bottleneck")
class StrideOneOrTwo(nn.Module):
    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.body = nn.Sequential(
            conv1x1(in_channels, channels),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            conv3x3(channels, channels, min(stride, 2)),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            conv1x1(channels, channels * self.expansion),
            nn.BatchNorm2d(channels * self.expansion),
        )
        self.downsample = downsample

    def forward(self, x):
        return F.relu(self.body(x) + (self.downsample(x) if self.downsample else x))


@wrong("Bottleneck")
class FrozenReduction(nn.Module):
    """Everything right, but the first convolution cannot be learned."""

    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.conv1, self.bn1 = conv1x1(in_channels, channels), nn.BatchNorm2d(channels)
        self.conv1.weight.requires_grad = False
        self.conv2, self.bn2 = conv3x3(channels, channels, stride), nn.BatchNorm2d(channels)
        self.conv3, self.bn3 = conv1x1(channels, channels * 4), nn.BatchNorm2d(channels * 4)
        self.downsample = downsample

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


# Bottleneck: as people write it


@wrong("Bottleneck", "v1|first 1x1|bias")
class OfThePaper(nn.Module):
    """The stride in the first convolution, and every bias."""

    expansion = 4

    def __init__(self, in_channels, intermediate_channels, stride=1, downsample=None):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, intermediate_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(intermediate_channels)
        self.conv2 = nn.Conv2d(intermediate_channels, intermediate_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(intermediate_channels)
        self.conv3 = nn.Conv2d(intermediate_channels, intermediate_channels * 4, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(intermediate_channels * 4)
        self.relu = nn.ReLU()
        self.identity_downsample = downsample

    def forward(self, x):
        identity = x.clone()
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        x = self.bn3(self.conv3(x))
        if self.identity_downsample is not None:
            identity = self.identity_downsample(identity)
        x += identity
        return self.relu(x)


@wrong("Bottleneck", "last ReLU|bias in the 3x3|3x3 convolution still")
class PostAddition(nn.Module):
    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.layers = nn.ModuleList(
            [
                conv1x1(in_channels, channels),
                nn.BatchNorm2d(channels),
                conv3x3(channels, channels, stride, bias=True),
                nn.BatchNorm2d(channels),
                conv1x1(channels, self.expansion * channels),
                nn.BatchNorm2d(self.expansion * channels),
            ]
        )
        self.downsample = downsample

    def forward(self, x):
        out = x
        for i in range(0, 6, 2):
            conv, norm = self.layers[i], self.layers[i + 1]
            out = F.relu(norm(conv(out)))
        if self.downsample is not None:
            x = self.downsample(x)
        return out + x


@wrong("Bottleneck", "linear map|No ReLU|concatenat")
class InceptionHabits(nn.Module):
    """Concatenates, and has lost the ReLUs."""

    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.a = nn.Sequential(conv1x1(in_channels, channels), nn.BatchNorm2d(channels))
        self.b = nn.Sequential(conv3x3(channels, channels, stride), nn.BatchNorm2d(channels))
        self.c = nn.Sequential(conv1x1(channels, channels * 4), nn.BatchNorm2d(channels * 4))
        self.d = downsample

    def forward(self, x):
        res = x if self.d is None else self.d(x)
        return F.relu(torch.cat((self.c(self.b(self.a(x))), res), 1))


@wrong("Bottleneck", "share|downsample|own")
class OneNormForTwo(nn.Module):
    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.reduce = conv1x1(in_channels, channels)
        self.look = conv3x3(channels, channels, stride)
        self.expand = conv1x1(channels, 4 * channels)
        self.bn = nn.BatchNorm2d(channels)
        self.bn_out = nn.BatchNorm2d(4 * channels)
        self.downsample = downsample

    def forward(self, x):
        h = self.bn(self.reduce(x)).relu()
        h = self.bn(self.look(h)).relu()
        h = self.bn_out(self.expand(h))
        return (h + x).relu()


@wrong("Bottleneck", "GELU|gelu|ReLU")
class ConvNeXtHabits(nn.Module):
    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.pw1, self.n1 = conv1x1(in_channels, channels), nn.BatchNorm2d(channels)
        self.dw, self.n2 = conv3x3(channels, channels, stride), nn.BatchNorm2d(channels)
        self.pw2, self.n3 = conv1x1(channels, 4 * channels), nn.BatchNorm2d(4 * channels)
        self.act = nn.GELU()
        self.downsample = downsample

    def forward(self, x):
        out = self.act(self.n1(self.pw1(x)))
        out = self.act(self.n2(self.dw(out)))
        out = self.n3(self.pw2(out))
        return self.act(out + (x if self.downsample is None else self.downsample(x)))


@wrong("Bottleneck", "expansion|padd")
class ForgotToExpand(nn.Module):
    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.conv1, self.bn1 = conv1x1(in_channels, channels), nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3, self.bn3 = conv1x1(channels, channels), nn.BatchNorm2d(channels)
        self.downsample = downsample

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


@wrong("Bottleneck", "graph|gradient|detach|data")
class Detached(nn.Module):
    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.conv1, self.bn1 = conv1x1(in_channels, channels), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = conv3x3(channels, channels, stride), nn.BatchNorm2d(channels)
        self.conv3, self.bn3 = conv1x1(channels, channels * 4), nn.BatchNorm2d(channels * 4)
        self.downsample = downsample

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        with torch.no_grad():
            identity = x if self.downsample is None else self.downsample(x)
        return F.relu(out + identity)


@wrong("Bottleneck", "return|None")
class NoReturn(nn.Module):
    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.conv1, self.bn1 = conv1x1(in_channels, channels), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = conv3x3(channels, channels, stride), nn.BatchNorm2d(channels)
        self.conv3, self.bn3 = conv1x1(channels, channels * 4), nn.BatchNorm2d(channels * 4)
        self.downsample = downsample

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out += x if self.downsample is None else self.downsample(x)
        F.relu(out)


@wrong("Bottleneck", "self|argument")
class SelfMissing(nn.Module):
    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.body = nn.Sequential(conv1x1(in_channels, channels), nn.BatchNorm2d(channels))
        self.downsample = downsample

    def forward(x):
        return F.relu(self.body(x) + x)  # noqa: F821


@wrong("Bottleneck", "parenthes|super|__init__")
class SuperNotCalled(nn.Module):
    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__  # noqa: B018
        self.conv1, self.bn1 = conv1x1(in_channels, channels), nn.BatchNorm2d(channels)
        self.downsample = downsample

    def forward(self, x):
        return F.relu(self.bn1(self.conv1(x)))


# bottleneck_parameters: what goes into which layer


@wrong("bottleneck_parameters", "last 1x1 convolution see in_channels")
def in_channels_into_the_last(in_channels, channels, expansion=4):
    return in_channels * channels + 9 * channels**2 + in_channels * channels * expansion


@wrong("bottleneck_parameters", "first 1x1.*3x3")
def the_total_overwritten(in_channels, channels, expansion=4):
    layers = [(1, in_channels, channels), (3, channels, channels)]
    layers += [(1, channels, channels * expansion)]
    for kernel, ins, outs in layers:
        total = kernel**2 * ins * outs
    return total


# Bottleneck: the shortcut of torchvision's forward, retold


class Retold(nn.Module):
    expansion = 4

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.conv1, self.bn1 = conv1x1(in_channels, channels), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = conv3x3(channels, channels, stride), nn.BatchNorm2d(channels)
        self.conv3, self.bn3 = conv1x1(channels, channels * 4), nn.BatchNorm2d(channels * 4)
        self.downsample = downsample

    def residual(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        return self.bn3(self.conv3(out))

    def forward(self, x):
        out = self.residual(x)
        out += x if self.downsample is None else self.downsample(x)
        return F.relu(out)


@wrong("Bottleneck", "wrong way round")
class NoneIsCalled(Retold):
    def forward(self, x):
        identity = x
        if self.downsample is None:
            identity = self.downsample(x)
        return F.relu(self.residual(x) + identity)


@wrong("Bottleneck", "downsample.*gets x")
class TheOutputIsDownsampled(Retold):
    def forward(self, x):
        out = identity = self.residual(x)
        identity = x if self.downsample is None else self.downsample(out)
        return F.relu(out + identity)


@wrong("Bottleneck", "all three convolutions have the stride")
class StrideThreeTimes(Retold):
    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__(in_channels, channels, stride, downsample)
        self.conv1 = conv1x1(in_channels, channels, stride)
        self.conv3 = conv1x1(channels, channels * 4, stride)
