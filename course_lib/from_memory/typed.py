"""The fifteen pieces as they were typed: the repaired ones, with one mistake in each.

Notebook 10's cells hold them.
"""

from typing import Any

from course_lib.edits import Edit, edited
from course_lib.from_memory import repaired

MISTAKES: dict[str, Edit] = {
    "fix_basic_layers": {
        "channels, channels, 3, padding=1": "channels, channels, 3, stride=stride, padding=1",
    },
    "fix_stage": {"    in_channels = channels * block.expansion\n": ""},
    "fix_head": {"512 * block.expansion": "512"},
    "fix_stem": {"kernel_size=3, stride=2, padding=1": "kernel_size=3, stride=2"},
    "fix_shortcut": {"        nn.BatchNorm2d(out_channels),\n": ""},
    "fix_blocks": {"50: [3, 4, 6, 3]": "50: [3, 4, 6, 4]"},
    "fix_template": {"groups, width_per_group = ": "width_per_group, groups = "},
    "fix_bottleneck_layers": {
        "in_channels, channels, 1,": "in_channels, channels, 1, stride=stride,",
        "channels, channels, 3, stride=stride,": "channels, channels, 3,",
    },
    "fix_resnext_layers": {
        "    groups: int = 1,\n    width_per_group: int = 64,\n": (
            "    cardinality: int = 1,\n    base_width: int = 64,\n    **options: int,\n"
        ),
        "int(channels * width_per_group / 64) * groups": (
            "int(channels * base_width / 64) * cardinality"
        ),
        "nn.Conv2d(width, width, 3, stride=stride, padding=1, groups=groups, bias=False)": (
            "nn.Conv2d(\n"
            "        width, width, 3, stride=stride, padding=1, groups=cardinality, bias=False\n"
            "    )"
        ),
    },
    "fix_basic_forward": {
        "    return F.relu(out + identity, inplace=True)": (
            '    assert out.shape == identity.shape, "the two paths do not meet"\n'
            "    return F.relu(out, inplace=True)"
        ),
    },
    "fix_bottleneck_forward": {
        "self.bn3(self.conv3(out))": "F.relu(self.bn3(self.conv3(out)), inplace=True)",
        "F.relu(out + identity, inplace=True)": "out + identity",
    },
    "fix_resnext_forward": {
        "out += identity": "identity += out",
        "F.relu(out, inplace=True)": "F.relu(identity, inplace=True)",
    },
    "fix_initialize": {"fan_out": "fan_in"},
    "fix_train_step": {
        "    loss = F.cross_entropy(model(images), labels)\n": (
            "    probabilities = F.softmax(model(images), dim=1)\n"
            "    loss = F.cross_entropy(probabilities, labels)\n"
        ),
    },
    "fix_accuracy": {
        "    was_training = model.training\n    model.eval()\n": "",
        "    model.train(was_training)\n": "",
    },
}


def _typed(name: str) -> Any:
    return edited(getattr(repaired, name), MISTAKES[name])


fix_basic_layers = _typed("fix_basic_layers")
fix_stage = _typed("fix_stage")
fix_head = _typed("fix_head")
fix_stem = _typed("fix_stem")
fix_shortcut = _typed("fix_shortcut")
fix_blocks = _typed("fix_blocks")
fix_template = _typed("fix_template")
fix_bottleneck_layers = _typed("fix_bottleneck_layers")
fix_resnext_layers = _typed("fix_resnext_layers")
fix_basic_forward = _typed("fix_basic_forward")
fix_bottleneck_forward = _typed("fix_bottleneck_forward")
fix_resnext_forward = _typed("fix_resnext_forward")
fix_initialize = _typed("fix_initialize")
fix_train_step = _typed("fix_train_step")
fix_accuracy = _typed("fix_accuracy")
