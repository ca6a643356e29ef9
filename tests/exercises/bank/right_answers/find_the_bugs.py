"""Right answers to the exercises of notebook 10: the pieces repaired in other ways."""

import copy
import math
import re
from collections import OrderedDict
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def conv(in_channels, out_channels, kernel_size, stride=1, groups=1):
    padding = kernel_size // 2
    return nn.Conv2d(
        in_channels, out_channels, kernel_size, stride, padding, groups=groups, bias=False
    )


# --- fix_basic_layers


def strides_in_a_loop(self, in_channels, channels, stride=1):
    for number, step in enumerate((stride, 1), start=1):
        setattr(self, f"conv{number}", conv(in_channels, channels, 3, step))
        setattr(self, f"bn{number}", nn.BatchNorm2d(channels))
        in_channels = channels


def norms_first(self, in_channels, channels, stride=1):
    self.bn2, self.bn1 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
    self.conv2 = nn.Conv2d(channels, channels, (3, 3), (1, 1), padding="same", bias=None)
    self.conv1 = nn.Conv2d(in_channels, channels, 3, (stride, stride), (1, 1), bias=False)


def padded_by_layers(self, in_channels, channels, stride=1):
    self.conv1 = nn.Sequential(nn.ZeroPad2d(1), conv_unpadded(in_channels, channels, stride))
    self.conv2 = nn.Sequential(nn.ZeroPad2d(1), conv_unpadded(channels, channels, 1))
    self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)


def conv_unpadded(in_channels, out_channels, stride):
    return nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, bias=False)


def sizes_found_out_later(self, in_channels, channels, stride=1):
    self.conv1 = nn.LazyConv2d(channels, 3, stride=stride, padding=1, bias=False)
    self.conv2 = nn.LazyConv2d(channels, 3, padding=1, bias=False)
    self.bn1, self.bn2 = nn.LazyBatchNorm2d(), nn.LazyBatchNorm2d()


def sliced_after_the_convolution(self, in_channels, channels, stride=1):
    """Computes all positions and keeps each second: wasteful, and the same function."""

    class Strided(nn.Conv2d):
        def forward(self, x):
            return super().forward(x)[..., ::stride, ::stride]

    self.conv1 = Strided(in_channels, channels, 3, padding=1, bias=False)
    self.conv2 = nn.Conv2d(channels, channels, 3, padding="same", bias=False)
    for name in ("bn1", "bn2"):
        self.register_module(name, nn.BatchNorm2d(num_features=channels))


# --- fix_stage


def in_one_loop(block, in_channels, channels, blocks, stride=1, **options):
    stage = nn.Sequential()
    for number in range(blocks):
        stage.add_module(str(number), block(in_channels, channels, stride, **options))
        in_channels, stride = block.expansion * channels, 1
    return stage


def later_ones_listed(block, in_channels, channels, blocks, stride=1, **options):
    wide = channels * block.expansion
    later = [block(channels=channels, in_channels=wide, **options) for _ in range(1, blocks)]
    return nn.Sequential(block(in_channels, channels, stride=stride, **options), *later)


def named_in_order(block, in_channels, channels, blocks, stride=1, **options):
    receives = [in_channels] + [channels * block.expansion] * (blocks - 1)
    strides = [stride] + [1] * (blocks - 1)
    return nn.Sequential(
        OrderedDict(
            (f"block{i}", block(receives[i], channels, strides[i], **options))
            for i in range(blocks)
        )
    )


def from_behind(block, in_channels, channels, blocks, stride=1, **options):
    if blocks == 1:
        return nn.Sequential(block(in_channels, channels, stride, **options))
    before = from_behind(block, in_channels, channels, blocks - 1, stride, **options)
    return nn.Sequential(*before, block(channels * block.expansion, channels, **options))


# --- fix_head


def counted_in_the_last_stage(self, block, num_classes=1000):
    features = {1: 512, 4: 2048}[block.expansion]
    self.fc = nn.Linear(in_features=features, out_features=num_classes)
    self.avgpool = nn.AdaptiveAvgPool2d((1, 1))


