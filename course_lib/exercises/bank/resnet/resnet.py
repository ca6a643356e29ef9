"""Exercise `ResNet`: stem, four stages, head."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from course_lib.exercises.engine.compare import Unusable
from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.exercises.probes.call import randn, words
from course_lib.exercises.probes.module import module_probe
from course_lib.models.resnet import ResNet


class LightBlock(nn.Module):
    """Called like a `BasicBlock`, but without convolutions: a check runs networks of full width."""

    expansion = 1

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        **_: int,
    ) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.ones(in_channels))
        self.more, self.stride = channels * self.expansion - in_channels, stride
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        identity = x if self.downsample is None else self.downsample(x)
        out = x[:, :, :: self.stride, :: self.stride] + self.shift[:, None, None]
        return F.relu(F.pad(out, (0, 0, 0, 0, 0, self.more)) + identity)


class LightBottleneck(LightBlock):
    expansion = 2


class Undrawn(TorchFunctionMode):
    """Puts one number where random ones would be drawn, which takes most of a network's building.

    The probes look at no weight as it was drawn: they count them, or give others in their place.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: Any = None
    ) -> Any:
        if func in (Tensor.normal_, Tensor.uniform_):
            return args[0].fill_(0.01)
        if func is nn.init.kaiming_uniform_ and kwargs:  # by nn.Conv2d and nn.Linear
            return nn.init.constant_(kwargs["tensor"], 0.01)
        return func(*args, **(kwargs or {}))


def _undrawn(implementation: Implementation) -> Implementation:
    def build(*args: Any, **kwargs: Any) -> nn.Module:
        with Undrawn():
            return implementation(*args, **kwargs)

    return build


def _pictures(number: int, height: int, width: int) -> Tensor:
    """Images with large patches, of which whole windows of the stem's pooling are negative.

    In pure noise hardly any window is, and a ReLU before the pooling makes no difference.
    """
    patches = F.interpolate(randn(number, 3, 4, 5, seed=1), size=(height, width))
    return patches + 0.3 * randn(number, 3, height, width)


def _network_probe(*args: Any, x: Tensor, **kwargs: Any) -> Probe:
    """`module_probe` in less time: the reference's network is kept, and the attempt's undrawn."""
    kept = cache(lambda: ResNet(*args, **kwargs))
    probe = module_probe(lambda *_, **__: kept(), *args, x=x, **kwargs)

    def undrawn(question: Callable) -> Callable:
        return lambda implementation, *given: question(_undrawn(implementation), *given)

    assert probe.prepare
    return replace(probe, observe=undrawn(probe.observe), prepare=undrawn(probe.prepare))


def _built_probe(block: type[nn.Module], *args: Any, x: Tensor, **kwargs: Any) -> Probe:
    """What is built, and whether its parts fit each other: networks that crash differ in it."""

    def observe(implementation: Implementation, args: tuple, kwargs: dict, x: Tensor) -> Any:
        network = _undrawn(implementation)(*args, **kwargs).eval()
        blocks = sum(isinstance(module, block) for module in network.modules())
        found: dict[str, Any] = {f"blocks of the class {block.__name__}": blocks}
        if not blocks:
            return found
        try:
            output = network(x)
        except RuntimeError as error:
            if type(error) is not RuntimeError:  # a stub's NotImplementedError is one as well
                raise
            output = Unusable(f"none: {error}")
        # counted after the run: lazy layers have no parameters before
        found["parameters"] = sum(p.numel() for p in network.parameters())
        if not isinstance(output, Tensor):
            return found | {"output": output}
        found["output shape"] = tuple(output.shape)
        return found | {"a gradient reaches the weights": output.requires_grad}

    return Probe(words((block, *args), kwargs), observe, ((block, *args), kwargs, x))


CONV = "kernel_size=7, stride=2, padding=3"
POOL = "kernel_size=3, stride=2, padding=1"
STAGES = "self.layer4(self.layer3(self.layer2(self.layer1(x))))"

