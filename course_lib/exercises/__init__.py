"""The exercises of the course: which there are, and how a notebook's cell is checked.

from course_lib import exercises
exercises.names()                                  # every exercise, in the order of the course
exercises.get("conv_output_size").grade(attempt)   # a Report
"""

import difflib
import functools
import importlib
import sys
from html import escape

from IPython import get_ipython
from IPython.display import HTML, display

from course_lib import reminder
from course_lib.exercises.engine import progress_file
from course_lib.exercises.engine.check import Check
from course_lib.exercises.engine.exercise import Implementation
from course_lib.exercises.engine.feedback import VERDICTS, Feedback
from course_lib.exercises.engine.report import Report, Status

__all__ = ["COURSE", "Check", "Report", "Status", "exercise", "get", "names", "progress"]

if shell := get_ipython():
    reminder.load_ipython_extension(shell)

# notebook -> its exercises in order; each stands in bank/<notebook without number>/<name>.py
COURSE: dict[str, tuple[str, ...]] = {
    "00_welcome": ("count_parameters",),
    "01_convolution_arithmetic": (
        "conv_output_size",
        "same_padding",
        "conv2d",
        "conv_parameters",
        "conv_macs",
        "receptive_field",
    ),
    "02_residual_gradients": (
        "residual_jacobian",
        "gradient_norms",
        "batch_norm",
        "BatchNorm",
        "residual_forward",
    ),
    "03_basic_block": ("shortcut", "BasicBlock", "zero_init_residual"),
    "04_bottleneck": ("bottleneck_parameters", "Bottleneck"),
    "05_resnet": ("make_layer", "initialize", "ResNet", "layer_shapes"),
    "06_training": ("train_step", "train_epoch", "accuracy", "one_cycle", "random_crop_flip"),
    "07_deeper": (),
    "08_grouped_convolution": ("grouped_conv2d", "block_diagonal_weight", "channel_shuffle"),
    "09_resnext": ("merge_branches", "resnext_width", "ResNeXtBottleneck", "matched_width"),
    "10_find_the_bugs": (
        "fix_basic_layers",
        "fix_stage",
        "fix_head",
        "fix_stem",
        "fix_shortcut",
        "fix_blocks",
        "fix_template",
        "fix_resnext_layers",
        "fix_bottleneck_layers",
        "fix_basic_forward",
        "fix_bottleneck_forward",
        "fix_resnext_forward",
        "fix_initialize",
        "fix_train_step",
        "fix_accuracy",
    ),
    "11_transfer_learning": ("replace_head", "freeze_backbone", "predict", "batches"),
}


def names(notebook: str | None = None) -> list[str]:
    """The names of all exercises, or of one notebook's, such as "03_basic_block"."""
    if notebook is not None and notebook not in COURSE:
        raise ValueError(f"no notebook {notebook!r}: choose one of {', '.join(COURSE)}")
    return [name for key in ([notebook] if notebook else COURSE) for name in COURSE[key]]


@functools.cache
def get(name: str) -> Check:
    """The exercise of that name. An unknown name raises ValueError and suggests the nearest."""
    for notebook, members in COURSE.items():
        if name in members:
            folder = notebook.partition("_")[2]
            module = importlib.import_module(f"{__name__}.bank.{folder}.{name.lower()}")
            return Check(**vars(module.EXERCISE))
    near = difflib.get_close_matches(name, names(), n=1, cutoff=0.4)
    advice = f"did you mean {near[0]!r}?" if near else f"they are {', '.join(names())}"
    raise ValueError(f"no exercise is called {name!r}: {advice}")


def exercise(attempt: Implementation) -> Implementation:
    """Decorate an attempt: show how it does, and return it if correct, else the reference.

    The exercise is found by the attempt's name. It never raises for what the attempt does.
    """
    try:
        task = get(getattr(attempt, "__name__", repr(attempt)))
    except ValueError as error:
        display(HTML(f"<b>! Nothing was checked:</b> {error} The name says which exercise it is."))
        return attempt
    if attempt.__module__ == "__main__":  # a cell's: it may call itself, or say super(Name, self)
        setattr(sys.modules["__main__"], task.name, attempt)
    report = task.grade(attempt)
    trouble = progress_file.record(report)
    display(Feedback(task, report, attempt, _solved_beside(task.name)))
    if trouble:
        display(HTML(escape(trouble)))
    return attempt if report.status == Status.CORRECT else task.reference


def _solved_beside(name: str) -> str:
    """How many exercises are solved of the notebook that this one is in."""
    [members] = [members for members in COURSE.values() if name in members]
    statuses = progress_file.load()
    solved = sum(statuses.get(member) == Status.CORRECT for member in members)
    return f"{solved} of {len(members)}"


def progress(notebook: str | None = None) -> HTML:
    """A table of the exercises, of one notebook or of all, with the best result so far of each."""
    statuses = progress_file.load()
    rows = []
    for name in names(notebook):
        sign, words, _ = VERDICTS[statuses.get(name, Status.NOT_ATTEMPTED)]
        rows.append(f"<tr><td>{sign} {words}</td><td>{name}</td><td>{get(name).title}</td></tr>")
    solved = sum(statuses.get(name) == Status.CORRECT for name in names(notebook))
    return HTML(
        f"<b>{solved} of {len(rows)} solved</b>"
        "<table><tr><th>result</th><th>exercise</th><th>task</th></tr>" + "".join(rows) + "</table>"
        f"<p>{progress_file.whereabouts()}</p>"
    )
