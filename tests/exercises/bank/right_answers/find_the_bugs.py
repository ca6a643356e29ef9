"""Right answers to the exercises of notebook 10: the pieces repaired in other ways."""

import copy
import math

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


# --- fix_template


def by_partition(template):
    groups, _, width = template.partition("x")
    return dict(groups=int(groups), width_per_group=int(width.strip("d")))


def by_zip(template):
    numbers = map(int, template[:-1].split("x"))
    return dict(zip(("groups", "width_per_group"), numbers, strict=True))


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


# --- fix_basic_forward


def in_one_line(self, x):
    return (self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())) + self.downsample(x)).relu()


def clamped(self, x):
    out = self.bn1(self.conv1(x)).clamp(min=0)
    out = torch.add(self.downsample(x), self.bn2(self.conv2(out)))
    return torch.where(out > 0, out, torch.zeros_like(out))


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


RIGHT = {
    "fix_basic_layers": [strides_in_a_loop, norms_first],
    "fix_stage": [in_one_loop, later_ones_listed],
    "fix_head": [counted_in_the_last_stage, mean_by_hand],
    "fix_stem": [padded_by_a_layer, half_of_the_kernel],
    "fix_shortcut": [own_module, the_other_way_round],
    "fix_blocks": [computed_third_stage, matched],
    "fix_template": [by_partition, by_zip],
    "fix_resnext_layers": [options_by_name, keywords_only],
    "fix_bottleneck_layers": [listed, backwards],
    "fix_basic_forward": [in_one_line, clamped],
    "fix_bottleneck_forward": [layers_in_a_loop, added_in_place],
    "fix_resnext_forward": [copied_first, not_in_place],
    "fix_initialize": [default_gain, by_formula],
    "fix_train_step": [log_softmax, picked_by_hand],
    "fix_accuracy": [in_two_lists, inference_mode, on_a_copy],
}
