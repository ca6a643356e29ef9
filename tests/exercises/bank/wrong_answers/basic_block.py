"""Wrong answers as people write them."""

import functools
from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import nn

from course_lib.models.blocks import BasicBlock, Bottleneck
from tests.exercises.bank.wrong_answers import wrong


def conv3x3(in_planes, out_planes, stride=1):
    return nn.Conv2d(in_planes, out_planes, 3, stride, padding=1, bias=False)


# shortcut: wrong in a corner


@wrong("shortcut")
def stride_2_wherever_it_is_not_1(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    s = 2 if stride != 1 else 1
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, s, bias=False), nn.BatchNorm2d(out_channels)
    )


@wrong("shortcut")
@functools.cache
def the_same_module_for_every_caller(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
    )


@wrong("shortcut")
class NoNormForOneImage(nn.Module):
    """To be safe from "Expected more than 1 value per channel"."""

    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.needed = stride != 1 or in_channels != out_channels
        if self.needed:
            self.conv = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
            self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        if not self.needed:
            return x
        x = self.conv(x)
        return self.bn(x) if len(x) > 1 else x


@wrong("shortcut")
def frozen(in_channels, out_channels, stride):
    """A shortcut is "not learned", somebody read."""
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    conv = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels)).requires_grad_(False)


# shortcut: as people write it


@wrong("shortcut", "channels agree|bias")
def of_a_d2l_residual(input_channels, num_channels, strides):
    use_1x1conv = input_channels != num_channels
    if use_1x1conv:
        conv3 = nn.Conv2d(input_channels, num_channels, kernel_size=1, stride=strides)
        return nn.Sequential(conv3, nn.BatchNorm2d(num_channels))
    else:
        return nn.Identity()


@wrong("shortcut", "stride is 1|batch normalisation")
def stride_decides_and_no_norm(inp, oup, stride):
    if stride > 1:
        return nn.Conv2d(inp, oup, 1, stride=stride, bias=False)
    return nn.Sequential()


@wrong("shortcut", "ReLU|padd")
def conv_bn_relu_block(in_channels, out_channels, stride):
    layers = OrderedDict()
    if in_channels == out_channels and stride == 1:
        return nn.Sequential(layers)
    layers["conv"] = nn.Conv2d(
        in_channels, out_channels, kernel_size=1, stride=stride, padding=1, bias=False
    )
    layers["bn"] = nn.BatchNorm2d(out_channels)
    layers["relu"] = nn.ReLU(inplace=True)
    return nn.Sequential(layers)


@wrong("shortcut", "stride|channels|pool")
def pooled_and_repeated(in_channels, out_channels, stride):
    """No parameters: a max pool, and every channel several times."""

    class Repeat(nn.Module):
        def forward(self, x):
            x = F.max_pool2d(x, stride, ceil_mode=True)
            times = -(-out_channels // in_channels)
            return x.repeat(1, times, 1, 1)[:, :out_channels]

    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return Repeat()


@wrong("shortcut", "InstanceNorm|normalis")
def instance_norm(in_channels, out_channels, stride):
    if (in_channels, stride) == (out_channels, 1):
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
        nn.InstanceNorm2d(out_channels, affine=True),
    )


@wrong("shortcut", "conv|Module|return|tuple|list")
def a_list_of_layers(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return [
        nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
        nn.BatchNorm2d(out_channels),
    ]


@wrong("shortcut", "Module|function|parenthes|self|argument")
def sequential_of_classes(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d
    )


@wrong("shortcut", "group|channels")
def one_weight_a_channel(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    groups = min(in_channels, out_channels)
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride, groups=groups, bias=False),
        nn.BatchNorm2d(out_channels),
    )


# BasicBlock: wrong in a corner


