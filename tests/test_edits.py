"""Edits of a piece's source: what they change, what they leave, and when they clash."""

import inspect

import pytest

from course_lib.edits import Clash, edited, source_of
from course_lib.from_memory.repaired import fix_blocks
from course_lib.models.conv import conv_output_size
from course_lib.models.resnext import ResNeXtBottleneck

ONE_SIDE = {"size + 2 * padding": "size + padding"}
NO_FLOOR = {"room // stride": "room / stride"}


def test_an_edit_changes_what_it_names_and_leaves_the_piece_alone():
    other = edited(fix_blocks, {"50: [3, 4, 6, 3]": "50: [1, 1, 1, 1]"})
    assert other(50) == [1, 1, 1, 1] and other(34) == [3, 4, 6, 3]
    assert fix_blocks(50) == [3, 4, 6, 3]
    assert "50: [1, 1, 1, 1]" in inspect.getsource(other)


@pytest.mark.parametrize(("old", "times"), [("absent", 0), ("stride", 2)])
def test_an_edit_that_is_not_exact_is_refused(old, times):
    with pytest.raises(ValueError, match=f"'{old}' stands {times} times in conv_output_size"):
        edited(conv_output_size, {old: "x"})


def test_edits_compose_also_inside_one_expression():
    both = edited(conv_output_size, ONE_SIDE, NO_FLOOR)
    assert both(8, 3, stride=2, padding=1) == 4.0  # (8 + 1 - 3) / 2 + 1
    swapped = edited(conv_output_size, {"room // stride + 1": "1 + room // stride"})
    assert swapped(8, 3) == conv_output_size(8, 3)


@pytest.mark.parametrize("second", [ONE_SIDE, {"size + 2 * padding": "size - 2 * padding * ("}])
def test_edits_of_one_place_or_that_make_no_python_clash(second):
    with pytest.raises(Clash):
        edited(conv_output_size, ONE_SIDE, second)


def test_a_class_that_inherits_can_be_edited_where_it_inherits_from():
    assert "class Bottleneck" in source_of(ResNeXtBottleneck)
    plain = edited(ResNeXtBottleneck, {"        out += identity": "        out += 0 * identity"})
    assert plain.__mro__[1].__name__ == "Bottleneck" and plain.__mro__[1].forward
    # what stands in both sources is changed in its own
    bare = edited(ResNeXtBottleneck, {"self.downsample = downsample": "self.downsample = None"})
    assert bare(4, 8, downsample=len).downsample is None
