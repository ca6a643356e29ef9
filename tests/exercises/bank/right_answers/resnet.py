"""Right answers to the exercises of notebook 05."""

import copy
import math
from collections import OrderedDict
from functools import partial
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from course_lib.models.blocks import shortcut
from course_lib.models.resnet import initialize

# --- make_layer


def in_one_loop(block, in_channels, channels, blocks, stride=1):
    stage = nn.Sequential()
    for number in range(blocks):
        out_channels = channels * block.expansion
        downsample = None
        if stride != 1 or in_channels != out_channels:
            norm = nn.BatchNorm2d(out_channels)
            conv = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
            downsample = nn.Sequential(conv, norm)
        stage.add_module(f"block{number}", block(in_channels, channels, stride, downsample))
        in_channels, stride = out_channels, 1
    return stage


def names_of_ones_own(cls, inplanes, planes, num_blocks, stride=1):
    outplanes = planes * cls.expansion
    layers = [cls(inplanes, planes, stride, shortcut(inplanes, outplanes, stride))]
    return nn.Sequential(*layers, *(cls(outplanes, planes) for _ in range(1, num_blocks)))


def identity_everywhere(block, in_channels, channels, blocks, stride=1):
    ins = [in_channels] + [channels * block.expansion] * (blocks - 1)
    strides = [stride] + [1] * (blocks - 1)
    return nn.Sequential(
        *(
            block(
                i, channels, stride=s, downsample=shortcut(i, channels * block.expansion, stride=s)
            )
            for i, s in zip(ins, strides, strict=True)
        )
    )


def keywords_backwards(block, in_channels, channels, blocks, stride=1):
    out_channels = channels * block.expansion
    later = [block(channels=channels, in_channels=out_channels) for _ in range(1, blocks)]
    first = block(
        in_channels=in_channels,
        channels=channels,
        downsample=shortcut(in_channels, out_channels, stride),
        stride=stride,
    )
    return nn.Sequential(first, *later)


def lazy_projection(block, in_channels, channels, blocks, stride=1):
    out_channels = channels * block.expansion
    past = nn.Sequential()
    if (in_channels, 1) != (out_channels, stride):
        past.append(nn.LazyConv2d(out_channels, 1, stride, bias=False))
        past.append(nn.LazyBatchNorm2d())
    parts = [("first", block(in_channels, channels, stride, past))]
    parts += [(f"later{n}", block(out_channels, channels)) for n in range(blocks - 1)]
    return nn.Sequential(OrderedDict(parts))


def from_the_end(block, in_channels, channels, blocks, stride=1):
    """The last block is built first."""
    make = partial(block, channels=channels)
    out_channels = channels * block.expansion
    if blocks == 1:
        return nn.Sequential(
            make(in_channels, stride=stride, downsample=shortcut(in_channels, out_channels, stride))
        )
    last = make(out_channels)
    return from_the_end(block, in_channels, channels, blocks - 1, stride).append(last)


# --- initialize


def by_apply(model):
    def one(module):
        if type(module) is nn.Conv2d:
            nn.init.kaiming_normal_(module.weight, mode="fan_out")  # ReLU's gain is the default's
        if isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()

    return model.apply(one)


def by_hand(model):
    with torch.no_grad():
        for _, module in reversed(list(model.named_modules())):
            if isinstance(module, nn.Conv2d):
                out_channels, _, *kernel = module.weight.shape
                std = (2 / (out_channels * math.prod(kernel))) ** 0.5
                module.weight.copy_(std * torch.randn_like(module.weight))
            elif isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.weight.fill_(1)
                module.bias.zero_()


def by_parameters(model):
    for name, parameter in model.named_parameters():
        owner = model.get_submodule(name.rpartition(".")[0])
        if parameter.ndim == 4:
            fan_out = parameter.shape[0] * parameter[0, 0].numel()
            parameter.data.normal_(0, math.sqrt(2 / fan_out))
        elif isinstance(owner, nn.BatchNorm2d):
            parameter.data = torch.full_like(parameter, float(name.endswith("weight")))


