"""Start a learner's server, after giving the learner the notebooks that are not there yet.

    python start.py HANDOUT FOLDER [arguments for jupyterhub-singleuser]

JupyterHub runs this under the learner's account. FOLDER is relative to the learner's home. A file
that the learner has is never touched, whatever the hand-out holds now.
"""

import os
import shutil
import sys
from pathlib import Path


def give(handout: Path, folder: Path) -> list[Path]:
    """Copy each file of `handout` that `folder` lacks, and return the copies."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # for its owner alone
    copies = []
    for file in sorted(handout.glob("[!.]*")):
        target = folder / file.name
        if file.is_file() and not os.path.lexists(target):
            draft = target.with_name(f".{file.name}.{os.getpid()}")
            shutil.copyfile(file, draft)  # the contents alone: the hand-out may be read-only
            os.rename(draft, target)  # never half a notebook, which would stay for ever
            copies.append(target)
    return copies


if __name__ == "__main__":
    handout, folder, *arguments = sys.argv[1:]
    for copy in give(Path(handout), Path.home() / folder):
        print(f"new: {copy}", flush=True)
    server = str(Path(sys.executable).with_name("jupyterhub-singleuser"))
    os.execv(server, [server, *arguments])
