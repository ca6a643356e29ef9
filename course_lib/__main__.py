"""The command line: `python -m course_lib COMMAND --help`."""

import argparse
import importlib
import sys

# A command's module is imported only when it is asked for: PyTorch alone takes seconds.
COMMANDS = {
    "edition": "write the instructor's or the learner's notebooks into a folder",
    "slides": "turn notebooks into slide decks, each one HTML file",
    "site": "write the course as static web pages",
    "grade": "grade a folder of submitted notebooks",
    "train": "train a network on a folder of pictures",
    "predict": "say what pictures show, with a trained network",
    "experiment": "run a long experiment, and record its curves for the notebooks",
}


CLASSROOM = "in a clone of the course, run python install.py classroom"


def main(arguments: list[str]) -> int:
    """Run one command. Returns its exit status: 0, 1 for an error, 130 if stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib",
        description=__doc__,
        epilog="\n".join(f"{name:10} {words}" for name, words in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of these:")
    name = parser.parse_args(arguments[:1]).command
    prog = f"python -m course_lib {name}"
    try:
        module = importlib.import_module(f"course_lib.commands.{name}")
        own = argparse.ArgumentParser(prog=prog, description=module.__doc__)
        module.add_arguments(own)
        return module.run(own.parse_args(arguments[1:])) or 0
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "course_lib":
            raise
        words = f"{name} needs {error.name}, which is not installed: {CLASSROOM}"
        print(f"error: {words}", file=sys.stderr)
        return 1
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130  # what a shell expects after Ctrl-C


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
