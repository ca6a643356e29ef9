import hashlib
import io
import os
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
import torchvision.models

from course_lib.trained import published


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    folder = tmp_path / "hub" / "checkpoints"
    yield folder
    assert not list(folder.glob("*.partial")), "a half file stays"


@contextmanager
def serving(monkeypatch, answer, digest="0" * 8):
    """Torchvision's addresses lead to a server of our own, which calls `answer(handler)`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    redirect(monkeypatch, f"http://127.0.0.1:{server.server_port}/resnet18-{digest}.pth")
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def redirect(monkeypatch, address):
    class Weights:
        class IMAGENET1K_V1:
            url = address

    monkeypatch.setattr(torchvision.models, "get_model_weights", lambda name: Weights)


def some_file():
    buffer = io.BytesIO()
    torch.save({"conv1.weight": torch.ones(2, 3)}, buffer)
    return buffer.getvalue()


def sending(content, length=None):
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(length or len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def test_weights_are_downloaded_once_and_read_from_the_cache(cache, monkeypatch, capsys):
    content = some_file()
    digest = hashlib.sha256(content).hexdigest()[:8]
    with serving(monkeypatch, sending(content), digest):
        loaded = published.weights("resnet18")
    assert torch.equal(loaded["conv1.weight"], torch.ones(2, 3))
    assert torch.equal(published.weights("resnet18")["conv1.weight"], torch.ones(2, 3))
    assert [file.name for file in cache.iterdir()] == [f"resnet18-{digest}.pth"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("timeout", [None, 7.0])
def test_without_a_network_one_line_and_no_file(cache, monkeypatch, timeout):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        redirect(monkeypatch, f"http://127.0.0.1:{closed.getsockname()[1]}/resnet18-00000000.pth")
        socket.setdefaulttimeout(timeout)
        try:
            with pytest.raises(published.WeightsUnavailable) as caught:
                published.weights("resnet18")
            assert socket.getdefaulttimeout() == timeout
        finally:
            socket.setdefaulttimeout(None)
    message = str(caught.value)
    assert message.startswith("no published weights for resnet18: ") and "\n" not in message
    assert "run this again" in message
    assert not list(cache.iterdir())


def test_a_silent_server_is_given_up(cache, monkeypatch):
    released = threading.Event()

    def silent(handler):
        sending(b"x", length=1000)(handler)
        released.wait(30)

    with serving(monkeypatch, silent):
        start = time.monotonic()
        with pytest.raises(published.WeightsUnavailable, match="timed out"):
            published.weights("resnet18", timeout=0.3)
        released.set()
        assert time.monotonic() - start < 25  # it did not wait for the server
    assert not list(cache.iterdir())


@pytest.mark.parametrize("keep", [0.5, 1.0], ids=["cut off", "altered"])
def test_a_damaged_download_leaves_no_file(cache, monkeypatch, keep):
    content = some_file()
    answer = sending(content[: int(keep * len(content))])
    with serving(monkeypatch, answer), pytest.raises(published.WeightsUnavailable, match="hash"):
        published.weights("resnet18")
    assert not list(cache.iterdir())


def test_a_damaged_file_in_the_cache_is_named(cache, monkeypatch):
    os.makedirs(cache)
    file = cache / "resnet18-00000000.pth"
    file.write_bytes(some_file()[:300])
    redirect(monkeypatch, "http://127.0.0.1:9/resnet18-00000000.pth")
    with pytest.raises(published.WeightsUnavailable, match=f"{file.name} is cut off or altered"):
        published.weights("resnet18")
    assert file.exists()


def test_code_in_a_file_is_not_run(cache, monkeypatch):
    os.makedirs(cache)
    torch.save({"conv1.weight": os.system}, cache / "resnet18-00000000.pth")
    redirect(monkeypatch, "http://127.0.0.1:9/resnet18-00000000.pth")
    with pytest.raises(published.WeightsUnavailable):
        published.weights("resnet18")


def test_an_unknown_network_is_named():
    with pytest.raises(ValueError, match="resnet19"):
        published.weights("resnet19")