class Mean(nn.Module):
    def forward(self, x):
        return x.mean(dim=(2, 3), keepdim=True)


def mean_by_hand(self, block, num_classes=1000):
    self.avgpool, self.fc = Mean(), nn.Linear(block.expansion * 2**9, num_classes)


def features_found_out_later(self, block, num_classes=1000):
    self.avgpool, self.fc = nn.AdaptiveAvgPool2d(output_size=1), nn.LazyLinear(num_classes)


def flattened_on_the_way(self, block, num_classes=1000):
    self.avgpool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    self.fc = nn.Sequential(nn.Identity(), nn.Linear(block.expansion * 512, num_classes))


# --- fix_stem


def padded_by_a_layer(self):
    self.conv1 = conv(3, 64, 7, stride=2)
    self.bn1 = nn.BatchNorm2d(64)
    self.relu = nn.ReLU()
    lowest = nn.ConstantPad2d(1, -math.inf)
    self.maxpool = nn.Sequential(lowest, nn.MaxPool2d(3, 2))


def half_of_the_kernel(self):
    layers = {
        "conv1": nn.Conv2d(3, 64, 7, 2, 7 // 2, bias=False),
        "bn1": nn.BatchNorm2d(64),
        "relu": nn.ReLU(inplace=True),
        "maxpool": nn.MaxPool2d(3, 2, 3 // 2),
    }
    for name, layer in layers.items():
        self.add_module(name, layer)


def functions_for_what_has_no_weights(self):
    self.conv1 = nn.Sequential(nn.ZeroPad2d(3), nn.Conv2d(3, 64, 7, 2, bias=False))
    self.bn1 = nn.BatchNorm2d(64)
    self.relu = F.relu
    self.maxpool = partial(F.max_pool2d, kernel_size=3, stride=2, padding=1)


class Largest(nn.Module):
    """Max pooling by hand. After a ReLU zeros at the edges change nothing."""

    def forward(self, x):
        n, channels, height, width = x.shape
        windows = F.unfold(x, 3, padding=1, stride=2).view(n, channels, 9, -1)
        return windows.amax(dim=2).view(n, channels, (height + 1) // 2, (width + 1) // 2)


def unfolded(self):
    self.maxpool, self.relu, self.bn1 = Largest(), nn.Threshold(0, 0), nn.BatchNorm2d(64)
    self.conv1 = nn.Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=None)


# --- fix_shortcut


class Projection(nn.Module):
    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.norm = nn.BatchNorm2d(out_channels)
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, 1, 1))
        self.stride = stride

    def forward(self, x):
        return self.norm(F.conv2d(x, self.weight, stride=self.stride))


def own_module(in_channels, out_channels, stride):
    if (in_channels, 1) == (out_channels, stride):
        return nn.Sequential()
    return Projection(in_channels, out_channels, stride)


def the_other_way_round(in_channels, out_channels, stride):
    if stride != 1 or in_channels != out_channels:
        convolution = conv(in_channels, out_channels, 1, stride)
        return nn.Sequential(convolution, nn.BatchNorm2d(out_channels))
    return nn.Identity()


class Mixing(nn.Module):
    """A 1x1 convolution is a matrix that mixes the channels of each pixel."""

    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.matrix = nn.Parameter(torch.randn(out_channels, in_channels) / in_channels**0.5)
        self.stride = stride

    def forward(self, x):
        return torch.einsum("oi,nihw->nohw", self.matrix, x[..., :: self.stride, :: self.stride])


def by_a_matrix(in_channels, out_channels, stride):
    layers = nn.Sequential()
    if not (stride == 1 and in_channels == out_channels):
        layers.add_module("mix", Mixing(in_channels, out_channels, stride))
        layers.add_module("norm", nn.BatchNorm2d(out_channels))
    return layers