def with_new_parameters(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            fan_out = module.out_channels * math.prod(module.kernel_size)
            weight = torch.normal(0.0, math.sqrt(2 / fan_out), module.weight.shape)
            module.weight = nn.Parameter(weight)
        elif isinstance(module, nn.BatchNorm2d):
            module.weight = nn.Parameter(torch.ones(module.num_features))
            module.bias = nn.Parameter(torch.zeros(module.num_features))


def by_descending(model):
    for child in model.children():
        match type(child).__name__:
            case "Conv2d":
                fan_out = child.out_channels * child.kernel_size[0] * child.kernel_size[1]
                nn.init.normal_(child.weight, mean=0, std=(2 / fan_out) ** 0.5)
            case "BatchNorm2d":
                nn.init.constant_(child.weight, 1)
                nn.init.constant_(child.bias, 0)
            case _:
                by_descending(child)
    return model


def by_numpy(model):
    state = model.state_dict()
    for path, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            std = np.sqrt(2 / (module.out_channels * np.prod(module.kernel_size)))
            drawn = np.random.default_rng().normal(0, std, tuple(module.weight.shape))
            state[f"{path}.weight"] = torch.as_tensor(drawn)
        elif isinstance(module, nn.BatchNorm2d):
            state[f"{path}.weight"] = torch.ones(module.num_features)
            state[f"{path}.bias"] = torch.zeros(module.num_features)
    model.load_state_dict(state)


# --- ResNet


class LikeTorchvision(nn.Module):
    """Its own method for the stages, which keeps count of the channels."""

    def __init__(self, block, layers, num_classes=1000, include_top=True):
        super().__init__()
        self.inplanes = 64
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = self._make_layer(block, 64, layers[0])
        self.layer2 = self._make_layer(block, 128, layers[1], stride=2)
        self.layer3 = self._make_layer(block, 256, layers[2], stride=2)
        self.layer4 = self._make_layer(block, 512, layers[3], stride=2)
        self.include_top = include_top
        if include_top:
            self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
            self.fc = nn.Linear(512 * block.expansion, num_classes)

    def _make_layer(self, block, planes, blocks, stride=1):
        downsample = None
        if stride != 1 or self.inplanes != planes * block.expansion:
            downsample = nn.Sequential(
                nn.Conv2d(self.inplanes, planes * block.expansion, 1, stride, bias=False),
                nn.BatchNorm2d(planes * block.expansion),
            )
        layers = [block(self.inplanes, planes, stride, downsample)]
        self.inplanes = planes * block.expansion
        layers += [block(self.inplanes, planes) for _ in range(1, blocks)]
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        if not self.include_top:
            return x
        return self.fc(torch.flatten(self.avgpool(x), 1))


class HeadFirst(nn.Module):
    """Registered from the end, and all blocks of all stages in one list."""

    def __init__(self, block, layers, num_classes=1000, include_top=True):
        super().__init__()
        wide = block.expansion
        self.classify = nn.Linear(512 * wide, num_classes) if include_top else None
        self.trunk = nn.ModuleList()
        channels_in = 64
        for stage, count in enumerate(layers):
            width = 64 * 2**stage
            for number in range(count):
                stride = 2 if stage and not number else 1
                past = shortcut(channels_in, width * wide, stride)
                self.trunk.append(block(channels_in, width, stride, past))
                channels_in = width * wide
        self.norm = nn.BatchNorm2d(64)
        self.first = nn.Conv2d(3, 64, 7, 2, 3, bias=False)

    def forward(self, images):
        x = F.max_pool2d(F.relu(self.norm(self.first(images))), 3, 2, 1)
        for block in self.trunk:
            x = block(x)
        return x if self.classify is None else self.classify(x.mean((2, 3)))


class OneSequential(nn.Sequential):
    def __init__(self, block, layers, num_classes=1000, include_top=True):
        wide, widths = block.expansion, (64, 128, 256, 512)
        ins = (64, *(width * wide for width in widths))
        stages = [in_one_loop(block, ins[i], widths[i], layers[i], 2 if i else 1) for i in range(4)]
        head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(ins[-1], num_classes)]
        super().__init__(
            nn.Conv2d(3, 64, 7, 2, 3, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, 1),
            *stages,
            *(head if include_top else []),
        )


class BareParameters(nn.Module):
    """The stem and the head without modules of their own."""

    def __init__(self, block, layers, num_classes=1000, include_top=True):
        super().__init__()
        self.out_weight = nn.Parameter(torch.randn(num_classes, 512 * block.expansion) * 0.01)
        self.out_bias = nn.Parameter(torch.zeros(num_classes))
        if not include_top:
            self.out_weight = self.out_bias = None
        self.kernel = nn.Parameter(torch.randn(64, 3, 7, 7) * 0.1)
        self.scale = nn.BatchNorm2d(64)
        width_in = 64
        for i, (width, count) in enumerate(zip((64, 128, 256, 512), layers, strict=True)):
            stage = in_one_loop(block, width_in, width, count, min(i + 1, 2))
            self.add_module(f"stage{i}", stage)
            width_in = width * block.expansion

    def forward(self, x):
        x = self.scale(F.conv2d(x, self.kernel, stride=2, padding=3)).clamp(min=0)
        x = F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 2)  # zeros do no harm after a ReLU
        x = self.stage3(self.stage2(self.stage1(self.stage0(x))))
        if self.out_weight is None:
            return x
        return F.adaptive_avg_pool2d(x, 1)[:, :, 0, 0] @ self.out_weight.T + self.out_bias


