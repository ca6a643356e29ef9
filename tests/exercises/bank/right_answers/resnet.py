"""Right answers to the exercises of notebook 05."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from course_lib.models.blocks import shortcut

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


RIGHT = {
    "make_layer": [in_one_loop, identity_everywhere, keywords_backwards],
    "initialize": [by_apply, by_hand, by_parameters, with_new_parameters],
    "ResNet": [LikeTorchvision, HeadFirst, OneSequential, BareParameters],
    "layer_shapes": [hooks_removed, in_evaluation_mode, by_wrapping_forward],
}
