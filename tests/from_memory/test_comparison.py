"""The table of a network beside torchvision's."""

import pytest

from course_lib.from_memory import typed
from course_lib.from_memory.comparison import compare, same_outputs
from course_lib.from_memory.network import assemble
from tests.from_memory.test_network import IMAGES, theirs


def test_equal_networks_have_equal_tables():
    table = str(compare("resnet18"))
    assert "≠" not in table
    assert "| **all** | | 11,689,512 | 1,814,073,344 |" in table


def test_it_marks_what_differs_ours_first():
    lines = str(compare("resnet18", fix_stem=typed.fix_stem)).splitlines()
    row = next(line for line in lines if line.startswith("| maxpool"))
    assert row == "| maxpool | **64 x 55 x 55 ≠** 64 x 56 x 56 | 0 | 0 |"
    assert any(line.startswith("| bn1 | 64 x 112 x 112 | 128 | 0 |") for line in lines)


def test_a_long_table_lists_what_differs_only():
    table = str(compare("resnet50", depth=3, fix_blocks=typed.fix_blocks))
    assert table.count("layer4.3") == 6 and "**512 x 7 x 7 ≠** absent" in table
    assert "| layer1" not in table and "other parts agree" in table
    shortcut = str(compare("resnet50", depth=3, fix_shortcut=typed.fix_shortcut))
    assert shortcut.count("≠") == 5 and "**16,384 ≠** 16,896" in shortcut


def test_same_outputs_wants_the_same_state_dict():
    with pytest.raises(RuntimeError, match="state_dict"):
        same_outputs(
            assemble("resnet18", fix_shortcut=typed.fix_shortcut), theirs("resnet18"), IMAGES
        )