def pooled_with_a_window_of_one(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return nn.Dropout(0.0)
    every_second = nn.MaxPool2d(1, stride)
    return nn.Sequential(
        every_second, conv(in_channels, out_channels, 1), nn.BatchNorm2d(out_channels)
    )


# --- fix_blocks


def computed_third_stage(depth):
    if depth == 18:
        return [2] * 4
    second = 8 if depth == 152 else 4
    total = (depth - 2) // (2 if depth == 34 else 3)
    return [3, second, total - 6 - second, 3]


def matched(depth):
    match depth:
        case 18:
            return (2, 2, 2, 2)
        case 34 | 50:
            return (3, 4, 6, 3)
        case 101:
            return (3, 4, 23, 3)
        case 152:
            return (3, 8, 36, 3)
    raise ValueError(depth)


def from_text(depth):
    row = {18: "2 2 2 2", 101: "3 4 23 3", 152: "3 8 36 3"}.get(depth, "3 4 6 3")
    return [int(number) for number in row.split()]


def from_an_array(depth):
    depths = np.array([18, 34, 50, 101, 152])
    table = np.array([[2, 2, 2, 2], [3, 4, 6, 3], [3, 4, 6, 3], [3, 4, 23, 3], [3, 8, 36, 3]])
    return list(table[depths == depth][0])


# --- fix_template


def by_partition(template):
    groups, _, width = template.partition("x")
    return dict(groups=int(groups), width_per_group=int(width.strip("d")))


def by_zip(template):
    numbers = map(int, template[:-1].split("x"))
    return dict(zip(("groups", "width_per_group"), numbers, strict=True))


def by_expression(template):
    found = re.fullmatch(r"(?P<groups>\d+)x(?P<width_per_group>\d+)d", template)
    return {name: int(number) for name, number in found.groupdict().items()}


def by_place_of_the_x(template):
    x = template.index("x")
    return {"width_per_group": int(template[x + 1 : -1]), "groups": int(template[:x])}


# --- fix_bottleneck_layers


def listed(self, in_channels, channels, stride=1):
    wide = 4 * channels
    sizes = [(in_channels, channels, 1), (channels, channels, 3), (channels, wide, 1)]
    for number, (before, after, kernel_size) in enumerate(sizes, start=1):
        setattr(self, f"conv{number}", conv(before, after, kernel_size, (1, 1, stride, 1)[number]))
        setattr(self, f"bn{number}", nn.BatchNorm2d(after))


def backwards(self, in_channels, channels, stride=1):
    self.bn3, self.conv3 = nn.BatchNorm2d(4 * channels), conv(channels, 4 * channels, 1)
    self.bn2, self.conv2 = nn.BatchNorm2d(channels), conv(channels, channels, 3, stride)
    self.bn1, self.conv1 = nn.BatchNorm2d(channels), conv(in_channels, channels, 1)


def given_by_name(self, in_channels, channels, stride=1):
    layers = {
        "conv1": nn.Conv2d(in_channels, channels, kernel_size=(1, 1), bias=False),
        "bn1": nn.BatchNorm2d(channels),
        "conv2": nn.Conv2d(channels, channels, 3, stride, 1, bias=False),
        "bn2": nn.BatchNorm2d(channels),
        "conv3": nn.Conv2d(channels, channels * 4, 1, padding="same", bias=False),
        "bn3": nn.BatchNorm2d(channels * 4),
    }
    for name, layer in layers.items():
        self.add_module(name, layer)


def unpadded_three_by_three(self, in_channels, channels, stride=1):
    self.conv1, self.bn1 = conv(in_channels, channels, 1), nn.BatchNorm2d(channels)
    self.conv2 = nn.Sequential(nn.ZeroPad2d(1), conv_unpadded(channels, channels, stride))
    self.bn2 = nn.BatchNorm2d(channels)
    self.conv3, self.bn3 = conv(channels, 4 * channels, 1), nn.BatchNorm2d(4 * channels)


# --- fix_resnext_layers


def options_by_name(self, in_channels, channels, stride=1, **options):
    groups, width_per_group = options.get("groups", 1), options.get("width_per_group", 64)
    width = channels * width_per_group // 64 * groups
    self.conv1, self.bn1 = conv(in_channels, width, 1), nn.BatchNorm2d(width)
    self.conv2, self.bn2 = conv(width, width, 3, stride, groups), nn.BatchNorm2d(width)
    self.conv3, self.bn3 = conv(width, 4 * channels, 1), nn.BatchNorm2d(4 * channels)


def keywords_only(self, in_channels, channels, stride=1, *, width_per_group=64, groups=1):
    width = groups * math.floor(width_per_group * (channels / 64))
    self.bn1, self.bn2 = (nn.BatchNorm2d(width) for _ in range(2))
    self.bn3 = nn.BatchNorm2d(channels * 4)
    self.conv1 = conv(in_channels, width, 1)
    self.conv2 = conv(width, width, 3, stride, groups=groups)
    self.conv3 = conv(width, channels * 4, 1)


def old_names_inside(self, in_channels, channels, stride=1, groups=1, width_per_group=64, **other):
    cardinality, base_width = groups, width_per_group
    width = cardinality * ((channels * base_width) // 64)
    self.conv1, self.bn1 = conv(in_channels, width, 1), nn.BatchNorm2d(width)
    self.conv2, self.bn2 = conv(width, width, 3, stride, cardinality), nn.BatchNorm2d(width)
    self.conv3, self.bn3 = conv(width, 4 * channels, 1), nn.BatchNorm2d(4 * channels)


def sizes_known_at_the_first_call(
    self, in_channels, channels, stride=1, groups=1, width_per_group=64
):
    width = channels * width_per_group // 64 * groups
    self.conv1 = nn.LazyConv2d(width, 1, bias=False)
    self.conv2 = nn.LazyConv2d(width, 3, stride, 1, groups=groups, bias=False)
    self.conv3 = nn.LazyConv2d(channels * 4, 1, bias=False)
    self.bn1, self.bn2, self.bn3 = (nn.LazyBatchNorm2d() for _ in range(3))


def through_the_bottleneck(self, in_channels, channels, stride=1, groups=1, width_per_group=64):
    width = int(channels * (width_per_group / 64.0)) * groups
    sizes = [in_channels, width, width, channels * 4]
    for i in range(3):
        options = (
            {"kernel_size": 3, "stride": stride, "padding": 1} if i == 1 else {"kernel_size": 1}
        )
        options["groups"] = groups if i == 1 else 1
        layer = nn.Conv2d(sizes[i], sizes[i + 1], bias=False, **options)
        setattr(self, f"conv{i + 1}", layer)
        setattr(self, f"bn{i + 1}", nn.BatchNorm2d(sizes[i + 1]))


# --- fix_basic_forward


def in_one_line(self, x):
    return (self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())) + self.downsample(x)).relu()


