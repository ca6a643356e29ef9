"""Write constraints.txt: the versions in this environment, which the suite has been run with.

    python -m tests.constraints

Names and versions only. What a learner needs, with all that it brings along; local parts of a
version such as +cpu are left out, for they name a build.
"""

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
FILE = ROOT / "constraints.txt"
HEADER = "# The versions that were tested; `make constraints` writes this file.\n"


def versions() -> dict[str, str]:
    """Name -> version of every package that `course_lib` with its extras leads to, sorted."""
    found: dict[str, str] = {}
    waiting = [Requirement("course_lib[test]")]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        for extra in ("", *requirement.extras):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            try:
                package = distribution(name)
            except PackageNotFoundError:  # for another system, or not asked for
                continue
            found[name] = package.version.partition("+")[0]
            for line in package.requires or ():
                needed = Requirement(line)
                if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                    waiting.append(needed)
    del found["course-lib"]
    return dict(sorted(found.items()))


def main() -> None:
    lines = [f"{name}=={version}\n" for name, version in versions().items()]
    FILE.write_text(HEADER + "".join(lines), encoding="utf-8")
    print(f"{len(lines)} versions in {FILE.name}")


if __name__ == "__main__":
    main()
