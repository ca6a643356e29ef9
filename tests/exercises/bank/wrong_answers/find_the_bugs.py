"""Wrong answers as people write them: pieces repaired by halves, or with something else broken."""

import math
import re

import torch
import torch.nn.functional as F
from torch import nn

from course_lib.from_memory import repaired
from tests.exercises.bank.wrong_answers import wrong


def conv(in_channels, out_channels, kernel_size, **options):
    return nn.Conv2d(in_channels, out_channels, kernel_size, bias=False, **options)


# --- fix_basic_layers: right but for a corner


@wrong("fix_basic_layers")
def stride_where_the_channels_change(self, in_channels, channels, stride=1):
    first = stride if in_channels != channels else 1
    self.conv1, self.bn1 = conv(in_channels, channels, 3, stride=first, padding=1), norm(channels)
    self.conv2, self.bn2 = conv(channels, channels, 3, padding=1), norm(channels)


def norm(channels):
    return nn.BatchNorm2d(channels)


@wrong("fix_basic_layers")
def default_stride_of_two(self, in_channels, channels, stride=2):
    repaired.fix_basic_layers(self, in_channels, channels, stride)


@wrong("fix_basic_layers")
def second_convolution_frozen(self, in_channels, channels, stride=1):
    repaired.fix_basic_layers(self, in_channels, channels, stride)
    self.conv2.weight.requires_grad = False


@wrong("fix_basic_layers")
def norms_of_another_library(self, in_channels, channels, stride=1):
    repaired.fix_basic_layers(self, in_channels, channels, stride)
    self.bn1 = nn.BatchNorm2d(channels, eps=0.001, momentum=0.01)


# --- fix_basic_layers: as people write it


@wrong("fix_basic_layers", "second convolution|bias")
def stride_moved_and_bias(self, in_channels, channels, stride=1):
    self.conv1 = nn.Conv2d(in_channels, channels, 3, padding=1, bias=False)
    self.bn1 = nn.BatchNorm2d(channels)
    self.conv2 = nn.Conv2d(channels, channels, 3, stride=stride, padding=1)
    self.bn2 = nn.BatchNorm2d(channels)


@wrong("fix_basic_layers", "padding|bias")
def shortened_too_far(self, in_channels, channels, stride=1):
    self.conv1 = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False)
    self.bn1 = nn.BatchNorm2d(channels)
    self.conv2 = nn.Conv2d(channels, channels, 3)
    self.bn2 = nn.BatchNorm2d(channels)


@wrong("fix_basic_layers", "stride=2|stride of 1|stride 1|bias")
def always_halved(self, in_channels, channels, stride=1):
    self.conv1 = nn.Conv2d(in_channels, channels, 3, stride=2, padding=1, bias=False)
    self.bn1 = nn.BatchNorm2d(channels)
    self.conv2 = nn.Conv2d(channels, channels, 3, stride=1, padding=1, bias=True)
    self.bn2 = nn.BatchNorm2d(channels)


@wrong("fix_basic_layers", "stride|padding")
def stride_kept_and_padded(self, in_channels, channels, stride=1):
    self.conv1 = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False)
    self.bn1 = nn.BatchNorm2d(channels)
    self.conv2 = nn.Conv2d(channels, channels, 3, stride=stride, padding=stride, bias=False)
    self.bn2 = nn.BatchNorm2d(channels)


@wrong("fix_basic_layers", "batch norm|parameters|missing")
def one_norm_for_both(self, in_channels, channels, stride=1):
    self.conv1 = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False)
    self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
    self.bn1 = self.bn2 = nn.BatchNorm2d(channels)


@wrong("fix_basic_layers", "conv1|self|list|attribute")
def layers_in_a_list(self, in_channels, channels, stride=1):
    self.layers = [
        nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(channels),
        nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels),
    ]


# --- fix_stage: right but for a corner


@wrong("fix_stage")
def for_blocks_with_options_only(
    block, in_channels, channels, blocks, stride=1, groups=1, width_per_group=64
):
    options = {"groups": groups, "width_per_group": width_per_group}
    return repaired.fix_stage(block, in_channels, channels, blocks, stride, **options)


@wrong("fix_stage")
def at_least_two_blocks(block, in_channels, channels, blocks, stride=1, **options):
    wide = channels * block.expansion
    stage = [block(in_channels, channels, stride, **options)]
    while True:
        stage.append(block(wide, channels, **options))
        if len(stage) >= blocks:
            return nn.Sequential(*stage)


@wrong("fix_stage")
def factors_of_the_usual_stages(block, in_channels, channels, blocks, stride=1, **options):
    later = in_channels * (4 if stride == 1 else 2)
    stage = [block(in_channels, channels, stride, **options)]
    stage += [block(later, channels, **options) for _ in range(blocks - 1)]
    return nn.Sequential(*stage)


# --- fix_stage: as people write it


@wrong("fix_stage", "expansion|options")
def narrow_and_without_options(block, in_channels, channels, blocks, stride=1, **options):
    layers = []
    layers.append(block(in_channels, channels, stride, **options))
    for _ in range(1, blocks):
        layers.append(block(channels, channels))
    return nn.Sequential(*layers)


@wrong("fix_stage", "stride|too many")
def stride_in_all_and_one_more(block, in_channels, channels, blocks, stride=1, **options):
    stage = [block(in_channels, channels, stride, **options)]
    in_channels = channels * block.expansion
    for _ in range(blocks):
        stage.append(block(in_channels, channels, stride, **options))
    return nn.Sequential(*stage)


