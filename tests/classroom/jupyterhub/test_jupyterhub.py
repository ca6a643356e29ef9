"""The JupyterHub recipe: two learners who log in to a real hub, each with their own work."""

import asyncio
import importlib.util
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from jupyter_client.session import Session
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from course_lib.classroom.jupyterhub.start import give
from course_lib.classroom.notebooks import FOLDER

RECIPE = FOLDER.parent / "course_lib/classroom/jupyterhub/jupyterhub_config.py"
PASSWORD = "a password for the test"
NOTEBOOK = "01_convolution_arithmetic.ipynb"
# One password for all, and all servers under the account that runs the test.
TRIAL = """
load_subconfig({recipe!r})
c.JupyterHub.bind_url = "http://127.0.0.1:{ports[0]}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{ports[1]}"
c.JupyterHub.hub_port = {ports[2]}
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = {password!r}
c.Authenticator.allowed_users = {{"ada", "bob"}}  # known from the start
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
c.Spawner.args += ["--allow-root"]  # continuous integration often is root
"""
ANSWER = """
from course_lib import exercise

@exercise
def conv_output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size + {pads} * padding - dilation * (kernel_size - 1) - 1) // stride + 1
"""


class Hub:
    """A running hub, as the programs of the two learners see it."""

    def __init__(self, url, homes):
        self.url, self.homes, self.tokens = url, homes, {}

    def request(self, method, path, user=None, body=None):
        headers = {"Authorization": f"token {self.tokens[user]}"} if user else {}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or "null")

    def log_in(self, user, password=PASSWORD):
        body = {"auth": {"username": user, "password": password}}
        self.tokens[user] = self.request("POST", f"/hub/api/users/{user}/tokens", body=body)[
            "token"
        ]

    def start_servers(self, *users):
        for user in users:
            self.request("POST", f"/hub/api/users/{user}/server", user)
        for user in users:
            self.wait(lambda user=user: self.servers(user).get("", {}).get("ready"))

    def stop_server(self, user):
        self.request("DELETE", f"/hub/api/users/{user}/server", user)
        self.wait(lambda: not self.servers(user))

    def servers(self, user):
        return self.request("GET", f"/hub/api/users/{user}", user)["servers"]

    @staticmethod
    def wait(condition):
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, "the server did not get there within a minute"
            time.sleep(0.2)

    async def run_cell(self, user, code):
        """What the cell prints or shows, run in a kernel of the user's own server."""
        session = {"path": NOTEBOOK, "type": "notebook", "name": "", "kernel": {"name": "python3"}}
        kernel = self.request("POST", f"/user/{user}/api/sessions", user, session)["kernel"]["id"]
        address = self.url.replace("http", "ws", 1) + f"/user/{user}/api/kernels/{kernel}/channels"
        headers = {"Authorization": f"token {self.tokens[user]}"}
        socket = await websocket_connect(HTTPRequest(address, headers=headers))
        message = Session().msg("execute_request", {"code": code, "silent": False})
        await socket.write_message(json.dumps(message | {"channel": "shell"}, default=str))
        shown = ""
        while True:
            answer = json.loads(await asyncio.wait_for(socket.read_message(), 120))
            if answer["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            content = answer["content"]
            shown += content.get("text", "") + content.get("data", {}).get("text/html", "")
            if content.get("execution_state") == "idle":
                socket.close()
                return shown

    def progress(self, user):
        return json.loads((self.homes / user / "resnet-course/.course_progress.json").read_text())


@pytest.fixture
def handout(tmp_path):
    """The hub's own folder with two notebooks to hand out in it."""
    folder = tmp_path / "hub" / "handout"
    folder.mkdir(parents=True)
    for name in ("00_welcome.ipynb", NOTEBOOK):
        shutil.copy(FOLDER / name, folder)
    return folder


@pytest.fixture
def hub(tmp_path, handout):
    if importlib.util.find_spec("jupyterhub") is None:
        pytest.skip("jupyterhub is not installed: pip install jupyterhub")
    if shutil.which("configurable-http-proxy") is None:
        pytest.skip("no configurable-http-proxy: npm install -g configurable-http-proxy")
    ports, homes = free_ports(3), tmp_path / "homes"
    config = tmp_path / "trial_config.py"
    config.write_text(
        TRIAL.format(recipe=str(RECIPE), ports=ports, password=PASSWORD, homes=str(homes))
    )
    log = tmp_path / "hub.log"
    with log.open("w") as output:
        command = [sys.executable, "-m", "jupyterhub", f"--config={config}"]
        process = subprocess.Popen(command, cwd=handout.parent, stdout=output, stderr=output)
        try:
            running = Hub(f"http://127.0.0.1:{ports[0]}", homes)
            for _ in range(150):
                assert process.poll() is None, log.read_text()
                try:
                    running.request("GET", "/hub/api/")
                    break
                except OSError:
                    time.sleep(0.2)
            else:
                raise AssertionError(f"the hub did not answer: {log.read_text()}")
            yield running
        finally:
            process.terminate()  # it stops its servers and its proxy
            process.wait(60)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def test_two_learners_work_apart(hub, handout):
    with pytest.raises(urllib.error.HTTPError, match="403"):
        hub.log_in("ada", "guessed")
    for user in ("ada", "bob"):
        hub.log_in(user)
    hub.start_servers("ada", "bob")

    async def answer_both():
        cells = [("ada", ANSWER.format(pads=2)), ("bob", ANSWER.format(pads=1))]
        return await asyncio.gather(*(hub.run_cell(user, cell) for user, cell in cells))

    right, wrong = asyncio.run(answer_both())
    assert "✔ Correct" in right and "✘ Incorrect" in wrong and "one side" in wrong
    assert hub.progress("ada") == {"conv_output_size": "correct"}
    assert hub.progress("bob") == {"conv_output_size": "incorrect"}
    with pytest.raises(urllib.error.HTTPError, match="403"):
        hub.request("GET", "/user/bob/api/contents/", "ada")

    # the course is updated while ada's server is off: her work stays, and the new file comes
    mine = hub.homes / "ada/resnet-course" / NOTEBOOK
    mine.write_text("my work")
    hub.stop_server("ada")
    (handout / "02_new.ipynb").write_text("new")
    (handout / NOTEBOOK).write_text("corrected by the instructor")
    hub.start_servers("ada")
    assert mine.read_text() == "my work"
    assert (mine.parent / "02_new.ipynb").read_text() == "new"
    assert hub.progress("ada") == {"conv_output_size": "correct"}
    assert (FOLDER / NOTEBOOK).read_bytes() == (
        hub.homes / "bob/resnet-course" / NOTEBOOK
    ).read_bytes()


def test_a_hub_without_a_handout_does_not_start(tmp_path):
    if importlib.util.find_spec("jupyterhub") is None:
        pytest.skip("jupyterhub is not installed: pip install jupyterhub")
    command = [sys.executable, "-m", "jupyterhub", f"--config={RECIPE}"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert result.returncode != 0
    assert f"edition learner {tmp_path / 'handout'}" in result.stderr


def test_a_learner_gets_what_is_missing_and_keeps_the_rest(tmp_path):
    handout, folder = tmp_path / "handout", tmp_path / "home" / "course"
    (handout / "a folder").mkdir(parents=True)
    for name in ("00.ipynb", "01.ipynb", ".course_progress.json"):
        (handout / name).write_text("handed out")
        (handout / name).chmod(0o444)
    assert give(handout, folder) == [folder / "00.ipynb", folder / "01.ipynb"]
    assert folder.stat().st_mode & 0o077 == 0  # nobody else looks in
    (folder / "00.ipynb").write_text("my work")  # a read-only hand-out makes no read-only copy
    (folder / "01.ipynb").unlink()
    assert give(handout, folder) == [folder / "01.ipynb"]
    assert (folder / "00.ipynb").read_text() == "my work"
    assert sorted(path.name for path in folder.iterdir()) == ["00.ipynb", "01.ipynb"]


def test_a_link_to_nowhere_is_left_alone(tmp_path):
    (tmp_path / "handout").mkdir()
    (tmp_path / "handout" / "00.ipynb").write_text("handed out")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "00.ipynb").symlink_to(tmp_path / "another disk")
    assert give(tmp_path / "handout", tmp_path / "home") == []
    assert not (tmp_path / "another disk").exists()