@wrong("BasicBlock")
class MobileBlock(nn.Module):
    """ReLU6 inside, which cuts only what is above 6."""

    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.conv1 = conv3x3(in_channels, channels, stride)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = conv3x3(channels, channels)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = downsample

    def forward(self, x):
        out = F.relu6(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


@wrong("BasicBlock")
class HalvesOrNothing(nn.Module):
    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.conv1 = conv3x3(in_channels, channels, 1 if stride == 1 else 2)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = conv3x3(channels, channels)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = downsample or nn.Sequential()

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(out + self.shortcut(x))


@wrong("BasicBlock")
class FrozenNorms(nn.Module):
    """As in detection, where the batch normalisations come trained."""

    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.path = nn.Sequential(
            conv3x3(in_channels, channels, stride),
            nn.BatchNorm2d(channels).requires_grad_(False),
            nn.ReLU(),
            conv3x3(channels, channels),
            nn.BatchNorm2d(channels).requires_grad_(False),
        )
        self.downsample = downsample

    def forward(self, x):
        return F.relu(self.path(x) + (self.downsample(x) if self.downsample else x))


@wrong("BasicBlock")
class ModeOfItsOwn(nn.Module):
    """Skips the second normalisation for a single image."""

    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.conv1, self.conv2 = conv3x3(in_channels, channels, stride), conv3x3(channels, channels)
        self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
        self.downsample = downsample

    def forward(self, x):
        out = self.conv2(self.bn1(self.conv1(x)).relu())
        if self.training and x.size(0) > 1 or not self.training:
            out = self.bn2(out)
        return (out + (x if self.downsample is None else self.downsample(x))).relu()


# BasicBlock: as people write it


@wrong("BasicBlock", "bias|last ReLU|go through")
class Residual(nn.Module):
    """After d2l, whose convolutions have a bias; F.relu moved to the next block."""

    expansion = 1

    def __init__(self, in_channels, num_channels, stride=1, downsample=None):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, num_channels, kernel_size=3, padding=1, stride=stride)
        self.conv2 = nn.Conv2d(num_channels, num_channels, kernel_size=3, padding=1)
        self.conv3 = downsample
        self.bn1 = nn.BatchNorm2d(num_channels)
        self.bn2 = nn.BatchNorm2d(num_channels)

    def forward(self, X):
        Y = F.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        if self.conv3:
            X = self.conv3(X)
        Y += X
        return Y


@wrong("BasicBlock", "normalisation|after the last ReLU|bias")
class KerasPort(nn.Module):
    """Biases, no normalisation behind the second convolution."""

    expansion = 1

    def __init__(self, filters_in, filters, stride=1, downsample=None):
        super().__init__()
        self.c1 = nn.Conv2d(filters_in, filters, 3, stride, 1, bias=True)
        self.b1 = nn.BatchNorm2d(filters)
        self.c2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=True)
        self.shortcut = downsample

    def forward(self, inputs):
        x = torch.relu(self.b1(self.c1(inputs)))
        x = self.c2(x)
        residual = inputs if self.shortcut is None else self.shortcut(inputs)
        return torch.relu(x + residual)


@wrong("BasicBlock", "stride|ReLU between|linear map")
class StrideEverywhere(nn.Module):
    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.net = nn.Sequential(
            conv3x3(in_channels, channels, 1),
            nn.BatchNorm2d(channels),
            conv3x3(channels, channels, stride),
            nn.BatchNorm2d(channels),
        )
        self.downsample = nn.Identity() if downsample is None else downsample

    def forward(self, x):
        return self.net(x).add(self.downsample(x)).relu()


@wrong("BasicBlock", "expansion|before the addition")
class NoExpansionAndTwoRelus(nn.Module):
    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.left = nn.Sequential(
            conv3x3(in_channels, channels, stride),
            nn.BatchNorm2d(channels),
            self.relu,
            conv3x3(channels, channels),
            nn.BatchNorm2d(channels),
            self.relu,
        )
        self.down = downsample

    def forward(self, x):
        out = self.left(x)
        out += self.down(x) if self.down is not None else x
        return self.relu(out)


