"""Write an edition of the notebooks into a folder.

The learner's notebooks are as the course ships them. In the instructor's, every exercise is solved
by the reference solution and all cells are executed, which takes some minutes. nbgrader's are the
learner's with a hidden test after each exercise, worth one point: the source of an assignment.
"""

from argparse import ArgumentParser, Namespace

from course_lib.classroom import editions


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("kind", choices=editions.KINDS)
    parser.add_argument("folder", help="where to write; it is created if need be")
    parser.add_argument("--force", action="store_true", help="overwrite notebooks that are there")


def run(arguments: Namespace) -> None:
    written = editions.write(arguments.kind, arguments.folder, arguments.force)
    print(f"{len(written)} files in {arguments.folder}")