def clamped(self, x):
    out = self.bn1(self.conv1(x)).clamp(min=0)
    out = torch.add(self.downsample(x), self.bn2(self.conv2(out)))
    return torch.where(out > 0, out, torch.zeros_like(out))


def listed_and_stacked(self, x):
    out = x
    for layer in (self.conv1, self.bn1, F.relu, self.conv2, self.bn2):
        out = layer(out)
    return torch.stack([out, self.downsample(x)]).sum(dim=0).clamp_min(0)


def by_functions(self, x):
    def normalise(norm, out):
        return F.batch_norm(
            out,
            norm.running_mean,
            norm.running_var,
            norm.weight,
            norm.bias,
            self.training,
            norm.momentum,
            norm.eps,
        )

    first, second = self.conv1, self.conv2
    out = F.conv2d(x, first.weight, stride=first.stride, padding=first.padding)
    out = F.relu(normalise(self.bn1, out))
    out = normalise(self.bn2, F.conv2d(out, second.weight, padding=second.padding))
    return torch.maximum(out + self.downsample(x), out.new_zeros(()))


# --- fix_bottleneck_forward


def layers_in_a_loop(self, x):
    out = x
    for number in (1, 2, 3):
        convolution, norm = getattr(self, f"conv{number}"), getattr(self, f"bn{number}")
        out = norm(convolution(out if number == 1 else F.relu(out)))
    return torch.relu(self.downsample(x) + out)


