"""Right answers to the exercises of notebook 03."""

import torch
import torch.nn.functional as F
from torch import nn

from course_lib.models.blocks import BasicBlock, Bottleneck

# shortcut


def empty_sequential(in_channels, out_channels, stride):
    """The habit of many repositories: a Sequential without layers passes its input on."""
    way = nn.Sequential()
    if in_channels != out_channels or stride > 1:
        way.append(nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False))
        way.append(nn.BatchNorm2d(out_channels))
    return way


class ShortcutModule(nn.Module):
    """Decides in forward, names its parts differently and registers the norm first."""

    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.needed = (in_channels, 1) != (out_channels, stride)
        if self.needed:
            self.norm = nn.BatchNorm2d(out_channels)
            self.project = nn.Conv2d(in_channels, out_channels, (1, 1), (stride, stride), bias=None)

    def forward(self, x):
        return self.norm(self.project(x)) if self.needed else x


class SkippedPixels(nn.Module):
    """A 1x1 convolution with a stride skips pixels, then mixes channels: no convolution called."""

    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.stride = stride
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, 1, 1))
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        x = x[:, :, :: self.stride, :: self.stride]
        return self.bn(torch.einsum("oi,nihw->nohw", self.weight[:, :, 0, 0], x))


def pixels_first(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return nn.Dropout(0.0)
    return SkippedPixels(in_channels, out_channels, stride)


def max_pool_of_one_pixel(in_channels, out_channels, stride):
    steps = [nn.MaxPool2d(1, stride)] if stride != 1 else []
    if steps or in_channels != out_channels:
        steps += [nn.Conv2d(in_channels, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels)]
    return nn.Sequential(*steps)


class LinearOverChannels(nn.Module):
    """A 1x1 convolution is a linear layer for each pixel; normalised as one long signal."""

    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.stride = stride
        self.same = stride == 1 and in_channels == out_channels
        self.mix = None if self.same else nn.Linear(in_channels, out_channels, bias=False)
        self.norm = None if self.same else nn.BatchNorm1d(out_channels)

    def forward(self, x):
        if self.same:
            return x
        pixels = x.movedim(1, -1)[:, :: self.stride, :: self.stride]
        out = self.mix(pixels).movedim(-1, 1)
        return self.norm(out.flatten(2)).view_as(out)


def lazily(in_channels, out_channels, stride):
    if (in_channels, stride) == (out_channels, 1):
        return nn.AvgPool2d(1)
    project = nn.LazyConv2d(out_channels, 1, stride=stride, bias=False)
    return nn.Sequential(project, nn.LazyBatchNorm2d())


class OneHotKernel(nn.Module):
    """A 3x3 kernel that has weights in its middle alone, and a padding."""

    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.stride = stride
        self.register_parameter("weight", None)
        if in_channels != out_channels or stride != 1:
            self.weight = nn.Parameter(torch.randn(out_channels, in_channels))
            self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        if self.weight is None:
            return x.clone()
        kernel = F.pad(self.weight[..., None, None], (1, 1, 1, 1))
        return self.bn(F.conv2d(x, kernel, stride=self.stride, padding=1))


# BasicBlock


class OtherNames(nn.Module):
    """Another order of registration, relu modules, the shortcut computed last."""

    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.way_past = downsample
        self.activation = nn.ReLU()
        self.second_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.first = nn.Conv2d(in_channels, channels, 3, stride, 1, bias=False)

    def forward(self, x):
        out = self.activation(self.first_norm(self.first(x)))
        out = self.second_norm(self.second(out))
        if self.way_past is not None:
            x = self.way_past(x)
        return self.activation(out + x)


class InSequential(nn.Module):
    """The residual path in one Sequential, all ReLUs in place, an Identity for no downsample."""

    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding="same", bias=False),
            nn.BatchNorm2d(channels),
        )
        self.shortcut = downsample or nn.Identity()

    def forward(self, x):
        return torch.add(self.shortcut(x), self.path(x)).relu_()


