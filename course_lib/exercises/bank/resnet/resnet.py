"""Exercise `ResNet`: stem, four stages, head."""

import math
from collections.abc import Callable, Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake, Probe
from course_lib.exercises.probes.call import randn
from course_lib.exercises.probes.module import module_probe
from course_lib.models.blocks import BasicBlock, BlockClass
from course_lib.models.resnet import ResNet, make_layer


class LightBlock(nn.Module):
    """Called like a `BasicBlock`, but without convolutions: a check runs networks of full width."""

    expansion = 1

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(in_channels)
        self.out_channels, self.stride = channels * self.expansion, stride
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        identity = x if self.downsample is None else self.downsample(x)
        out = self.bn(x)[:, :, :: self.stride, :: self.stride]
        copies = math.ceil(self.out_channels / out.shape[1])
        return F.relu(out.repeat(1, copies, 1, 1)[:, : self.out_channels] + identity)


class LightBottleneck(LightBlock):
    expansion = 2


def _pictures(height: int, width: int) -> Tensor:
    """Two images with large patches, of which whole windows of the stem's pooling are negative.

    In pure noise hardly any window is, and a ReLU before the pooling makes no difference.
    """
    patches = F.interpolate(randn(2, 3, 4, 5, seed=1), size=(height, width))
    return patches + 0.3 * randn(2, 3, height, width)


def _parameters(implementation: Implementation, layers: Sequence[int]) -> int:
    return sum(p.numel() for p in implementation(LightBlock, layers).parameters())


def _output_shape(implementation: Implementation, x: Tensor) -> tuple[int, ...]:
    return tuple(implementation(LightBlock, [1, 1, 1, 1], 7).eval()(x).shape)


def _altered(change: Callable[[ResNet, BlockClass, Sequence[int], int], None]) -> type:
    """The reference network, changed after it was built."""

    class Altered(ResNet):
        def __init__(self, block, layers, num_classes=1000, include_top=True):
            super().__init__(block, layers, num_classes, include_top)
            change(self, block, layers, num_classes)

    return Altered


def _with(**parts: Callable[[], nn.Module]) -> type:
    """The reference network with other parts in the place of some."""

    def change(model, block, layers, num_classes):
        for name, build in parts.items():
            if hasattr(model, name):  # there is no head without the top
                setattr(model, name, build())

    return _altered(change)


def _with_stages(
    in_channels: Callable = lambda before, expansion: before * expansion,
    channels: Callable = lambda channels, expansion: channels,
    strides: Sequence[int] = (1, 2, 2, 2),
    count: Callable = lambda layers, stage: layers[stage],
    block: BlockClass | None = None,
) -> type:
    """The reference network whose stages are built in another way."""

    def change(model, given, layers, num_classes):
        kind = block or given
        before = 64
        for stage, width in enumerate((64, 128, 256, 512)):
            layer = make_layer(
                kind, before, channels(width, kind.expansion), count(layers, stage), strides[stage]
            )
            setattr(model, f"layer{stage + 1}", layer)
            before = in_channels(width, kind.expansion)

    return _altered(change)


def _head(change: Callable[[ResNet, Tensor], Tensor]) -> type:
    """The reference network whose output goes through `change(model, output)`."""

    class Changed(ResNet):
        def forward(self, x):
            return change(self, super().forward(x))

    return Changed


class WithoutPooling(ResNet):
    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.flatten(1)) if self.include_top else x


class WithoutFlattening(ResNet):
    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x)) if self.include_top else x


class AlwaysWithTop(ResNet):
    def __init__(self, block, layers, num_classes=1000, include_top=True):
        super().__init__(block, layers, num_classes)


class TopKept(ResNet):
    """The head is there, but not used."""

    def __init__(self, block, layers, num_classes=1000, include_top=True):
        super().__init__(block, layers, num_classes)
        self.include_top = include_top


class AlwaysThousand(ResNet):
    def __init__(self, block, layers, num_classes=1000, include_top=True):
        super().__init__(block, layers, 1000, include_top)


class PooledWithoutTop(ResNet):
    def forward(self, x):
        out = super().forward(x)
        return out if self.include_top else F.adaptive_avg_pool2d(out, 1).flatten(1)