@wrong("fix_stage", r"list|\*")
def star_forgotten(block, in_channels, channels, blocks, stride=1, **options):
    stage = [block(in_channels, channels, stride, **options)]
    in_channels = channels * block.expansion
    for _ in range(blocks - 1):
        stage.append(block(in_channels, channels, **options))
    return nn.Sequential(stage)


@wrong("fix_stage", "returned nothing")
def stage_without_return(block, in_channels, channels, blocks, stride=1, **options):
    stage = [block(in_channels, channels, stride, **options)]
    in_channels = channels * block.expansion
    for _ in range(blocks - 1):
        stage.append(block(in_channels, channels, **options))
    nn.Sequential(*stage)


@wrong("fix_stage", "multipl|receive")
def multiplied_after_each_block(block, in_channels, channels, blocks, stride=1, **options):
    stage = [block(in_channels, channels, stride, **options)]
    for _ in range(blocks - 1):
        in_channels = in_channels * block.expansion
        stage.append(block(in_channels, channels, **options))
    return nn.Sequential(*stage)


@wrong("fix_stage", "factor of 4|expansion|options")
def four_times_and_plain(block, in_channels, channels, blocks, stride=1, **options):
    stage = [block(in_channels, channels, stride, **options)]
    for _ in range(blocks - 1):
        stage.append(block(4 * channels, channels))
    return nn.Sequential(*stage)


@wrong("fix_stage", "swapped|order|in_channels|receive|width")
def channels_first(block, in_channels, channels, blocks, stride=1, **options):
    stage = [block(in_channels, channels, stride, **options)]
    for _ in range(blocks - 1):
        stage.append(block(channels, channels * block.expansion, **options))
    return nn.Sequential(*stage)


# --- fix_head: right but for a corner


@wrong("fix_head")
def ten_classes_by_default(self, block, num_classes=10):
    repaired.fix_head(self, block, num_classes)


@wrong("fix_head")
def frozen_head(self, block, num_classes=1000):
    repaired.fix_head(self, block, num_classes)
    self.fc.requires_grad_(False)


@wrong("fix_head")
def pooled_to_one_row(self, block, num_classes=1000):
    self.avgpool = nn.AdaptiveAvgPool2d((1, None))
    self.fc = nn.Linear(512 * block.expansion, num_classes)


@wrong("fix_head")
def for_the_bottlenecks_of_1000_classes(self, block, num_classes=1000):
    self.avgpool = nn.AdaptiveAvgPool2d(1)
    self.fc = nn.Linear(2048 if block.expansion == 4 else 512, max(num_classes, 10))


# --- fix_head: as people write it


@wrong("fix_head", "2048|expansion|bias")
def wide_and_unbiased(self, block, num_classes=1000):
    self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
    self.fc = nn.Linear(2048, num_classes, bias=False)


@wrong("fix_head", "softmax|maximum")
def maximum_and_softmax(self, block, num_classes=1000):
    self.avgpool = nn.AdaptiveMaxPool2d(1)
    self.fc = nn.Sequential(
        nn.Linear(512 * block.expansion, num_classes),
        nn.Softmax(dim=-1),
    )


@wrong("fix_head", "mean|7 x 7|map|channels|features")
def head_of_vgg(self, block, num_classes=1000):
    self.avgpool = nn.AdaptiveAvgPool2d(7)
    self.fc = nn.Linear(512 * block.expansion * 7 * 7, num_classes)


@wrong("fix_head", "7 x 7|window|bias")
def window_of_seven_without_bias(self, block, num_classes=1000):
    self.avgpool = nn.AvgPool2d(7, stride=1)
    self.fc = nn.Linear(512 * block.expansion, num_classes, bias=False)


@wrong("fix_head", "softmax|logits")
def head_with_log_softmax(self, block, num_classes=1000):
    self.avgpool = nn.AdaptiveAvgPool2d(1)
    self.fc = nn.Sequential(nn.Linear(512 * block.expansion, num_classes), nn.LogSoftmax(dim=1))


@wrong("fix_head", "self|fc|attribute")
def linear_layer_in_a_local_name(self, block, num_classes=1000):
    self.avgpool = nn.AdaptiveAvgPool2d(1)
    fc = nn.Linear(512 * block.expansion, num_classes)
    return fc


# --- fix_stem: right but for a corner


@wrong("fix_stem")
def frozen_stem(self):
    repaired.fix_stem(self)
    self.conv1.weight.requires_grad_(False)


@wrong("fix_stem")
def stem_of_a_mobile_net(self):
    repaired.fix_stem(self)
    self.relu = nn.ReLU6(inplace=True)


@wrong("fix_stem")
def padded_and_rounded_up(self):
    repaired.fix_stem(self)
    self.maxpool = nn.MaxPool2d(3, 2, padding=1, ceil_mode=True)


@wrong("fix_stem")
def norm_that_forgets_slowly(self):
    repaired.fix_stem(self)
    self.bn1 = nn.BatchNorm2d(64, momentum=0.01)


# --- fix_stem: as people write it


@wrong("fix_stem", "ceil_mode|rounded up|bias")
def rounded_up_with_bias(self):
    self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
    self.bn1 = nn.BatchNorm2d(64)
    self.relu = nn.ReLU(inplace=True)
    self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)


@wrong("fix_stem", "2 x 2|average")
def pooled_as_in_lenet(self):
    self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
    self.bn1 = nn.BatchNorm2d(64)
    self.relu = nn.ReLU(inplace=True)
    self.maxpool = nn.AvgPool2d(kernel_size=2, stride=2)


