"""The rooms of course_lib: which imports which, and what is loaded when."""

import ast
import functools
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
COURSE = ROOT / "course_lib"

# A room imports only from rooms in the lines above its own.
ROOMS = [
    ["edits", "files", "data", "models", "reminder", "saving"],
    ["figures"],
    ["photos"],
    ["training"],
    ["trained"],
    ["from_memory"],
    ["exercises"],
    ["experiments"],
    ["explorers", "labs"],
    ["classroom"],
    ["commands"],
]
FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}
MODULES_AT_THE_TOP = {"__init__", "__main__", "data", "edits", "files", "reminder", "saving"}
TESTS_OF_THE_WHOLE = {"browser", "notebooks"}  # folders of tests that belong to no room


class Import(NamedTuple):
    """One import in the course of a module of the course."""

    path: Path
    line: int
    importer: str
    imported: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} imports {self.imported}"


def dotted(path: Path) -> str:
    """course_lib.models.conv of its file, course_lib.models of its __init__.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()


def is_in(name: str, package: str) -> bool:
    """Whether a module is a package, or in it."""
    return f"{name}.".startswith(f"{package}.")


def imported(node: ast.AST, package: str) -> list[str]:
    """The modules that a statement imports: of `from a import b` a.b if that is one, else a."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    source = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
    inside = [f"{source}.{alias.name}" for alias in node.names]
    return list(dict.fromkeys(name if is_module(name) else source for name in inside))


def imports_of(path: Path, text: str) -> Iterator[Import]:
    """Everything of the course that a file imports, inside functions and for types too."""
    importer = dotted(path)
    package = importer if path.name == "__init__.py" else importer.rpartition(".")[0]
    for node in ast.walk(ast.parse(text)):
        for name in imported(node, package):
            if is_in(name, "course_lib"):
                yield Import(path, node.lineno, importer, name)


@functools.cache
def all_imports() -> tuple[Import, ...]:
    files = sorted(COURSE.rglob("*.py"))
    return tuple(found for path in files for found in imports_of(path, path.read_text("utf-8")))


def imports_from(package: str) -> list[Import]:
    """All those in `package`, except of what is in it too."""
    return [
        found
        for found in all_imports()
        if is_in(found.importer, package) and not is_in(found.imported, package)
    ]


def room(module: str) -> str:
    """models of course_lib.models.conv. The course's own __init__ and __main__ are in none: ""."""
    _, _, inside = module.partition(".")
    name = inside.partition(".")[0]
    return "" if name == "__main__" else name


def unlike(kind: str, wrong: list[Import]) -> str:
    return "\n".join([kind, *map(str, wrong)])


def test_imports_are_found_wherever_they_stand():
    text = """
import course_lib, torch
from course_lib import data, exercise
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import course_lib.photos.decoding as decoding
def late():
    from course_lib.models.conv import conv2d, conv_macs
    from ..engine import ask, nothing_there
    from . import call
"""
    found = list(imports_of(COURSE / "exercises/probes/block.py", text))
    assert [(each.line, each.imported) for each in found] == [
        (2, "course_lib"),
        (3, "course_lib.data"),
        (3, "course_lib"),
        (6, "course_lib.photos.decoding"),
        (8, "course_lib.models.conv"),
        (9, "course_lib.exercises.engine.ask"),
        (9, "course_lib.exercises.engine"),
        (10, "course_lib.exercises.probes.call"),
    ]
    assert {each.importer for each in found} == {"course_lib.exercises.probes.block"}
    (own,) = imports_of(COURSE / "exercises/__init__.py", "from .engine import judge")
    assert own.imported == "course_lib.exercises.engine.judge"
    assert (
        str(own) == "course_lib/exercises/__init__.py:1 imports course_lib.exercises.engine.judge"
    )


def test_every_folder_is_a_room():
    folders = {path.parent.name for path in COURSE.glob("*/*.py")}
    assert folders <= set(FLOOR), "a folder without a line in ROOMS"
    modules = {path.stem for path in COURSE.glob("*.py")}
    assert modules == MODULES_AT_THE_TOP, "modules belong into a room"


def test_a_room_imports_only_from_rooms_before_it():
    wrong = [
        found
        for found in all_imports()
        if (importer := room(found.importer))
        and (other := room(found.imported))
        and other != importer
        and FLOOR[other] >= FLOOR[importer]
    ]
    assert not wrong, unlike("against the order of ROOMS:", wrong)


def test_the_models_import_nothing_else_of_the_course():
    wrong = imports_from("course_lib.models")
    assert not wrong, unlike("the models are plain PyTorch:", wrong)


def test_the_engine_knows_no_exercise():
    wrong = [
        found
        for found in imports_from("course_lib.exercises.engine")
        for package in ("course_lib.exercises.bank", "course_lib.exercises.probes")
        if is_in(found.imported, package)
    ]
    assert not wrong, unlike("the engine works for any exercise:", wrong)


def test_reading_submissions_knows_nothing_of_running_them():
    grading = "course_lib.classroom.grading"
    wrong = [
        found
        for found in imports_from(f"{grading}.intake")
        if is_in(found.imported, f"{grading}.sandbox")
    ]
    assert not wrong, unlike("intake reads and runs nothing:", wrong)


def test_the_sandbox_asks_guards_compares_and_knows_no_more_of_the_exercises():
    exercises = "course_lib.exercises"  # itself finds an exercise by its name
    parts = ("ask", "guard", "compare", "locate", "read_code")  # what runs or reads an attempt
    allowed = {exercises, *(f"{exercises}.engine.{part}" for part in parts)}
    wrong = [
        found
        for found in imports_from("course_lib.classroom.grading.sandbox")
        if is_in(found.imported, exercises) and found.imported not in allowed
    ]
    assert not wrong, unlike("what judges is not where strangers' code runs:", wrong)


def test_tests_are_where_the_code_is():
    tests = ROOT / "tests"
    folders = {path.parent.relative_to(tests) for path in tests.rglob("test_*.py")}
    wrong = [
        str(folder)
        for folder in folders
        if folder.parts and folder.parts[0] not in TESTS_OF_THE_WHOLE
        if not (COURSE / folder).is_dir()
    ]
    assert not wrong, f"tests of folders that course_lib does not have: {wrong}"


def loaded(*arguments: str) -> set[str]:
    """The names of the modules that a fresh Python imports."""
    command = [sys.executable, "-X", "importtime", *arguments]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    lines = [line for line in result.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


def rooms_among(modules: set[str]) -> set[str]:
    return {room(name) for name in modules if is_in(name, "course_lib")}


def test_a_model_alone_loads_neither_the_exercises_nor_ipython():
    modules = loaded("-c", "import course_lib.models.conv")
    assert "torch" in modules and rooms_among(modules) == {"", "models"}
    assert not {"IPython", "ipywidgets"} & modules


def test_the_commands_help_loads_no_torch():
    modules = loaded("-m", "course_lib", "--help")
    assert "argparse" in modules and rooms_among(modules) == {""}
    assert "torch" not in modules
