"""Torchvision's published ImageNet weights: from its cache on this machine, or from the network."""

import contextlib
import http.client
import io
import pickle
import socket
from pathlib import Path
from typing import Any

import torch


class WeightsUnavailable(RuntimeError):
    """There is no network, or the file is damaged. The message says so in one line."""


def weights(name: str, timeout: float = 5.0) -> dict[str, Any]:
    """The state dict of torchvision's `name`, such as "resnet18", in its first version (V1).

    It is downloaded once, into torch's cache. A connection that says nothing for `timeout` seconds
    is given up, and a file appears in the cache only when it is whole and has the right checksum.

    Raises ValueError for a network that torchvision does not have, and WeightsUnavailable.
    """
    import torchvision.models  # here, not above: it costs a second or more that few calls need

    url = torchvision.models.get_model_weights(name).IMAGENET1K_V1.url
    cached = Path(torch.hub.get_dir(), "checkpoints", Path(url).name)
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(timeout)  # torch's downloader has none of its own
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints where it puts the file
            return torch.hub.load_state_dict_from_url(
                url, map_location="cpu", check_hash=True, weights_only=True
            )
    except (
        OSError,
        http.client.HTTPException,
        RuntimeError,
        EOFError,
        pickle.PickleError,
    ) as error:
        if cached.exists():
            reason = f"{cached} is cut off or altered: delete it, and run this again"
        else:
            # the system's own words for "no network" differ from machine to machine
            origin = getattr(error, "reason", error)
            offline = isinstance(origin, OSError) and not isinstance(origin, TimeoutError)
            cause = "the network does not answer" if offline else " ".join(str(error).split())
            reason = f"{cause}. With a network, run this again"
        raise WeightsUnavailable(f"no published weights for {name}: {reason}.") from error
    finally:
        socket.setdefaulttimeout(before)