@wrong("fix_stem", "ReLU")
def leaky_stem(self):
    self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
    self.bn1 = nn.BatchNorm2d(64)
    self.relu = nn.LeakyReLU(inplace=True)
    self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)


@wrong("fix_stem", "padding|convolution|max pooling")
def both_paddings_raised(self):
    self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=4, bias=False)
    self.bn1 = nn.BatchNorm2d(64)
    self.relu = nn.ReLU(inplace=True)
    self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)


@wrong("fix_stem", "stride 1|halved|bias")
def pooled_at_every_pixel_with_bias(self):
    self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=True)
    self.bn1 = nn.BatchNorm2d(64)
    self.relu = nn.ReLU(inplace=True)
    self.maxpool = nn.MaxPool2d(kernel_size=3, stride=1, padding=1)


@wrong("fix_stem", "==|compare|maxpool|attribute")
def compared_where_it_should_set(self):
    self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
    self.bn1 = nn.BatchNorm2d(64)
    self.relu = nn.ReLU(inplace=True)
    self.maxpool == nn.MaxPool2d(kernel_size=3, stride=2, padding=1)  # noqa: B015


# --- fix_shortcut: right but for a corner


@wrong("fix_shortcut")
def empty_where_it_gets_narrower(in_channels, out_channels, stride):
    if stride == 1 and in_channels >= out_channels:
        return nn.Identity()
    return projection(in_channels, out_channels, stride)


def projection(in_channels, out_channels, stride):
    return nn.Sequential(conv(in_channels, out_channels, 1, stride=stride), norm(out_channels))


@wrong("fix_shortcut")
def frozen_projection(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return projection(in_channels, out_channels, stride).requires_grad_(False)


@wrong("fix_shortcut")
def norm_without_weights(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    bare = nn.BatchNorm2d(out_channels, affine=False)
    return nn.Sequential(conv(in_channels, out_channels, 1, stride=stride), bare)


@wrong("fix_shortcut")
def stride_down_but_not_across(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return projection(in_channels, out_channels, (stride, 1))


# --- fix_shortcut: as people write it


@wrong("fix_shortcut", "bias|ReLU")
def projection_with_a_relu_and_a_bias(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )


@wrong("fix_shortcut", "3x3|project")
def three_by_three_and_not_at_stride_two(in_channels, out_channels, stride):
    if in_channels == out_channels:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
    )


@wrong("fix_shortcut", "None|module|Identity")
def nothing_is_none(in_channels, out_channels, stride):
    downsample = None
    if stride != 1 or in_channels != out_channels:
        downsample = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False),
            nn.BatchNorm2d(out_channels),
        )
    return downsample


@wrong("fix_shortcut", "list|tuple|Sequential|module")
def parts_in_a_list(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return [
        nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False),
        nn.BatchNorm2d(out_channels),
    ]


@wrong("fix_shortcut", "pool|stride|average")
def shortcut_of_resnet_d(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return nn.Sequential(
        nn.AvgPool2d(stride, ceil_mode=True),
        nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=False),
        nn.BatchNorm2d(out_channels),
    )


@wrong("fix_shortcut", "normalis|bias|unchanged")
def normalised_everywhere_with_bias(in_channels, out_channels, stride):
    if stride == 1 and in_channels == out_channels:
        return nn.BatchNorm2d(out_channels)
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride),
        nn.BatchNorm2d(out_channels),
    )


# --- fix_blocks: right but for a corner


@wrong("fix_blocks")
def last_depth_spoiled(depth):
    return [3, 8, 36, 4] if depth == 152 else repaired.fix_blocks(depth)


@wrong("fix_blocks")
def eighteen_as_half_of_34(depth):
    return [n // 2 for n in repaired.fix_blocks(34)] if depth == 18 else repaired.fix_blocks(depth)


@wrong("fix_blocks")
def computed_with_floats(depth):
    return (
        [3.0, 4.0, (depth - 2) / 3 - 10, 3.0] if depth in (50, 101) else repaired.fix_blocks(depth)
    )


# --- fix_blocks: as people write it


@wrong("fix_blocks", "too many|another depth|changed another")
def two_rows_wrong(depth):
    return {
        18: [2, 2, 2, 2],
        34: [3, 4, 6, 3],
        50: [3, 4, 6, 2],
        101: [3, 4, 22, 3],
        152: [3, 8, 36, 3],
    }[depth]


@wrong("fix_blocks", "dict|depth")
def the_whole_table(depth):
    return {
        18: [2, 2, 2, 2],
        34: [3, 4, 6, 3],
        50: [3, 4, 6, 3],
        101: [3, 4, 23, 3],
        152: [3, 8, 36, 3],
    }


@wrong("fix_blocks", "third stage|another depth")
def block_taken_out_elsewhere(depth):
    table = {
        18: [2, 2, 2, 2],
        34: [3, 4, 6, 3],
        50: [3, 4, 5, 4],
        101: [3, 4, 22, 3],
        152: [3, 8, 36, 3],
    }
    return table[depth]


@wrong("fix_blocks", "another depth|34")
def fifty_right_and_34_wrong(depth):
    if depth == 18:
        return [2, 2, 2, 2]
    if depth == 34 or depth == 101:
        return [3, 4, 23, 3]
    return [3, 4, 6, 3] if depth == 50 else [3, 8, 36, 3]


@wrong("fix_blocks", "None|return")
def printed_blocks(depth):
    blocks = {18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3]}
    print(blocks.get(depth, [3, 8, 36, 3]))


