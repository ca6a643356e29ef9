"""Taking an exercise and what it needs out of a notebook, by reading it only."""

import ast
import inspect

import nbformat
import pytest

from course_lib import exercises
from course_lib.classroom.grading.intake import extraction
from course_lib.classroom.grading.sandbox.attempt import observe_attempt
from course_lib.classroom.notebooks import FOLDER, with_exercises
from tests.classroom.grading.submissions import SETUP, notebook, solution

STUB = "@exercise\ndef same_padding(kernel_size, dilation=1):\n    raise NotImplementedError"
RIGHT = "@exercise\ndef same_padding(kernel_size, dilation=1):\n    return dilation * (k - 1) // 2"


def extract(*cells, name="ada.ipynb"):
    found, problems = extraction.extract([(name, nbformat.writes(notebook(*cells)))])
    assert problems == []
    return found


def source(found):
    """The statements that would run, as text."""
    nodes = [ast.parse(found.cells[label]).body[number] for label, number, _ in found.statements]
    return "\n".join(map(ast.unparse, nodes))


def answer(found, *arguments):
    """What the extracted function returns."""
    module = {}
    for other in found.references:
        module[other] = exercises.get(other).reference
    for usual in found.usual:
        exec(extraction.USUAL[usual], module)
    exec(source(found).replace("@exercise\n", ""), module)
    return module["same_padding"](*arguments)


def test_only_what_the_definition_needs_is_taken():
    found = extract(
        SETUP,
        "print('never'); x = 1 / 0",
        "HALF = 2",
        "from functools import partial\nunused = 5",
        "def helper(k):\n    return Divided(k).value",
        "class Divided:\n    def __init__(self, k):\n        self.value = k // HALF",
        "@exercise\ndef same_padding(kernel_size, dilation=1):\n"
        "    return helper(dilation * (kernel_size - 1))",
        "torch.equal = None",
    )["same_padding"]
    taken = source(found)
    assert "HALF = 2" in taken and "class Divided" in taken and "def helper" in taken
    for other in ("print", "import", "unused", "torch", "x ="):
        assert other not in taken
    assert answer(found, 5) == 2


def test_helper_below_the_definition_is_found():
    cell = "def same_padding(kernel_size, dilation=1):\n    return half(kernel_size)"
    assert answer(extract(cell, "def half(k):\n    return k // 2")["same_padding"], 5) == 2


def test_the_helper_of_that_place_is_taken():
    found = extract("k = 1", "k = k + 4", RIGHT, "k = 100")["same_padding"]
    assert answer(found, 0) == 2


def test_of_several_definitions_the_last_one_counts():
    wrong = RIGHT.replace("// 2", "// 3")
    found = extract("k = 7", wrong, RIGHT)["same_padding"]
    assert (answer(found, 0), found.copies) == (3, 1)
    assert answer(extract("k = 7", RIGHT, wrong)["same_padding"], 0) == 2


def test_the_untouched_stub_does_not_count_beside_an_attempt():
    assert answer(extract("k = 7", RIGHT, STUB)["same_padding"], 0) == 3
    assert "NotImplementedError" in source(extract(STUB)["same_padding"])


def test_untouched_code_to_repair_does_not_count_beside_an_attempt():
    typed = inspect.getsource(exercises.get("fix_stem").planted.code)
    repaired = f"@exercise\n{inspect.getsource(exercises.get('fix_stem').reference)}"
    found = extract(repaired, f"@exercise\n{typed}")["fix_stem"]
    assert ast.unparse(ast.parse(repaired)) in source(found)


def test_the_untouched_class_does_not_count_beside_an_attempt():
    stub = "@exercise\nclass BasicBlock(nn.Module):\n    def __init__(self):\n"
    stub += "        super().__init__()\n        raise NotImplementedError"
    mine = "@exercise\nclass BasicBlock(nn.Module):\n    expansion = 1"
    assert "expansion" in source(extract(mine, stub)["BasicBlock"])


def test_a_table_that_holds_the_solution_is_the_solution():
    cell = "from course_lib.from_memory.network import PIECES\n\n@exercise\ndef fix_stem(self):\n"
    found = extract(cell + "    PIECES['fix_stem'](self)")["fix_stem"]
    assert "PIECES" in found.solution_use


def test_a_marked_definition_counts_before_an_unmarked_one():
    trial = RIGHT.removeprefix("@exercise\n").replace("// 2", "// 3")
    assert answer(extract("k = 7", RIGHT, trial)["same_padding"], 0) == 3
    assert answer(extract("k = 7", STUB, trial)["same_padding"], 0) == 2