EXERCISE = Exercise(
    ResNet,
    title="The whole network",
    difficulty=4,
    importance=5,
    minutes=30,
    insight=(
        "This class is the paper's five networks; with the block of notebook 09 in it, it is "
        "three ResNeXts and two wide ResNets as well."
    ),
    hints=(
        "Build it in the order of the drawing: stem, four stages, head. Each stage receives what "
        "the one before puts out, which is block.expansion times its `channels`. Without the top "
        "the network ends after the fourth stage.",
        "stem:    7x7 convolution 3 -> 64, stride 2, padding ?, no bias; BN; ReLU;\n"
        "         3x3 max pooling, stride 2, padding ?\n"
        "stages:  make_layer(block, 64,       64,  layers[0])\n"
        "         make_layer(block, 64 * ...,  128, layers[1], stride=2)\n"
        "         ... 256, 512\n"
        "head:    average over the whole map, flatten, linear from ... to num_classes",
    ),
    unasked=("options",),
    probes=(  # sizes odd and even on the way, and last maps that are not square
        _built_probe(LightBlock, [2, 1, 1, 1], 3, include_top=False, x=randn(2, 3, 34, 66)),
        _built_probe(LightBottleneck, [1, 2, 3, 1], x=randn(1, 3, 32, 32)),
        _network_probe(LightBlock, [1, 1, 2, 1], num_classes=5, x=_pictures(2, 31, 33)),
    ),
    mistakes={
        "You forgot the expansion between the stages: a stage puts out channels * "
        "block.expansion channels, and the next one receives them all.": {
            "64 * wide": "64",
            "128 * wide": "128",
            "256 * wide": "256",
        },
        "You built the linear layer for 512 inputs: the last stage puts out 512 * "
        "block.expansion channels, 2,048 with a Bottleneck.": {"512 * wide": "512"},
        "You built the linear layer for 2,048 inputs, as in ResNet-50: the last stage puts out "
        "512 * block.expansion channels, and not every block has an expansion of 4.": {
            "512 * wide": "2048"
        },
        "You passed channels * expansion to make_layer, where `channels` is due: the block "
        "multiplies by its expansion itself.": {
            "64, 64,": "64, 64 * wide,",
            "64 * wide, 128,": "64 * wide * wide, 128 * wide,",
            "128 * wide, 256,": "128 * wide * wide, 256 * wide,",
            "256 * wide, 512,": "256 * wide * wide, 512 * wide,",
        },
        "You ignored `layers`: the numbers of blocks are those of one network, whatever is "
        "asked for.": {"layers[0]": "3", "layers[1]": "4", "layers[2]": "6", "layers[3]": "3"},
        "The last stage has the wrong number of blocks: it is layers[3], the fourth.": {
            "layers[3]": "layers[2]"
        },
        "Every stage has a block too many: layers counts the first one of a stage too.": {
            f"layers[{i}]": f"layers[{i}] + 1" for i in range(4)
        },
        "Every stage has layers[0] blocks: each has its own number.": {
            "layers[1]": "layers[0]",
            "layers[2]": "layers[0]",
            "layers[3]": "layers[0]",
        },
        "You ignored `block`: the stages are made of BasicBlocks, whatever is asked for.": {
            "        wide = block": "        block = BasicBlock\n        wide = block"
        },
        "Your first stage has stride 2: the max pooling before it has just halved the map, so "
        "it keeps the size.": {"layers[0],": "layers[0], stride=2,"},
        "Your stages do not shrink the map: the second, third and fourth have stride 2.": {
            "layers[1], stride=2": "layers[1]",
            "layers[2], stride=2": "layers[2]",
            "layers[3], stride=2": "layers[3]",
        },
        "Your last stage has stride 1: the second, third and fourth have stride 2.": {
            "layers[3], stride=2": "layers[3]"
        },
        "You put a softmax at the end: the logits are asked for, and cross entropy takes the "
        "softmax itself.": {"flatten(1))": "flatten(1)).softmax(1)"},
        "You ignored include_top: without the top, the last feature map comes out, with its "
        "height and width.": {
            "self.include_top = include_top": "self.include_top = include_top = True"
        },
        "Without the top you still build the linear layer: nothing uses it, and its "
        "parameters never learn.": {"if include_top:": "if True:"},
        "Without the top you still take the average: the pooling belongs to the head, and the "
        "last feature map keeps its height and width.": {
            "else x": "else F.adaptive_avg_pool2d(x, 1).flatten(1)"
        },
        "Without the top you still take the average, and leave out the linear layer alone: the "
        "last feature map keeps its height and width.": {
            "else x": "else F.adaptive_avg_pool2d(x, 1)"
        },
        "You ignored num_classes: the last layer always has 1,000 outputs.": {
            "wide, num_classes": "wide, 1000"
        },
        "The max pooling is missing: the stem halves the map twice, once in the convolution "
        "and once in the pooling.": {f"nn.MaxPool2d({POOL})": "nn.Identity()"},
        "Your max pooling has stride 1: nn.MaxPool2d takes its kernel size unless you say "
        "otherwise, and here it is 2.": {POOL: "kernel_size=3, stride=1, padding=1"},
        "Your max pooling has stride 3, the default of nn.MaxPool2d(3): say stride=2.": {
            POOL: "kernel_size=3, padding=1"
        },
        "Your max pooling has no padding: with padding 1 the 3x3 windows cover the border "
        "too, and the map is halved exactly.": {POOL: "kernel_size=3, stride=2"},
        "Your max pooling has a 2x2 window: the paper's is 3x3 with stride 2, so that "
        "neighbouring windows overlap.": {POOL: "kernel_size=2, stride=2, ceil_mode=True"},
        "You took nn.MaxPool2d(2), which most small networks have: the paper's windows are 3x3 "
        "with stride 2 and padding 1, so that neighbours overlap.": {POOL: "kernel_size=2"},
        "You average in the stem: the paper pools by the maximum there, by the mean in the head.": {
            "nn.MaxPool2d": "nn.AvgPool2d"
        },
        "Your stem has a 3x3 convolution, as the networks for small images have: the paper's "
        "is 7x7.": {CONV: "kernel_size=3, stride=2, padding=1"},
        "Your stem has a 3x3 convolution with stride 1, as the networks for small images "
        "have: the paper's is 7x7 with stride 2.": {CONV: "kernel_size=3, stride=1, padding=1"},
        "Your 7x7 convolution has stride 1: the stem halves the map twice, once in the "
        "convolution and once in the pooling.": {CONV: "kernel_size=7, stride=1, padding=3"},
        "Your 7x7 convolution has no padding: with padding 3, half of the kernel, it halves "
        "the map exactly.": {", padding=3": ""},
        "Your 7x7 convolution has padding 1, which is for a 3x3: half of the kernel is 3.": {
            "padding=3": "padding=1"
        },
        "Your stem's convolution has a bias: the batch normalisation after it takes it out "
        "again, so it only costs parameters.": {"bias=False": "bias=True"},
        "The batch normalisation of the stem is missing.": {"nn.BatchNorm2d(64)": "nn.Identity()"},
        "The ReLU of the stem is missing.": {"nn.ReLU(inplace=True)": "nn.Identity()"},
        "The stem's ReLU stands before its batch normalisation: the order is convolution, batch "
        "normalisation, ReLU.": {
            "self.relu(self.bn1(self.conv1(x)))": "self.bn1(self.relu(self.conv1(x)))"
        },
        "The average pooling of the head is missing: the linear layer expects one number a "
        "channel, whatever the size of the map.": {"self.avgpool(x)": "x"},
        "Your average pooling has a window of 7x7, which fits images of 224 x 224 alone: take "
        "the mean over the whole map, whatever its size.": {
            "nn.AdaptiveAvgPool2d(1)": "nn.AvgPool2d(7)"
        },
        "Your average pooling has a window of 7x7 and a stride of 1, which fits images of "
        "224 x 224 alone: take the mean over the whole map, whatever its size.": {
            "nn.AdaptiveAvgPool2d(1)": "nn.AvgPool2d(7, stride=1)"
        },
        "You flatten all axes into one: the first, N, counts the images, and stays as it is.": {
            ".flatten(1)": ".flatten()"
        },
        "You squeeze before the linear layer, which takes every axis of 1 away: with a single "
        "image that is the first axis too.": {".flatten(1)": ".squeeze()"},
        "You did not flatten before the linear layer: after the pooling x is (N, C, 1, 1), "
        "and the layer works on the last axis.": {".flatten(1)": ""},
        "The head takes the maximum over the map: the paper takes the mean.": {
            "AdaptiveAvgPool2d": "AdaptiveMaxPool2d"
        },
        "The linear layer has no bias: nothing comes after it that would make one useless.": {
            "num_classes)\n": "num_classes, bias=False)\n"
        },
        "There is a ReLU after the linear layer: logits may be negative.": {
            "flatten(1))": "flatten(1)).relu()"
        },
        "Your stages are in a plain Python list: the network does not see their parameters, "
        "so nothing would train them. Make them attributes, or use nn.ModuleList.": {
            **{f"self.layer{i} = make": f"layer{i} = make" for i in (1, 2, 3, 4)},
            "include_top = include": "stages = [layer1, layer2, layer3, layer4]\n"
            "        self.include_top = include",
            f"x = {STAGES}": "for stage in self.stages:\n            x = stage(x)",
        },
    },
)