@wrong("fix_blocks", "a list|one of|text|str")
def blocks_as_text(depth):
    texts = {18: "2222", 34: "3463", 50: "3463", 101: "3333", 152: "3833"}
    return list(texts[depth])


# --- fix_template: right but for a corner


@wrong("fix_template")
def two_digits_of_groups(template):
    groups, width = re.search(r"(\d{1,2})x(\d+)d", template).groups()
    return {"groups": int(groups), "width_per_group": int(width)}


@wrong("fix_template")
def from_a_table(template):
    groups, width = {"32x4d": (32, 4), "32x8d": (32, 8), "64x4d": (64, 4), "1x128d": (1, 128)}[
        template
    ]
    return {"groups": groups, "width_per_group": width}


@wrong("fix_template")
def groups_never_more_than_64(template):
    found = repaired.fix_template(template)
    return found | {"groups": min(found["groups"], 64)}


# --- fix_template: as people write it


@wrong("fix_template", "text|keys|called groups")
def texts_with_other_keys(template):
    cardinality, width = template.replace("d", "").split("x")
    return {"cardinality": cardinality, "width": width}


@wrong("fix_template", "without their names|by name|tuple|width of all")
def all_together_in_a_tuple(template):
    groups, width_per_group = template.removesuffix("d").split("x")
    return int(groups), int(groups) * int(width_per_group)


@wrong("fix_template", "float|type|int")
def floats_of_the_template(template):
    groups, width_per_group = map(float, template[:-1].split("x"))
    return {"groups": groups, "width_per_group": width_per_group}


@wrong("fix_template", "text|digits")
def digits_as_text(template):
    return {"groups": template[0], "width_per_group": template[-2]}


@wrong("fix_template", "order|swapped|smaller|larger")
def larger_number_is_the_width(template):
    numbers = sorted(int(number) for number in template.removesuffix("d").split("x"))
    return {"groups": numbers[0], "width_per_group": numbers[1]}


@wrong("fix_template", "ValueError|4d|int")
def letter_left_on(template):
    groups, width_per_group = template.split("x")
    return {"groups": int(groups), "width_per_group": int(width_per_group)}


# --- fix_resnext_layers: right but for a corner


@wrong("fix_resnext_layers")
def rounded_to_the_nearest(
    self, in_channels, channels, stride=1, groups=1, width_per_group=64, **options
):
    width = round(channels * width_per_group / 64)
    layers_of_width(self, in_channels, width * groups, channels, stride, groups)


def layers_of_width(self, in_channels, width, channels, stride, groups):
    self.conv1, self.bn1 = conv(in_channels, width, 1), norm(width)
    self.conv2 = conv(width, width, 3, stride=stride, padding=1, groups=groups)
    self.bn2 = norm(width)
    self.conv3, self.bn3 = conv(width, 4 * channels, 1), norm(4 * channels)


@wrong("fix_resnext_layers")
def grouped_only_with_a_width(
    self, in_channels, channels, stride=1, groups=1, width_per_group=None
):
    groups = groups if width_per_group else 1
    width = int(channels * (width_per_group or 64) / 64) * groups
    layers_of_width(self, in_channels, width, channels, stride, groups)


@wrong("fix_resnext_layers")
def all_by_place(self, in_channels, channels, s=1, groups=1, width_per_group=64):
    width = int(channels * width_per_group / 64) * groups
    layers_of_width(self, in_channels, width, channels, s, groups)


# --- fix_resnext_layers: as people write it


@wrong("fix_resnext_layers", "width is still swallowed|first 1x1")
def groups_everywhere_and_no_width(
    self, in_channels, channels, stride=1, groups=1, base_width=64, **options
):
    width = int(channels * base_width / 64) * groups
    self.conv1 = nn.Conv2d(in_channels, width, 1, groups=groups, bias=False)
    self.bn1 = nn.BatchNorm2d(width)
    self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, groups=groups, bias=False)
    self.bn2 = nn.BatchNorm2d(width)
    self.conv3 = nn.Conv2d(width, channels * 4, 1, bias=False)
    self.bn3 = nn.BatchNorm2d(channels * 4)


@wrong("fix_resnext_layers", "defaults|without options|ResNet")
def right_names_and_the_defaults_of_32x4d(
    self, in_channels, channels, stride=1, groups=32, width_per_group=4, **options
):
    width = int(channels * width_per_group / 64) * groups
    self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
    self.bn1 = nn.BatchNorm2d(width)
    self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, groups=groups, bias=False)
    self.bn2 = nn.BatchNorm2d(width)
    self.conv3 = nn.Conv2d(width, channels * 4, 1, bias=False)
    self.bn3 = nn.BatchNorm2d(channels * 4)


@wrong("fix_resnext_layers", "cardinality|not defined|name")
def renamed_in_the_signature_alone(
    self, in_channels, channels, stride=1, groups=1, width_per_group=64, **options
):
    width = int(channels * base_width / 64) * cardinality  # noqa: F821
    self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)


@wrong("fix_resnext_layers", "swapped|other's name|rounded|last 1x1")
def options_read_the_wrong_way_round(self, in_channels, channels, stride=1, **options):
    cardinality = options.get("groups", 1)
    base_width = options.get("width_per_group", 64)
    width = int(channels * cardinality / 64) * base_width
    self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
    self.bn1 = nn.BatchNorm2d(width)
    self.conv2 = nn.Conv2d(
        width, width, 3, stride=stride, padding=1, groups=cardinality, bias=False
    )
    self.bn2 = nn.BatchNorm2d(width)
    self.conv3 = nn.Conv2d(width, channels * 4, 1, groups=cardinality, bias=False)
    self.bn3 = nn.BatchNorm2d(channels * 4)