def test_decorator_and_tag_may_be_lost_or_have_another_name():
    bare = RIGHT.removeprefix("@exercise\n")
    for head, mark in (
        ("", ""),
        ("from course_lib import exercise as check\n", "@check\n"),
        ("import course_lib\n", "@course_lib.exercise\n"),
        ("from course_lib import exercises\n", "@exercises.exercise\n"),
    ):
        found = extract("k = 7", f"{head}{mark}{bare}")["same_padding"]
        assert [left_out for *_, left_out in found.statements][-1] == ([0] if mark else [])
        assert not found.solution_use


def test_other_decorators_stay():
    found = extract(
        SETUP, "@exercise\n@torch.no_grad()\ndef accuracy(model, loader):\n    return 1"
    )
    assert found["accuracy"].statements[-1][2] == [0] and "import torch" in source(
        found["accuracy"]
    )


def test_other_exercises_are_the_references():
    mine = "@exercise\ndef shortcut(*shape):\n    return None"
    user = "@exercise\ndef make_layer(block, *args):\n    return shortcut(1, 2, 3)"
    found = extract(SETUP, mine, user)["make_layer"]
    assert found.references == ["shortcut"] and "def shortcut" not in source(found)


def test_a_helper_with_the_name_of_another_chapters_exercise_stays_the_learners():
    found = extract("def batches(x):\n    return x", "def conv2d(x):\n    return accuracy(x)",
                    "def accuracy(x):\n    return x")["conv2d"]  # fmt: skip
    assert found.references == [] and "def accuracy" in source(found)


def test_a_class_may_grow_over_several_cells():
    first = "class BasicBlock(nn.Module):\n    expansion = 1"
    second = "class BasicBlock(BasicBlock):\n    def forward(self, x):\n        return x"
    assert source(extract(SETUP, first, second)["BasicBlock"]).count("class BasicBlock") == 2


@pytest.mark.parametrize(
    "cell",
    [
        "%matplotlib inline\n!pip install torch\nk = 7",
        "%%time\nk = 7",
        "files = !ls\nk = 7\nk?",
        "%%bash\nrm -rf nothing",
        "def broken(:\n",
        "x = 'never closed",
        "return 5",
    ],
)
def test_magics_and_broken_cells_do_no_harm(cell):
    found = extract(cell, "k = 7", RIGHT)["same_padding"]
    assert answer(found, 0) == 3


def test_magics_in_the_exercises_own_cell():
    found = extract("k = 7", f"%%time\n# my answer\n{RIGHT}\n%timeit same_padding(3)")
    assert answer(found["same_padding"], 0) == 3


def test_syntax_error_in_the_exercise_is_its_error():
    found = extract(SETUP, "@exercise\ndef same_padding(kernel_size)\n    return 1")["same_padding"]
    assert "SyntaxError" in found.problem and "line 2" in found.problem
    assert not extract(RIGHT, "def same_padding(:", "k = 1")["same_padding"].problem


def test_deleted_cells_are_not_there():
    assert set(extract(SETUP, STUB)) == {"same_padding"}


def test_a_cell_far_from_its_imports_gets_the_usual_ones():
    found = extract(solution("batch_norm"))["batch_norm"]
    assert set(found.usual) <= set(extraction.USUAL) and "torch" in found.usual


def test_an_unknown_name_is_the_learners_error():
    found = extract("def same_padding(kernel_size, dilation=1):\n    return nowhere")
    sent = observe_attempt("same_padding", vars(found["same_padding"]))
    assert sent["answers"][0][0].kind == "NameError"
    assert "your line 2: return nowhere" in sent["answers"][0][0].line


@pytest.mark.parametrize("stem", exercises.COURSE)
def test_the_courses_own_cells_use_no_solution(stem):
    """As shipped, and with the references in the cells."""
    path = FOLDER / f"{stem}.ipynb"
    if not path.exists():
        pytest.skip(f"{path.name} is not built yet")
    shipped = nbformat.read(path, 4)
    for filled in (shipped, with_exercises(shipped, solution)):
        found, problems = extraction.extract([(path.name, nbformat.writes(filled))])
        assert problems == [] and set(found) == set(exercises.names(stem))
        assert not any(item.solution_use or item.problem or item.copies for item in found.values())


def test_using_other_parts_of_the_course_is_fine():
    found = extract(
        "from course_lib import cifar\nfrom course_lib.models.blocks import Bottleneck, shortcut",
        "def shortcut(i, o, s):\n    'Like course_lib.models.blocks.shortcut.'\n"
        "    print('course_lib is fine')\n"
        "    return cifar.PadShortcut(i, o, s) or Bottleneck or shortcut",
    )
    assert found["shortcut"].solution_use == ""