def added_in_place(self, x):
    out = self.bn1(self.conv1(x)).relu_()
    out = self.bn2(self.conv2(out)).relu_()
    out = self.bn3(self.conv3(out))
    out += self.downsample(x)
    return out.relu_()


def in_a_sequential(self, x):
    parts = [self.conv1, self.bn1, nn.ReLU(), self.conv2, self.bn2, nn.ReLU(), self.conv3, self.bn3]
    return nn.functional.relu(nn.Sequential(*parts)(x) + self.downsample(x))


def shortcut_last(self, x):
    out = torch.relu(self.bn1(self.conv1(x)))
    out = torch.relu_(self.bn2(self.conv2(out)))
    out = self.bn3(self.conv3(out))
    out = out.add(self.downsample(x))
    return out * (out > 0)


# --- fix_resnext_forward


def copied_first(self, x):
    identity = self.downsample(x).clone()
    out = F.relu(self.bn1(self.conv1(x)))
    out = F.relu(self.bn2(self.conv2(out)))
    identity += self.bn3(self.conv3(out))
    return F.relu(identity, inplace=True)


def not_in_place(self, x):
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = F.relu(self.bn2(self.conv2(out)), inplace=True)
    identity = identity + self.bn3(self.conv3(out))
    return F.relu(identity)


def added_by_a_function(self, x):
    out = self.bn1(self.conv1(x)).relu()
    out = self.bn2(self.conv2(out)).relu()
    return torch.add(self.bn3(self.conv3(out)), self.downsample(x)).relu_()


def sum_of_a_list(self, x):
    paths = [self.downsample(x)]
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = F.relu(self.bn2(self.conv2(out)), inplace=True)
    paths.append(self.bn3(self.conv3(out)))
    return F.relu(sum(paths), inplace=True)


# --- fix_initialize