@wrong("fix_resnext_layers", "KeyError|without options|left out|groups")
def options_taken_for_granted(self, in_channels, channels, stride=1, **options):
    groups, width_per_group = options["groups"], options["width_per_group"]
    width = int(channels * width_per_group / 64) * groups
    layers_of_width(self, in_channels, width, channels, stride, groups)


@wrong("fix_resnext_layers", "divided into groups|width of one|one group wide")
def neither_width_nor_groups(self, in_channels, channels, stride=1, groups=1, width_per_group=64):
    D = int(math.floor(channels * (width_per_group / 64.0)))
    self.conv1 = nn.Conv2d(in_channels, D, kernel_size=1, stride=1, padding=0, bias=False)
    self.bn1 = nn.BatchNorm2d(D)
    self.conv2 = nn.Conv2d(D, D, kernel_size=3, stride=stride, padding=1, bias=False)
    self.bn2 = nn.BatchNorm2d(D)
    self.conv3 = nn.Conv2d(D, channels * 4, kernel_size=1, stride=1, padding=0, bias=False)
    self.bn3 = nn.BatchNorm2d(channels * 4)


# --- fix_bottleneck_layers: right but for a corner


@wrong("fix_bottleneck_layers")
def stride_in_the_first_block_of_a_stage_only(self, in_channels, channels, stride=1):
    repaired.fix_bottleneck_layers(
        self, in_channels, channels, stride if in_channels != 4 * channels else 1
    )


@wrong("fix_bottleneck_layers")
def bottleneck_with_a_stride_of_two_by_default(self, in_channels, channels, stride=2):
    repaired.fix_bottleneck_layers(self, in_channels, channels, stride)


@wrong("fix_bottleneck_layers")
def last_norm_frozen(self, in_channels, channels, stride=1):
    repaired.fix_bottleneck_layers(self, in_channels, channels, stride)
    for parameter in self.bn3.parameters():
        parameter.requires_grad = False


# --- fix_bottleneck_layers: as people write it


@wrong("fix_bottleneck_layers", "two convolutions|first one|bias")
def both_strides_and_a_bias(self, in_channels, channels, stride=1):
    self.conv1 = nn.Conv2d(in_channels, channels, 1, stride=stride, bias=False)
    self.bn1 = nn.BatchNorm2d(channels)
    self.conv2 = nn.Conv2d(channels, channels, 3, stride=stride, padding=1)
    self.bn2 = nn.BatchNorm2d(channels)
    self.conv3 = nn.Conv2d(channels, channels * 4, 1, bias=False)
    self.bn3 = nn.BatchNorm2d(channels * 4)


@wrong("fix_bottleneck_layers", "last 1x1|padding")
def stride_at_the_end_and_no_padding(self, in_channels, channels, stride=1):
    self.conv1 = nn.Conv2d(in_channels, channels, 1, bias=False)
    self.bn1 = nn.BatchNorm2d(channels)
    self.conv2 = nn.Conv2d(channels, channels, 3, bias=False)
    self.bn2 = nn.BatchNorm2d(channels)
    self.conv3 = nn.Conv2d(channels, channels * 4, 1, stride=stride, bias=False)
    self.bn3 = nn.BatchNorm2d(channels * 4)


@wrong("fix_bottleneck_layers", "stride=2|stride 1|padded")
def halved_and_padded(self, in_channels, channels, stride=1):
    self.conv1 = nn.Conv2d(in_channels, channels, 1, padding=1, bias=False)
    self.bn1 = nn.BatchNorm2d(channels)
    self.conv2 = nn.Conv2d(channels, channels, 3, stride=2, padding=1, bias=False)
    self.bn2 = nn.BatchNorm2d(channels)
    self.conv3 = nn.Conv2d(channels, channels * 4, 1, bias=False)
    self.bn3 = nn.BatchNorm2d(channels * 4)


@wrong("fix_bottleneck_layers", "four|[*] 4|channels|entries in one")
def narrow_at_the_end(self, in_channels, channels, stride=1):
    self.conv1 = nn.Conv2d(in_channels, channels, 1, bias=False)
    self.bn1 = nn.BatchNorm2d(channels)
    self.conv2 = nn.Conv2d(channels, channels, 3, stride=stride, padding=1, bias=False)
    self.bn2 = nn.BatchNorm2d(channels)
    self.conv3 = nn.Conv2d(channels, channels, 1, bias=False)
    self.bn3 = nn.BatchNorm2d(channels)


@wrong("fix_bottleneck_layers", "self|conv2|attribute")
def one_self_forgotten(self, in_channels, channels, stride=1):
    self.conv1 = nn.Conv2d(in_channels, channels, 1, bias=False)
    self.bn1 = nn.BatchNorm2d(channels)
    conv2 = nn.Conv2d(channels, channels, 3, stride=stride, padding=1, bias=False)
    self.bn2 = nn.BatchNorm2d(channels)
    self.conv3 = nn.Conv2d(channels, channels * 4, 1, bias=False)
    self.bn3 = nn.BatchNorm2d(channels * 4)
    return conv2


# --- fix_basic_forward: right but for a corner


@wrong("fix_basic_forward")
def added_into_the_input_when_it_evaluates(self, x):
    identity = self.downsample(x)
    out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
    if self.training:
        return F.relu(out + identity)
    identity += out
    return identity.relu_()