class Lazy(nn.Module):
    """Layers that find their input channels at the first call."""

    def __init__(self, block, layers, num_classes=1000, include_top=True):
        super().__init__()
        self.stem = nn.Sequential(
            nn.LazyConv2d(64, 7, stride=2, padding="valid", bias=False),
            nn.LazyBatchNorm2d(),
            nn.ReLU(),
            nn.ConstantPad2d(1, -math.inf),
            nn.MaxPool2d(3, 2),
        )
        channels = [64, *(c * block.expansion for c in (64, 128, 256, 512))]
        strides = (1, 2, 2, 2)
        self.stages = nn.ModuleList(
            lazy_projection(block, ins, outs // block.expansion, n, s)
            for (ins, outs), n, s in zip(pairwise(channels), layers, strides, strict=True)
        )
        self.head = nn.LazyLinear(num_classes) if include_top else nn.Identity()
        self.pool = nn.AdaptiveAvgPool2d(1) if include_top else nn.Identity()
        self.flat = nn.Flatten() if include_top else nn.Identity()

    def forward(self, x):
        x = self.stem(F.pad(x, (3, 3, 3, 3)))
        for stage in self.stages:
            x = stage(x)
        return self.head(self.flat(self.pool(x)))


class ConvolutionalHead(nn.Module):
    """The head as a 1x1 convolution before the mean, which is the same: both are linear."""

    def __init__(self, block, layers, num_classes=1000, include_top=True):
        super().__init__()
        if include_top:
            self.classify = nn.Conv2d(512 * block.expansion, num_classes, 1)
        self.trunk = OneSequential(block, layers, include_top=False)
        initialize(self)

    def forward(self, x):
        x = self.trunk(x)
        return (
            torch.einsum("nchw->nc", self.classify(x)) / x[0, 0].numel()
            if hasattr(self, "classify")
            else x
        )


# --- layer_shapes


def hooks_removed(model, x):
    shapes, handles = {}, []
    for name, child in model.named_children():

        def hook(module, inputs, output, name=name):
            shapes[name] = output.shape

        handles.append(child.register_forward_hook(hook))
    with torch.no_grad():
        model(x)
    for handle in handles:
        handle.remove()
    return shapes


def in_evaluation_mode(model, x):
    names = {child: name for name, child in model.named_children()}
    modes = {module: module.training for module in model.modules()}
    seen = []
    handles = [
        child.register_forward_hook(lambda m, i, o: seen.append((names[m], list(o.shape))))
        for child in names
    ]
    try:
        model.eval()
        with torch.inference_mode():
            model(x)
    finally:
        for handle in handles:
            handle.remove()
        for module, mode in modes.items():
            module.training = mode
    return dict(seen)


def by_wrapping_forward(model, x):
    shapes = {}

    def watched(name, forward):
        def run(*args):
            output = forward(*args)
            shapes[name] = tuple(output.shape)
            return output

        return run

    for name, child in model.named_children():
        child.forward = watched(name, child.forward)
    model(x)
    for child in model.children():
        del child.forward
    return shapes


def with_one_hook_for_all(model, x):
    names = {id(child): name for name, child in model.named_children()}
    shapes = {}

    def note(module, inputs, output):
        if id(module) in names:
            shapes[names[id(module)]] = tuple(output.shape)

    handle = nn.modules.module.register_module_forward_hook(note)
    with torch.no_grad():
        model(x)
    handle.remove()
    return shapes


def on_a_copy(model, x):
    model, shapes = copy.deepcopy(model), OrderedDict()
    for name, child in model.named_children():
        setattr(model, name, Noting(child, partial(shapes.__setitem__, name)))
    model(x)
    return dict(shapes)


class Noting(nn.Module):
    def __init__(self, inner, note):
        super().__init__()
        self.inner, self.note = inner, note

    def forward(self, *args):
        out = self.inner(*args)
        self.note(tuple(out.shape))
        return out


RIGHT = {
    "make_layer": [
        in_one_loop,
        names_of_ones_own,
        identity_everywhere,
        keywords_backwards,
        lazy_projection,
        from_the_end,
    ],
    "initialize": [by_apply, by_hand, by_parameters, with_new_parameters, by_descending, by_numpy],
    "ResNet": [LikeTorchvision, HeadFirst, OneSequential, BareParameters, Lazy, ConvolutionalHead],
    "layer_shapes": [
        hooks_removed,
        in_evaluation_mode,
        by_wrapping_forward,
        with_one_hook_for_all,
        on_a_copy,
    ],
}