def default_gain(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out")  # its gain is the ReLU's
        if isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()


def by_formula(model):
    def one(module):
        if type(module) is nn.Conv2d:
            fan_out = module.out_channels * math.prod(module.kernel_size)
            module.weight.data.normal_(0, math.sqrt(2 / fan_out))
        elif type(module) is nn.BatchNorm2d:
            module.weight.data.fill_(1)
            module.bias.data.fill_(0)

    model.apply(one)


@torch.no_grad()
def drawn_by_hand(model):
    for name, parameter in model.named_parameters():
        layer = model.get_submodule(name.rpartition(".")[0])
        if parameter.ndim == 4:
            fan_out = parameter.shape[0] * parameter.shape[2] * parameter.shape[3]
            parameter.copy_(torch.randn(parameter.shape) * (2 / fan_out) ** 0.5)
        elif isinstance(layer, nn.BatchNorm2d):
            parameter.fill_(1.0 if name.endswith("weight") else 0.0)


def going_down_the_tree(module):
    for child in module.children():
        going_down_the_tree(child)
        if isinstance(child, nn.Conv2d):
            gain = nn.init.calculate_gain("relu")
            fan_out = nn.init._calculate_correct_fan(child.weight, "fan_out")
            nn.init.normal_(child.weight, mean=0.0, std=gain / math.sqrt(fan_out))
        elif isinstance(child, nn.BatchNorm2d):
            nn.init.constant_(child.weight, 1)
            nn.init.constant_(child.bias, 0)


# --- fix_train_step


def log_softmax(model, images, labels, optimizer):
    model.train()
    logarithms = F.log_softmax(model(images), dim=1)
    loss = F.nll_loss(logarithms, labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def picked_by_hand(model, images, labels, optimizer):
    optimizer.zero_grad()
    logits = model.train()(images)
    of_label = logits.gather(1, labels[:, None]).squeeze(1)
    loss = (logits.logsumexp(dim=1) - of_label).mean()
    loss.backward()
    optimizer.step()
    return loss.item()


def criterion_of_the_module(model, images, labels, optimizer):
    criterion = nn.CrossEntropyLoss()
    model.train()
    outputs = model(images)
    loss = criterion(outputs, labels)
    model.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def softmax_and_its_logarithm(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    probabilities = F.softmax(model(images), dim=1)
    loss = F.nll_loss(torch.log(probabilities), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def cross_entropy_of_logarithms(model, images, labels, optimizer):
    """The softmax of logarithms of probabilities is those probabilities: this one does no harm."""
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(F.log_softmax(model(images), dim=1), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


# --- fix_accuracy


@torch.no_grad()
def in_two_lists(model, loader):
    modes = model.training
    model.train(False)
    right = [model(images).max(dim=1).indices.eq(labels) for images, labels in loader]
    model.train(modes)
    return torch.cat(right).double().mean().item()


def inference_mode(model, loader):
    training = model.training
    model.eval()
    right, total = 0, 0
    try:
        with torch.inference_mode():
            for images, labels in loader:
                right += int((model(images).argmax(1) == labels).sum())
                total += labels.numel()
    finally:
        if training:
            model.train()
    return right / total


@torch.no_grad()
def on_a_copy(model, loader):
    judged = copy.deepcopy(model).eval()
    right = sum((judged(images).argmax(1) == labels).sum().item() for images, labels in loader)
    return right / sum(len(labels) for _, labels in loader)


def each_module_its_own_mode(model, loader):
    modes = {module: module.training for module in model.modules()}
    model.eval()
    verdicts = []
    for images, labels in loader:
        with torch.no_grad():
            verdicts += (model(images).topk(1, dim=1).indices[:, 0] == labels).tolist()
    for module, mode in modes.items():
        module.training = mode
    return sum(verdicts) / len(verdicts)


def in_numpy(model, loader):
    before = model.training
    model.eval()
    answers, truth = [], []
    for images, labels in loader:
        with torch.no_grad():
            answers.append(np.argmax(model(images).numpy(), axis=1))
        truth.append(labels.numpy())
    model.train(before)
    return float(np.mean(np.concatenate(answers) == np.concatenate(truth)))


RIGHT = {
    "fix_basic_layers": [
        strides_in_a_loop,
        norms_first,
        padded_by_layers,
        sizes_found_out_later,
        sliced_after_the_convolution,
    ],
    "fix_stage": [in_one_loop, later_ones_listed, named_in_order, from_behind],
    "fix_head": [
        counted_in_the_last_stage,
        mean_by_hand,
        features_found_out_later,
        flattened_on_the_way,
    ],
    "fix_stem": [
        padded_by_a_layer,
        half_of_the_kernel,
        functions_for_what_has_no_weights,
        unfolded,
    ],
    "fix_shortcut": [own_module, the_other_way_round, by_a_matrix, pooled_with_a_window_of_one],
    "fix_blocks": [computed_third_stage, matched, from_text, from_an_array],
    "fix_template": [by_partition, by_zip, by_expression, by_place_of_the_x],
    "fix_resnext_layers": [
        options_by_name,
        keywords_only,
        old_names_inside,
        sizes_known_at_the_first_call,
        through_the_bottleneck,
    ],
    "fix_bottleneck_layers": [listed, backwards, given_by_name, unpadded_three_by_three],
    "fix_basic_forward": [in_one_line, clamped, listed_and_stacked, by_functions],
    "fix_bottleneck_forward": [layers_in_a_loop, added_in_place, in_a_sequential, shortcut_last],
    "fix_resnext_forward": [copied_first, not_in_place, added_by_a_function, sum_of_a_list],
    "fix_initialize": [default_gain, by_formula, drawn_by_hand, going_down_the_tree],
    "fix_train_step": [
        log_softmax,
        picked_by_hand,
        criterion_of_the_module,
        softmax_and_its_logarithm,
        cross_entropy_of_logarithms,
    ],
    "fix_accuracy": [in_two_lists, inference_mode, on_a_copy, each_module_its_own_mode, in_numpy],
}