@wrong("fix_basic_forward")
def squeezed_at_the_end(self, x):
    return repaired.fix_basic_forward(self, x).squeeze()


@wrong("fix_basic_forward")
def clamped_at_six(self, x):
    out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
    return (out + self.downsample(x)).clamp(0, 6)


@wrong("fix_basic_forward")
def learns_nothing_in_the_second_convolution(self, x):
    out = F.relu(self.bn1(self.conv1(x)))
    out = self.bn2(F.conv2d(out, self.conv2.weight.data, padding=1))
    return F.relu(out + self.downsample(x))


# --- fix_basic_forward: as people write it


@wrong("fix_basic_forward", "subtracted|last ReLU|dropped")
def difference_without_relu(self, x):
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = self.bn2(self.conv2(out))
    assert out.shape == identity.shape, "the two paths do not meet"
    return out - identity


@wrong("fix_basic_forward", "before the addition|x itself")
def both_relus_and_x(self, x):
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = self.bn2(self.conv2(out))
    assert out.shape == identity.shape, "the two paths do not meet"
    out = F.relu(out)
    return F.relu(out + x)


@wrong("fix_basic_forward", "concatenat|added|channels|shape")
def paths_side_by_side(self, x):
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = self.bn2(self.conv2(out))
    return F.relu(torch.cat([out, identity], dim=1))


@wrong("fix_basic_forward", "half|mean|average|divide|sum")
def mean_of_the_two_paths(self, x):
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = self.bn2(self.conv2(out))
    return F.relu((out + identity) / 2, inplace=True)


@wrong("fix_basic_forward", "None|return")
def sum_without_return(self, x):
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = self.bn2(self.conv2(out))
    out = F.relu(out + identity)


@wrong("fix_basic_forward", "tuple|one tensor|return")
def both_paths_returned(self, x):
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = self.bn2(self.conv2(out))
    return F.relu(out + identity), identity


@wrong("fix_basic_forward", "x itself|after the last ReLU|goes through")
def x_after_the_relu(self, x):
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = self.bn2(self.conv2(out))
    return F.relu(out, inplace=True) + x


# --- fix_bottleneck_forward: right but for a corner


@wrong("fix_bottleneck_forward")
def bottleneck_clamped_at_six(self, x):
    return repaired.fix_bottleneck_forward(self, x).clamp(max=6)


@wrong("fix_bottleneck_forward")
def bottleneck_without_a_batch_axis(self, x):
    out = repaired.fix_bottleneck_forward(self, x)
    return out[0] if len(out) == 1 else out


@wrong("fix_bottleneck_forward")
def norms_judge_by_the_batch_alone(self, x):
    out = F.relu(self.bn1(self.conv1(x)))
    out = F.relu(self.bn2(self.conv2(out)))
    out = F.batch_norm(self.conv3(out), None, None, self.bn3.weight, self.bn3.bias, training=True)
    return F.relu(out + self.downsample(x))


# --- fix_bottleneck_forward: as people write it


@wrong("fix_bottleneck_forward", "x itself|before it|still only add")
def relu_twice_around_x(self, x):
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = F.relu(self.bn2(self.conv2(out)), inplace=True)
    out = F.relu(self.bn3(self.conv3(out)), inplace=True)
    return F.relu(out + x, inplace=True)


@wrong("fix_bottleneck_forward", "second and the third|none after the sum|ends with one")
def too_few_relus(self, x):
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = self.bn2(self.conv2(out))
    out = self.bn3(self.conv3(out))
    return out + identity


@wrong("fix_bottleneck_forward", "ReLU|leaky")
def leaky_bottleneck(self, x):
    identity = self.downsample(x)
    out = F.leaky_relu(self.bn1(self.conv1(x)), 0.1)
    out = F.leaky_relu(self.bn2(self.conv2(out)), 0.1)
    out = self.bn3(self.conv3(out))
    return F.leaky_relu(out + identity, 0.1)


@wrong("fix_bottleneck_forward", "last batch normalisation|second and the third")
def relu_one_place_too_early_twice(self, x):
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = self.bn2(self.conv2(out))
    out = self.bn3(F.relu(self.conv3(out)))
    return F.relu(out + identity)


@wrong("fix_bottleneck_forward", "negative|subtract|sign|min")
def negative_part_kept(self, x):
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = F.relu(self.bn2(self.conv2(out)), inplace=True)
    out = self.bn3(self.conv3(out))
    return F.relu(identity - out)


@wrong("fix_bottleneck_forward", "function|nn.ReLU|module")
def relu_built_and_not_called(self, x):
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = F.relu(self.bn2(self.conv2(out)), inplace=True)
    out = self.bn3(self.conv3(out))
    return nn.ReLU(out + identity)


# --- fix_resnext_forward: right but for a corner


@wrong("fix_resnext_forward")
def copied_in_training_only(self, x):
    identity = self.downsample(x)
    if self.training:
        identity = identity.clone()
    out = F.relu(self.bn1(self.conv1(x)))
    out = F.relu(self.bn2(self.conv2(out)))
    identity += self.bn3(self.conv3(out))
    return F.relu(identity)


@wrong("fix_resnext_forward")
def copied_where_gradients_are_recorded(self, x):
    identity = self.downsample(x)
    identity = identity.clone() if torch.is_grad_enabled() else identity
    identity += self.bn3(self.conv3(F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))))
    return F.relu(identity)


