"""JupyterHub for this course. The README.md beside this file says how to install and start it.

What JupyterHub does by itself is not repeated here: people log in with their account on this
machine (PAM), and each gets a server that runs under that account, in that account's home.
"""

import sys
from pathlib import Path

c = get_config()  # type: ignore[name-defined]  # noqa: F821, JupyterHub puts it here

# Learners get copies of what lies in `handout`, beside the database in the hub's own folder. Not
# of the checkout's notebooks: an instructor may have worked in those.
handout = Path("handout").resolve()
if not any(handout.glob("*.ipynb")):
    sys.exit(f"{handout} holds no notebooks: python -m course_lib edition learner {handout}")

# Runs under the learner's account: gives what is missing, overwrites nothing, starts the server.
start = Path(__file__).with_name("start.py")
c.Spawner.cmd = [sys.executable, str(start), str(handout), "resnet-course"]
c.Spawner.notebook_dir = "~/resnet-course"
c.Spawner.default_url = "/lab/tree/00_welcome.ipynb"

# Whoever can log in may use the course. To name them: c.Authenticator.allowed_users = {"ada"}
c.Authenticator.allow_all = True

# The memory is for two notebooks open at once. JupyterHub's own spawner only announces the limits;
# the spawners for systemd, Docker and Kubernetes enforce them.
c.Spawner.mem_limit = "4G"
c.Spawner.cpu_limit = 2
# Without this, each learner's PyTorch starts a thread for every core of the machine.
c.Spawner.environment = {"OMP_NUM_THREADS": "2"}

# A kernel holds about 1 GB for as long as it lives. After an hour without work it is ended, also
# where its tab is still open; the notebook stays, and Run All Cells brings everything back.
c.Spawner.args = [
    "--MappingKernelManager.cull_idle_timeout=3600",
    "--MappingKernelManager.cull_connected=True",
]