@wrong("BasicBlock", "downsample|in place|input")
class AddsIntoTheInput(nn.Module):
    """Adds into x, and knows no downsample."""

    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.conv1 = conv3x3(in_channels, channels, stride)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = conv3x3(channels, channels)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = downsample

    def forward(self, x):
        y = self.bn1(self.conv1(x)).clamp(min=0)
        y = self.bn2(self.conv2(y))
        x += y
        return F.relu(x)


@wrong("BasicBlock", "[Ll]eaky|ReLU|negative")
class DarkNetBlock(nn.Module):
    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.conv1, self.bn1 = conv3x3(in_channels, channels, stride), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = conv3x3(channels, channels), nn.BatchNorm2d(channels)
        self.act = nn.LeakyReLU(0.1)
        self.downsample = downsample

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        out = self.act(self.bn1(self.conv1(x)))
        return self.act(self.bn2(self.conv2(out)) + shortcut)


@wrong("BasicBlock", "tuple|two|pair")
class ReturnsBoth(nn.Module):
    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.conv1, self.bn1 = conv3x3(in_channels, channels, stride), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = conv3x3(channels, channels), nn.BatchNorm2d(channels)
        self.downsample = downsample

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(out + identity), identity


@wrong("BasicBlock", "list|ModuleList|parameters|register")
class LayersInAList(nn.Module):
    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.convs = [conv3x3(in_channels, channels, stride), conv3x3(channels, channels)]
        self.norms = [nn.BatchNorm2d(channels) for _ in range(2)]
        self.downsample = downsample

    def forward(self, x):
        out = x
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            out = norm(conv(out))
            if i == 0:
                out = F.relu(out)
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


@wrong("BasicBlock", "__init__|_init_|underscore|argument")
class Underscores(nn.Module):
    expansion = 1

    def _init_(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.conv1, self.bn1 = conv3x3(in_channels, channels, stride), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = conv3x3(channels, channels), nn.BatchNorm2d(channels)
        self.downsample = downsample

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


@wrong("BasicBlock", "None|return")
class PrintsTheSum(nn.Module):
    expansion = 1

    def __init__(self, in_channels, channels, stride=1, downsample=None):
        super().__init__()
        self.conv1, self.bn1 = conv3x3(in_channels, channels, stride), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = conv3x3(channels, channels), nn.BatchNorm2d(channels)
        self.downsample = downsample

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.downsample is not None:
            x = self.downsample(x)
        print(F.relu(out + x).shape)


# zero_init_residual: wrong in a corner


@wrong("zero_init_residual")
def three_levels(model):
    def zero(module):
        if isinstance(module, BasicBlock):
            nn.init.zeros_(module.bn2.weight)
        if isinstance(module, Bottleneck):
            nn.init.zeros_(module.bn3.weight)

    zero(model)
    for stage in model.children():
        zero(stage)
        for block in stage.children():
            zero(block)


@wrong("zero_init_residual")
def left_in_eval_mode(model):
    model.eval()
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, (BasicBlock, Bottleneck)):
                last = module.bn3 if isinstance(module, Bottleneck) else module.bn2
                last.weight.zero_()


@wrong("zero_init_residual")
def a_buffer_in_the_weights_place(model):
    for module in model.modules():
        if isinstance(module, (BasicBlock, Bottleneck)):
            last = module.bn3 if hasattr(module, "bn3") else module.bn2
            zeros = torch.zeros_like(last.weight.data)
            del last.weight
            last.register_buffer("weight", zeros)


# zero_init_residual: as people write it


@wrong("zero_init_residual", "Bottleneck|bias")
def after_torchvision_from_memory(model):
    for m in model.modules():
        if isinstance(m, BasicBlock):
            nn.init.constant_(m.bn2.weight, 0)
            nn.init.constant_(m.bn2.bias, 0)


@wrong("zero_init_residual", "children|deeper|bn2 of the Bottleneck|bn3")
def stage_by_stage(net):
    for name, child in net.named_children():
        if isinstance(child, (BasicBlock, Bottleneck)):
            print("zeroing", name)
            child.bn2.weight.data.fill_(0)