class StagesInAList(ResNet):
    def __init__(self, block, layers, num_classes=1000, include_top=True):
        super().__init__(block, layers, num_classes, include_top)
        stages = [self.layer1, self.layer2, self.layer3, self.layer4]
        del self.layer1, self.layer2, self.layer3, self.layer4
        self.stages = stages

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for stage in self.stages:
            x = stage(x)
        return self.fc(self.avgpool(x).flatten(1)) if self.include_top else x


def _fc_for_512(model, block, layers, num_classes):
    if model.include_top:
        model.fc = nn.Linear(512, num_classes)


def _fc_without_bias(model, block, layers, num_classes):
    if model.include_top:
        model.fc = nn.Linear(512 * block.expansion, num_classes, bias=False)


def _stem(kernel_size: int = 7, stride: int = 2, padding: int = 3, bias: bool = False) -> type:
    return _with(conv1=lambda: nn.Conv2d(3, 64, kernel_size, stride, padding, bias=bias))


EXERCISE = Exercise(
    name="ResNet",
    title="The whole network",
    difficulty=4,
    importance=5,
    minutes=30,
    reference=ResNet,
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
    probes=(
        Probe("output shape at 32x32 pixels, 7 classes", _output_shape, (randn(2, 3, 32, 32),)),
        Probe("parameters of ResNet(LightBlock, [1, 1, 1, 3])", _parameters, ([1, 1, 1, 3],)),
        module_probe(ResNet, LightBlock, [1, 2, 1, 1], 5, x=_pictures(36, 44)),
        module_probe(ResNet, LightBottleneck, [2, 1, 1, 1], 4, x=_pictures(44, 36)),
        module_probe(ResNet, LightBottleneck, [1, 1, 2, 1], include_top=False, x=_pictures(36, 50)),
    ),
    mistakes=(
        Mistake(
            "You forgot the expansion between the stages: a stage puts out channels * "
            "block.expansion channels, and the next one receives them all.",
            _with_stages(in_channels=lambda before, expansion: before),
        ),
        Mistake(
            "You built the linear layer for 512 inputs: the last stage puts out 512 * "
            "block.expansion channels, 2,048 with a Bottleneck.",
            _altered(_fc_for_512),
        ),
        Mistake(
            "You passed channels * expansion to make_layer, where `channels` is due: the block "
            "multiplies by its expansion itself.",
            _with_stages(
                in_channels=lambda before, expansion: before * expansion * expansion,
                channels=lambda width, expansion: width * expansion,
            ),
        ),
        Mistake(
            "You ignored `layers`: the numbers of blocks are those of one network, whatever is "
            "asked for.",
            _with_stages(count=lambda layers, stage: (3, 4, 6, 3)[stage]),
        ),
        Mistake(
            "The last stage has the wrong number of blocks: it is layers[3], the fourth.",
            _with_stages(count=lambda layers, stage: layers[min(stage, 2)]),
        ),
        Mistake(
            "Every stage has layers[0] blocks: each has its own number.",
            _with_stages(count=lambda layers, stage: layers[0]),
        ),
        Mistake(
            "You ignored `block`: the stages are made of BasicBlocks, whatever is asked for.",
            _with_stages(block=BasicBlock),
        ),
        Mistake(
            "Your first stage has stride 2: the max pooling before it has just halved the map, so "
            "it keeps the size.",
            _with_stages(strides=(2, 2, 2, 2)),
        ),
        Mistake(
            "Your stages do not shrink the map: the second, third and fourth have stride 2.",
            _with_stages(strides=(1, 1, 1, 1)),
        ),
        Mistake(
            "Your last stage has stride 1: the second, third and fourth have stride 2.",
            _with_stages(strides=(1, 2, 2, 1)),
        ),
        Mistake(
            "You put a softmax at the end: the logits are asked for, and cross entropy takes the "
            "softmax itself.",
            _head(lambda model, out: out.softmax(1) if model.include_top else out),
        ),
        Mistake(
            "You ignored include_top: without the top, the last feature map comes out, with its "
            "height and width.",
            AlwaysWithTop,
        ),
        Mistake(
            "Without the top you still build the linear layer: nothing uses it, and its "
            "parameters never learn.",
            TopKept,
        ),
        Mistake(
            "Without the top you still take the average: the pooling belongs to the head, and the "
            "last feature map keeps its height and width.",
            PooledWithoutTop,
        ),
        Mistake(
            "You ignored num_classes: the last layer always has 1,000 outputs.",
            AlwaysThousand,
        ),
        Mistake(
            "The max pooling is missing: the stem halves the map twice, once in the convolution "
            "and once in the pooling.",
            _with(maxpool=nn.Identity),
        ),
        Mistake(
            "Your max pooling has stride 1: nn.MaxPool2d takes its kernel size unless you say "
            "otherwise, and here it is 2.",
            _with(maxpool=lambda: nn.MaxPool2d(3, 1, 1)),
        ),
        Mistake(
            "Your max pooling has stride 3, the default of nn.MaxPool2d(3): say stride=2.",
            _with(maxpool=lambda: nn.MaxPool2d(3, padding=1)),
        ),
        Mistake(
            "Your max pooling has no padding: with padding 1 the 3x3 windows cover the border "
            "too, and the map is halved exactly.",
            _with(maxpool=lambda: nn.MaxPool2d(3, 2)),
        ),
        Mistake(
            "Your max pooling has a 2x2 window: the paper's is 3x3 with stride 2, so that "
            "neighbouring windows overlap.",
            _with(maxpool=lambda: nn.MaxPool2d(2, 2, ceil_mode=True)),
        ),
        Mistake(
            "You average in the stem: the paper pools by the maximum there, by the mean in the "
            "head.",
            _with(maxpool=lambda: nn.AvgPool2d(3, 2, 1)),
        ),
        Mistake(
            "Your stem has a 3x3 convolution, as the networks for small images have: the paper's "
            "is 7x7.",
            _stem(kernel_size=3, padding=1),
        ),
        Mistake(
            "Your stem has a 3x3 convolution with stride 1, as the networks for small images "
            "have: the paper's is 7x7 with stride 2.",
            _stem(kernel_size=3, stride=1, padding=1),
        ),
        Mistake(
            "Your 7x7 convolution has stride 1: the stem halves the map twice, once in the "
            "convolution and once in the pooling.",
            _stem(stride=1),
        ),
        Mistake(
            "Your 7x7 convolution has no padding: with padding 3, half of the kernel, it halves "
            "the map exactly.",
            _stem(padding=0),
        ),
        Mistake(
            "Your 7x7 convolution has padding 1, which is for a 3x3: half of the kernel is 3.",
            _stem(padding=1),
        ),
        Mistake(
            "Your stem's convolution has a bias: the batch normalisation after it takes it out "
            "again, so it only costs parameters.",
            _stem(bias=True),
        ),
        Mistake(
            "The batch normalisation of the stem is missing.",
            _with(bn1=nn.Identity),
        ),
        Mistake(
            "The ReLU of the stem is missing.",
            _with(relu=nn.Identity),
        ),
        Mistake(
            "The average pooling of the head is missing: the linear layer expects one number a "
            "channel, whatever the size of the map.",
            WithoutPooling,
        ),
        Mistake(
            "You did not flatten before the linear layer: after the pooling x is (N, C, 1, 1), "
            "and the layer works on the last axis.",
            WithoutFlattening,
        ),
        Mistake(
            "The head takes the maximum over the map: the paper takes the mean.",
            _with(avgpool=lambda: nn.AdaptiveMaxPool2d(1)),
        ),
        Mistake(
            "The linear layer has no bias: nothing comes after it that would make one useless.",
            _altered(_fc_without_bias),
        ),
        Mistake(
            "There is a ReLU after the linear layer: logits may be negative.",
            _head(lambda model, out: out.relu() if model.include_top else out),
        ),
        Mistake(
            "Your stages are in a plain Python list: the network does not see their parameters, "
            "so nothing would train them. Make them attributes, or use nn.ModuleList.",
            StagesInAList,
        ),
    ),
)
