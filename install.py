"""Install the course into .venv: what `make` calls, and what you call where there is no make.

    python install.py                 # what a learner needs
    python install.py test            # and what the tests need
    python install.py --torch cpu     # PyTorch without the part for GPUs: a third of the size
    python install.py --exact         # the very versions that were tested, from constraints.txt

It may be called again at any time: what is there already stays. This file runs on any Python, old
ones too, so that it can say which one is needed.
"""

from __future__ import print_function

import argparse
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
OLDEST = (3, 11)
GIGABYTES = {"default": 7, "cpu": 3}  # free while installing; a little less stays in use
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
# each brings what the ones before it bring, and more
CHOICES = ("learner", "classroom", "test")


def main(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", choices=CHOICES, default="learner")
    parser.add_argument("--exact", action="store_true", help="the versions of constraints.txt")
    parser.add_argument("--torch", choices=sorted(GIGABYTES), default="default")
    options = parser.parse_args(arguments)
    if is_installed(options.what, options.exact):
        return None
    if sys.version_info < OLDEST:
        return (
            "the course needs Python 3.11 or later, and {} is Python {}.{}: install a newer one, "
            "and start with it, as in: make PYTHON=python3.11"
        ).format(sys.executable, *sys.version_info)
    return install(options)


def stamp(what, exact):
    """The file that says that `what` is installed; it is written last."""
    return os.path.join(VENV, "installed-" + what + ("-exact" if exact else ""))


def is_installed(what, exact):
    """Whether `what`, or more, was installed after pyproject.toml was last changed."""
    project = os.path.getmtime(os.path.join(ROOT, "pyproject.toml"))
    stamps = [stamp(enough, exact) for enough in CHOICES[CHOICES.index(what) :]]
    return any(os.path.exists(file) and os.path.getmtime(file) >= project for file in stamps)


def install(options):
    """Create .venv where it is missing, and install. Returns a sentence if that cannot be done."""
    windows = os.name == "nt"
    python = os.path.join(VENV, *(("Scripts", "python.exe") if windows else ("bin", "python")))
    if not os.access(ROOT, os.W_OK):
        return ROOT + " cannot be written: copy the course into a folder of yours"
    free, needed = shutil.disk_usage(ROOT).free / 1e9, GIGABYTES[options.torch]
    if free < needed and not os.path.exists(os.path.join(VENV, "pyvenv.cfg")):
        remedy = "make room, or put the course elsewhere"
        if options.torch != "cpu":
            remedy += "; without the part for GPUs (--torch cpu, or make TORCH=cpu) 3 are enough"
        words = "{} has {:.1f} GB left, and the installation needs {}: {}"
        return words.format(ROOT, free, needed, remedy)
    pip = [python, "-m", "pip", "install"]
    steps = [] if os.path.exists(python) else [[sys.executable, "-m", "venv", VENV]]
    # an old pip says nothing while it unpacks, which takes a minute
    steps.append(pip + ["--quiet", "--upgrade", "pip"])
    exact = ["--constraint", os.path.join(ROOT, "constraints.txt")] if options.exact else []
    if options.torch == "cpu":
        # both from one index: a CPU-only torch beside another torchvision fails at import
        steps.append(pip + exact + ["torch", "torchvision", "--index-url", CPU_INDEX])
    extra = "" if options.what == "learner" else "[" + options.what + "]"
    steps.append(pip + exact + ["--editable", ROOT + extra])
    print("Installing into {}: some minutes, {} GB, once.".format(VENV, needed), flush=True)
    for step in steps:
        status = subprocess.call(step)
        if status != 0:
            return (
                "The installation stopped in: {}\nWhat went wrong stands above. Mend it and start "
                "again: what is there already stays."
            ).format(" ".join(step))
    configure()
    with open(stamp(options.what, options.exact), "w"):
        pass
    return None


def configure():
    """Have each kernel of .venv say when a setup cell was forgotten, and its JupyterLab save no
    widget that will be dead the next day."""
    lines = {
        "ipython/ipython_config.py": "InteractiveShellApp.extensions.append('course_lib.reminder')",
        "jupyter/jupyter_server_config.py": (
            "FileContentsManager.pre_save_hook = 'course_lib.saving.without_open_widgets'"
        ),
    }
    for name in lines:
        path = os.path.join(VENV, "etc", *name.split("/"))
        if not os.path.isdir(os.path.dirname(path)):
            os.makedirs(os.path.dirname(path))
        with open(path, "w") as file:
            file.write("c." + lines[name] + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