@wrong("zero_init_residual", "every batch norm")
def every_norm_by_name(model):
    for name, parameter in model.named_parameters():
        if "bn" in name and name.endswith("weight"):
            torch.nn.init.zeros_(parameter)


@wrong("zero_init_residual", "convolution|bias")
def the_last_convolution_too(model):
    with torch.no_grad():
        for block in model.modules():
            if type(block) is BasicBlock:
                block.conv2.weight[:] = 0
                block.bn2.bias[:] = 0
            elif type(block) is Bottleneck:
                block.conv3.weight[:] = 0
                block.bn3.bias[:] = 0


@wrong("zero_init_residual", "small|zero|another value")
def nearly_zero(model):
    for m in model.modules():
        if isinstance(m, Bottleneck):
            nn.init.normal_(m.bn3.weight, std=1e-3)
        elif isinstance(m, BasicBlock):
            nn.init.normal_(m.bn2.weight, std=1e-3)


@wrong("zero_init_residual", "tensor|parameter|assign|number")
def assigns_zero(model):
    for m in model.modules():
        if isinstance(m, BasicBlock):
            m.bn2.weight = 0
        elif isinstance(m, Bottleneck):
            m.bn3.weight = 0


@wrong("zero_init_residual", "modules|parenthes|call|iterable")
def modules_not_called(model):
    for m in model.modules:
        if isinstance(m, BasicBlock):
            nn.init.zeros_(m.bn2.weight)
        elif isinstance(m, Bottleneck):
            nn.init.zeros_(m.bn3.weight)


@wrong("zero_init_residual", "as it was|place|new|copy|changed")
def new_tensors_only(model):
    """Binds a local name to zeros: no parameter changes."""
    for m in model.modules():
        if isinstance(m, (BasicBlock, Bottleneck)):
            weight = m.bn3.weight if isinstance(m, Bottleneck) else m.bn2.weight
            weight = torch.zeros_like(weight)
    return model


@wrong("zero_init_residual", "learn|requires_grad|froze|in place")
def frozen_by_replacing(model):
    for m in model.modules():
        if isinstance(m, BasicBlock):
            m.bn2.weight = nn.Parameter(torch.zeros(len(m.bn2.weight)), requires_grad=False)
        elif isinstance(m, Bottleneck):
            m.bn3.weight = nn.Parameter(torch.zeros(len(m.bn3.weight)), requires_grad=False)


# shortcut and zero_init_residual: the question, what is returned, which blocks


@wrong("shortcut", "wrong way round")
def the_question_turned_round(in_channels, out_channels, stride):
    if stride != 1 or in_channels != out_channels:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
    )


@wrong("shortcut", "class|parentheses")
def identity_without_parentheses(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return nn.Identity
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
    )


@wrong("shortcut", "module.*list")
def both_layers_in_a_list(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    conv = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
    return [conv, nn.BatchNorm2d(out_channels)]


@wrong("zero_init_residual")
def one_zero_for_all_channels(model):
    """The weight is zero, and has lost its shape: the batch normalisation refuses it."""
    for module in model.modules():
        if isinstance(module, Bottleneck):
            module.bn3.weight.data = torch.tensor(0.0)
        elif isinstance(module, BasicBlock):
            module.bn2.weight.data = torch.tensor(0.0)


@wrong("zero_init_residual", "bn3.*bn2")
def whichever_norm_there_is(model):
    for module in model.modules():
        if hasattr(module, "bn2"):
            nn.init.zeros_(module.bn2.weight)
        if hasattr(module, "bn3"):
            nn.init.zeros_(module.bn3.weight)


@wrong("zero_init_residual", "left out the BasicBlocks")
def bottlenecks_alone(model):
    for module in model.modules():
        if isinstance(module, Bottleneck):
            nn.init.constant_(module.bn3.weight, 0)