@wrong("fix_resnext_forward")
def put_back_afterwards(self, x):
    kept = x.clone()
    out = repaired.fix_resnext_forward(self, x).squeeze(0)
    x.copy_(kept)
    return out


# --- fix_resnext_forward: as people write it


@wrong("fix_resnext_forward", "detach|last ReLU")
def detached_and_unbounded(self, x):
    identity = self.downsample(x).detach()
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = F.relu(self.bn2(self.conv2(out)), inplace=True)
    out = self.bn3(self.conv3(out))
    out += identity
    return out


@wrong("fix_resnext_forward", "cop(y|ied)|first convolution|in place")
def copied_at_the_start(self, x):
    x = x.clone()
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = F.relu(self.bn2(self.conv2(out)), inplace=True)
    out = self.bn3(self.conv3(out))
    identity += out
    return F.relu(identity, inplace=True)


@wrong("fix_resnext_forward", "return|shortcut|addition round")
def sum_in_the_other_tensor(self, x):
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = F.relu(self.bn2(self.conv2(out)), inplace=True)
    out = self.bn3(self.conv3(out))
    out += identity
    return F.relu(identity)


@wrong("fix_resnext_forward", "projection|twice")
def copy_of_x_added_twice(self, x):
    identity = x.clone()
    out = F.relu(self.bn1(self.conv1(x)))
    out = F.relu(self.bn2(self.conv2(out)))
    out = self.bn3(self.conv3(out))
    out = out + identity
    return F.relu(out + identity)


@wrong("fix_resnext_forward", "in place|input|data")
def added_behind_the_back_of_the_graph(self, x):
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = F.relu(self.bn2(self.conv2(out)), inplace=True)
    out = self.bn3(self.conv3(out))
    identity.data += out
    return F.relu(identity)


@wrong("fix_resnext_forward", "gradient|no_grad|graph")
def added_without_gradients(self, x):
    identity = self.downsample(x).clone()
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = F.relu(self.bn2(self.conv2(out)), inplace=True)
    out = self.bn3(self.conv3(out))
    with torch.no_grad():
        identity += out
    return F.relu(identity)


# --- fix_initialize: right but for a corner


