"""A real JupyterLab in a headless Chromium, on a copy of the notebooks."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

CHROMIUM = next(
    filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None
)
TOKEN = "course"
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # all cells stay in the page, on screen or not
    "notebook-extension/tracker": {"windowingMode": "none"},
}


class Lab:
    """A running JupyterLab, a page in it, and every address that the page asked for."""

    def __init__(self, url, page):
        self.url, self.page, self.requested = url, page, []
        page.on("request", lambda request: self.requested.append(request.url))

    def open(self, notebook):
        self.page.goto(f"{self.url}/doc/tree/{notebook}?token={TOKEN}&reset")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.until(lambda: any(self._kernel_is_ready(session) for session in self._sessions()))

    def run_all(self):
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        count = self.page.locator(".jp-CodeCell").count()
        last = self.page.locator(".jp-CodeCell .jp-InputPrompt").nth(count - 1)
        self.until(lambda: last.inner_text().strip() == f"[{count}]:", seconds=240)

    def cell(self, text):
        """The code cell whose source contains the text."""
        return self.page.locator(
            ".jp-CodeCell", has=self.page.locator(".cm-content", has_text=text)
        )

    def write_and_run(self, cell, source):
        before = cell.locator(".jp-InputPrompt").inner_text()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Shift+Enter")
        prompt = cell.locator(".jp-InputPrompt")
        self.until(lambda: prompt.inner_text() not in (before, "[*]:"))

    def restart_kernels(self):
        for session in self._sessions():
            kernel = f"{self.url}/api/kernels/{session['kernel']['id']}/restart?token={TOKEN}"
            urllib.request.urlopen(urllib.request.Request(kernel, method="POST")).close()

    def outside_requests(self):
        addresses = map(urlsplit, self.requested)
        local = ("localhost", "127.0.0.1", "")
        return [a.geturl() for a in addresses if (a.hostname or "") not in local]

    def _sessions(self):
        with urllib.request.urlopen(f"{self.url}/api/sessions?token={TOKEN}") as answer:
            return json.load(answer)

    @staticmethod
    def _kernel_is_ready(session):
        kernel = session["kernel"]
        return kernel["execution_state"] == "idle" and kernel["connections"] > 0

    def until(self, condition, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "JupyterLab did not get there in time"
            self.page.wait_for_timeout(200)


@contextmanager
def open_lab(folder: Path, notebooks: Path) -> Iterator[Lab]:
    """JupyterLab on a copy of `notebooks`, made in `folder`, with none of them open yet."""
    with running_server(folder, notebooks) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield Lab(url, browser.new_page(viewport={"width": 1280, "height": 1000}))
        browser.close()


@contextmanager
def running_server(folder, notebooks):
    root = shutil.copytree(notebooks, folder / "notebooks")
    for name, values in SETTINGS.items():
        file = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}"),
        f"--LabApp.user_settings_dir={folder / 'settings'}",
        f"--LabApp.workspaces_dir={folder / 'workspaces'}",
    ]
    # the copy keeps its own progress, as a learner's folder does
    environment = {k: v for k, v in os.environ.items() if k != "COURSE_PROGRESS"}
    log = folder / "lab.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(url, server, log)
            yield url
        finally:
            server.terminate()
            server.wait(30)


def wait_for(url, server, log):
    for _ in range(150):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"{url}/api?token={TOKEN}").close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not answer: {log.read_text()}")