class BareParameters(nn.Module):
    """Functional: weights as parameters, statistics as buffers."""

    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.stride, self.downsample = stride, downsample
        self.scales = nn.ParameterList([torch.ones(channels) for _ in range(2)])
        self.shifts = nn.ParameterList([torch.zeros(channels) for _ in range(2)])
        self.b = nn.Parameter(torch.randn(channels, channels, 3, 3) / 10)
        self.a = nn.Parameter(torch.randn(channels, in_channels, 3, 3) / 10)
        self.register_buffer("mean", torch.zeros(2, channels))
        self.register_buffer("var", torch.ones(2, channels))

    def norm(self, x, which):
        statistics = self.mean[which], self.var[which]
        scale, shift = self.scales[which], self.shifts[which]
        return F.batch_norm(x, *statistics, scale, shift, training=self.training)

    def forward(self, x):
        out = F.conv2d(x, self.a, stride=self.stride, padding=1)
        out = F.conv2d(self.norm(out, 0).clamp(min=0), self.b, padding=1)
        identity = self.downsample(x) if self.downsample is not None else x
        return (identity + self.norm(out, 1)).clamp(min=0)


class HandWrittenNorm(nn.Module):
    """Batch normalisation from its formula; the shift is registered before the scale."""

    def __init__(self, channels):
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(1, channels, 1, 1).flatten())
        self.scale = nn.Parameter(torch.ones(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def forward(self, x):
        mean, variance = self.mean, self.variance
        if self.training:
            mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
            n = x.numel() / x.shape[1]
            self.mean = 0.9 * self.mean + 0.1 * mean.detach()
            self.variance = 0.9 * self.variance + 0.1 * variance.detach() * n / (n - 1)
        mean, variance, scale, shift = (
            t.view(-1, 1, 1) for t in (mean, variance, self.scale, self.shift)
        )
        return (x - mean) * torch.rsqrt(variance + 1e-5) * scale + shift


class Unfolded(nn.Module):
    """A 3x3 convolution as a matrix product over patches."""

    def __init__(self, in_channels, channels, stride):
        super().__init__()
        self.stride = stride
        self.weight = nn.Parameter(torch.randn(channels, in_channels, 3, 3) / 10)

    def forward(self, x):
        height, width = ((size - 1) // self.stride + 1 for size in x.shape[2:])
        patches = F.unfold(x, 3, padding=1, stride=self.stride)
        return (self.weight.flatten(1) @ patches).unflatten(2, (height, width))


class FromFormulas(nn.Module):
    """No layer of torch's at all. `downsample` is used through a list of modules."""

    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.past = nn.ModuleList([] if downsample is None else [downsample])
        self.norms = nn.ModuleList([HandWrittenNorm(channels) for _ in range(2)])
        self.convolutions = nn.ModuleList(
            [Unfolded(in_channels, channels, stride), Unfolded(channels, channels, 1)]
        )

    def forward(self, x):
        first, second = self.convolutions
        out = second(torch.relu(self.norms[0](first(x))))
        out = self.norms[1](out)
        for module in self.past:
            x = module(x)
        return torch.maximum(out + x, torch.zeros(()))


class ExplicitPadding(nn.Module):
    """Zeros around the image first, then convolutions without padding; kwargs for the rest."""

    expansion: int = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None, **options):
        super().__init__()
        self.pad = nn.ZeroPad2d(1)
        self.c1 = nn.LazyConv2d(channels, 3, stride, bias=False)
        self.c1(torch.zeros(1, in_channels, 8, 8))
        self.c2 = nn.Conv2d(channels, channels, 3, bias=False)
        self.n1, self.n2 = (nn.BatchNorm2d(channels) for _ in range(2))
        self.downsample = downsample

    def forward(self, x):
        out = F.relu(self.n1(self.c1(self.pad(x))))
        out = self.n2(self.c2(self.pad(out)))
        identity = self.downsample(x) if self.downsample else x
        assert out.shape == identity.shape, "the two paths do not meet"
        return F.relu(out + identity)


class ALoopOverUnits(nn.Sequential):
    """Is itself a Sequential, and goes through its units by hand."""

    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        def unit(inputs, step):
            conv = nn.Conv2d(inputs, channels, 3, step, 1, bias=False)
            return nn.Sequential(conv, nn.BatchNorm2d(channels))

        super().__init__(unit(in_channels, stride), unit(channels, 1), downsample or nn.Identity())

    def forward(self, x):
        *units, past = self
        out = x
        for number, unit in enumerate(units):
            out = unit(torch.where(out > 0, out, 0) if number else out)
        out = out + past(x)
        return out * (out > 0)


class ShapedForBroadcasting(nn.Module):
    """The normalisation's parameters have the axes of a map; the convolutions are lazy."""

    expansion = 1

    class Norm(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.gamma = nn.Parameter(torch.ones(1, channels, 1, 1))
            self.beta = nn.Parameter(torch.zeros(1, channels, 1, 1))
            self.plain = nn.BatchNorm2d(channels, affine=False)

        def forward(self, x):
            return self.plain(x) * self.gamma + self.beta

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.n1, self.n2 = self.Norm(channels), self.Norm(channels)
        self.c1 = nn.LazyConv2d(channels, 3, stride, padding=1, bias=False)
        self.c2 = nn.LazyConv2d(channels, 3, padding=1, bias=False)
        self.way = downsample

    def forward(self, x):
        way = (self.way or (lambda t: t))(x)
        return F.threshold(way + self.n2(self.c2(F.relu(self.n1(self.c1(x))))), 0.0, 0.0)


class InTwoModules(nn.Module):
    """An outer module that adds, around an inner one that computes."""

    expansion = 1

    class Path(nn.Module):
        def __init__(self, in_channels, channels, stride):
            super().__init__()
            for name, inputs, step in [("a", in_channels, stride), ("b", channels, 1)]:
                self.add_module(f"conv_{name}", nn.Conv2d(inputs, channels, 3, step, 1, bias=False))
                self.add_module(f"norm_{name}", nn.BatchNorm2d(channels))

        def forward(self, x):
            x = self.norm_a(self.conv_a(x)).relu_()
            return self.norm_b(self.conv_b(x))

    def __init__(self, in_channels, channels, *arguments, **options):
        super().__init__()
        names = dict(zip(("stride", "downsample"), arguments, strict=False)) | options
        self.path = self.Path(in_channels, channels, names.get("stride", 1))
        self.downsample = names.get("downsample")

    def forward(self, x):
        both = torch.stack([self.path(x), self.downsample(x) if self.downsample else x])
        return both.sum(dim=0).clamp_min(0)


# zero_init_residual


def by_attribute(model):
    for module in model.modules():
        last = getattr(module, "bn3", getattr(module, "bn2", None))
        if last is not None:
            nn.init.constant_(last.weight, 0)


@torch.no_grad()
def by_name(model):
    blocks = {n for n, m in model.named_modules() if isinstance(m, (BasicBlock, Bottleneck))}
    parameters = dict(model.named_parameters())
    for block in blocks:
        prefix = f"{block}." if block else ""
        last = parameters.get(f"{prefix}bn3.weight", parameters.get(f"{prefix}bn2.weight"))
        last.mul_(0)


def by_recursion(model):
    if isinstance(model, Bottleneck):
        model.bn3.weight.data = torch.zeros_like(model.bn3.weight)
    elif isinstance(model, BasicBlock):
        model.bn2.weight = nn.Parameter(torch.zeros(model.bn2.num_features))
    else:
        for child in model.children():
            by_recursion(child)


def by_apply(model):
    def zero(module):
        if isinstance(module, BasicBlock):
            module.bn2.weight.data.zero_()
        if isinstance(module, Bottleneck):
            module.bn3.weight.data.zero_()

    return model.apply(zero)


def by_state_dict(model):
    """Loads the model's own state again, with zeros in it."""
    state = model.state_dict()
    for name, module in model.named_modules():
        if isinstance(module, (BasicBlock, Bottleneck)):
            last = "bn3" if isinstance(module, Bottleneck) else "bn2"
            key = f"{name}.{last}.weight".lstrip(".")
            state[key] = torch.zeros_like(state[key])
    model.load_state_dict(state)


def by_a_stack(model):
    lasts = {BasicBlock: "bn2.weight", Bottleneck: "bn3.weight"}
    waiting = [model]
    while waiting:
        module = waiting.pop()
        waiting.extend(module.children())
        for kind, name in lasts.items():
            if isinstance(module, kind):
                module.get_parameter(name).data.fill_(0.0)


RIGHT = {
    "shortcut": [
        empty_sequential,
        ShortcutModule,
        pixels_first,
        max_pool_of_one_pixel,
        LinearOverChannels,
        lazily,
        OneHotKernel,
    ],
    "BasicBlock": [
        OtherNames,
        InSequential,
        BareParameters,
        FromFormulas,
        ExplicitPadding,
        ALoopOverUnits,
        ShapedForBroadcasting,
        InTwoModules,
    ],
    "zero_init_residual": [
        by_attribute,
        by_name,
        by_recursion,
        by_apply,
        by_state_dict,
        by_a_stack,
    ],
}