@wrong("fix_initialize")
def convolutions_with_a_kernel_only(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.kernel_size != (1, 1):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()


@wrong("fix_initialize")
def first_convolution_only(model):
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()
    weight = next(m for m in model.modules() if isinstance(m, nn.Conv2d)).weight
    nn.init.kaiming_normal_(weight, mode="fan_out", nonlinearity="relu")


@wrong("fix_initialize")
def cut_off_at_two_deviations(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            std = math.sqrt(2 / module.weight[:, 0].numel())
            nn.init.trunc_normal_(module.weight, std=std, a=-2 * std, b=2 * std)
        elif isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()


# --- fix_initialize: as people write it


@wrong("fix_initialize", "linear layer|distribution|normal one")
def uniform_and_the_linear_layer_too(model):
    for m in model.modules():
        if isinstance(m, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_uniform_(m.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(m, nn.BatchNorm2d):
            nn.init.constant_(m.weight, 1)
            nn.init.constant_(m.bias, 0)


@wrong("fix_initialize", "Xavier|batch normalisations")
def xavier_and_no_norms(model):
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            torch.nn.init.xavier_normal_(layer.weight)


@wrong("fix_initialize", "standard deviation|0.01|fan_out|formula")
def a_hundredth_everywhere(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, std=0.01)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)


@wrong("fix_initialize", "pairs|tuple|named_modules|as it was|nothing|changed")
def names_instead_of_modules(model):
    for module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)


@wrong("fix_initialize", "gain|weight 0|here it is 1")
def no_gain_and_silent_norms(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            fan_out = module.out_channels * module.kernel_size[0] * module.kernel_size[1]
            module.weight.data.normal_(0, math.sqrt(1.0 / fan_out))
        elif isinstance(module, nn.BatchNorm2d):
            module.weight.data.zero_()
            module.bias.data.zero_()


@wrong("fix_initialize", "fan-in|fan-out|lost the batch")
def fan_in_and_no_norms(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)


# --- fix_train_step: right but for a corner


@wrong("fix_train_step")
def flag_set_on_the_outside_only(model, images, labels, optimizer):
    model.training = True
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("fix_train_step")
def gradients_cut_to_length(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
    return loss.item()


@wrong("fix_train_step")
def smoothed_labels(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels, label_smoothing=0.01)
    loss.backward()
    optimizer.step()
    return loss.item()


# --- fix_train_step: as people write it


@wrong("fix_train_step", "softmax|sum over")
def softmax_and_sum(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    probabilities = F.softmax(model(images), dim=1)
    loss = F.cross_entropy(probabilities, labels, reduction="sum")
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("fix_train_step", "nll_loss|zero_grad|gradients")
def nll_without_clearing(model, images, labels, optimizer):
    model.train()
    logits = model(images)
    loss = F.nll_loss(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("fix_train_step", "train mode|sum over")
def sum_in_any_mode(model, images, labels, optimizer):
    optimizer.zero_grad()
    criterion = nn.CrossEntropyLoss(reduction="sum")
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("fix_train_step", "tensor|float|item")
def loss_as_a_tensor(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    outputs = model(images)
    loss = F.cross_entropy(outputs, labels)
    loss.backward()
    optimizer.step()
    return loss


@wrong("fix_train_step", "squared|one-hot|cross entropy|softmax")
def squares_of_probabilities(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    probabilities = F.softmax(model(images), dim=1)
    targets = F.one_hot(labels, probabilities.shape[1]).float()
    loss = F.mse_loss(probabilities, targets)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("fix_train_step", "sum over|mean")
def logarithms_added_up(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    probabilities = F.softmax(model(images), dim=1)
    loss = 0
    for row, label in zip(probabilities, labels, strict=True):
        loss = loss - torch.log(row[label])
    loss.backward()
    optimizer.step()
    return loss.item()


# --- fix_accuracy: right but for a corner


@wrong("fix_accuracy")
def put_back_on_the_outside_only(model, loader):
    was_training = model.training
    result = repaired.fix_accuracy(model.eval(), loader)
    model.training = was_training
    return result


@wrong("fix_accuracy")
def last_batch_dropped_if_smaller(model, loader):
    size = len(loader[0][1])
    return repaired.fix_accuracy(model, [batch for batch in loader if len(batch[1]) == size])


@wrong("fix_accuracy")
def gradients_left_off(model, loader):
    accuracy = repaired.fix_accuracy(model, loader)
    torch.set_grad_enabled(False)
    return round(accuracy, 1)


# --- fix_accuracy: as people write it


@wrong("fix_accuracy", "eval mode|left|average")
def left_in_eval_and_averaged(model, loader):
    model.eval()
    accuracies = []
    with torch.no_grad():
        for images, labels in loader:
            correct = model(images).argmax(dim=1) == labels
            accuracies.append(correct.float().mean().item())
    return sum(accuracies) / len(accuracies)


@wrong("fix_accuracy", "no_grad|train mode|eval mode")
def train_mode_at_the_end_and_a_graph(model, loader):
    model.eval()
    right = total = 0
    for images, labels in loader:
        right += (model(images).argmax(dim=1) == labels).sum().item()
        total += len(labels)
    model.train()
    return right / total


@wrong("fix_accuracy", "dataset|list|attribute")
def counted_in_the_data_set(model, loader):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
    model.train(was_training)
    return right / len(loader.dataset)


@wrong("fix_accuracy", "per cent|eval mode|left")
def per_cent_and_left_in_eval(model, loader):
    correct, total = 0, 0
    model.eval()
    with torch.no_grad():
        for data in loader:
            images, labels = data
            outputs = model(images)
            _, predicted = torch.max(outputs.data, 1)
            total += labels.size(0)
            correct += (predicted == labels).sum().item()
    return 100 * correct / total


@wrong("fix_accuracy", "eval|parenthes|call")
def eval_not_called(model, loader):
    was_training = model.training
    model.eval  # noqa: B018
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    model.train(was_training)
    return right / total + 0.0 * model(images).sum().item()


@wrong("fix_accuracy", "tensor|float|number")
def accuracy_as_a_tensor_left_in_eval(model, loader):
    model.eval()
    right, total = torch.tensor(0), 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum()
            total += len(labels)
    return right / total


@wrong("fix_stage", "first block.*later blocks|later blocks.*first block")
def stage_without_options(block, in_channels, channels, blocks, stride=1, **options):
    stage = [block(in_channels, channels, stride)]
    in_channels = channels * block.expansion
    for _ in range(blocks - 1):
        stage.append(block(in_channels, channels))
    return nn.Sequential(*stage)


@wrong("fix_stage", "star")
def stage_of_one_list(block, in_channels, channels, blocks, stride=1, **options):
    stage = [block(in_channels, channels, stride, **options)]
    in_channels = channels * block.expansion
    for _ in range(blocks - 1):
        stage.append(block(in_channels, channels, **options))
    return nn.Sequential(stage)


@wrong("fix_stage", "after the second block")
def stage_updated_late(block, in_channels, channels, blocks, stride=1, **options):
    stage = [block(in_channels, channels, stride, **options)]
    for _ in range(blocks - 1):
        stage.append(block(in_channels, channels, **options))
        in_channels = channels * block.expansion
    return nn.Sequential(*stage)


@wrong("fix_head", "self.fc")
def head_in_a_local_name(self, block, num_classes=1000):
    self.avgpool = nn.AdaptiveAvgPool2d(1)
    fc = nn.Linear(512 * block.expansion, num_classes)
    fc.bias.data.zero_()


@wrong("fix_basic_forward", "shortcut alone")
def basic_forward_that_sets_where_it_adds(self, x):
    identity = self.downsample(x)
    out = F.relu(self.bn1(self.conv1(x)), inplace=True)
    out = self.bn2(self.conv2(out))
    out = +identity  # typed =+
    return F.relu(out, inplace=True)


@wrong("fix_basic_forward", "out of the graph")
def basic_forward_detaching(self, x):
    identity = self.downsample(x).detach()
    out = F.relu(self.bn1(self.conv1(x)))
    return F.relu(self.bn2(self.conv2(out)) + identity)


@wrong("fix_accuracy", "layers of it are still in eval mode")
def accuracy_with_norms_left_in_eval_mode(model, loader):
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    return right / total


@wrong("fix_initialize", "direct children")
def first_weights_of_the_children(model):
    for m in model.children():
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(m, nn.BatchNorm2d):
            nn.init.ones_(m.weight)
            nn.init.zeros_(m.bias)


@wrong("fix_initialize", "Xavier.*exchanged")
def first_weights_of_xavier_and_norms_exchanged(model):
    for m in model.modules():
        if isinstance(m, nn.Conv2d):
            nn.init.xavier_uniform_(m.weight)
        elif isinstance(m, nn.BatchNorm2d):
            nn.init.zeros_(m.weight)
            nn.init.ones_(m.bias)
