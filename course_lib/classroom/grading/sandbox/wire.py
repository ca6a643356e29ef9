"""Values on their way out of a process that ran a stranger's code: JSON, and tensors as bytes.

No pickle: reading one runs what its writer wants. A message is the length of its JSON part (8
bytes), that part, and the tensors in safetensors' format.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors.torch
import torch
from torch import Tensor

from course_lib.exercises.engine.compare import Raised, Told, Unusable, describe

PLAIN = (bool, int, float, str)


def encode(value: Any) -> bytes:
    """`value` as a message. What JSON and tensors cannot carry becomes its description."""
    tensors: dict[str, Tensor] = {}
    text = json.dumps(_pack(value, tensors)).encode()
    return len(text).to_bytes(8, "big") + text + safetensors.torch.save(tensors)


def decode(message: bytes) -> Any:
    """The value in a message. Raises ValueError for one that `encode` cannot have written."""
    try:
        end = 8 + int.from_bytes(message[:8], "big")
        tensors = safetensors.torch.load(message[end:])
        return _unpack(json.loads(message[8:end]), tensors)
    # whatever is wrong with bytes that may come from an attacker
    except Exception as error:
        raise ValueError(f"an unreadable message: {type(error).__name__}: {error}") from None


def _pack(value: Any, tensors: dict[str, Tensor]) -> Any:
    """A JSON value; each value that is no plain one becomes [kind, content...]."""
    if value is None:
        return None
    for kind in PLAIN:
        if isinstance(value, kind):  # a subclass travels as what it is a kind of
            return kind(value)
    if isinstance(value, Raised):
        return ["raised", value.kind, value.message, value.line, value.place, value.stub]
    if isinstance(value, (list, tuple)):
        name = "list" if isinstance(value, list) else "tuple"
        return [name, *(_pack(item, tensors) for item in value)]
    if isinstance(value, Mapping):
        return ["dict", *([_pack(k, tensors), _pack(v, tensors)] for k, v in value.items())]
    if isinstance(value, Tensor) and _can_travel(value):
        key = str(len(tensors))
        tensors[key] = value.detach().contiguous().clone()  # shared storage is refused
        return ["tensor", key]
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return ["array", *_pack(torch.from_numpy(value.copy()), tensors)[1:]]
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return value.item()
    if isinstance(value, Told):
        return ["told", value.reason]
    return ["unusable", value.reason if isinstance(value, Unusable) else describe(value)]


def _can_travel(tensor: Tensor) -> bool:
    plain = tensor.layout == torch.strided and not tensor.is_quantized and not tensor.is_complex()
    return plain and tensor.device.type == "cpu" and not tensor.is_nested


def _unpack(packed: Any, tensors: dict[str, Tensor]) -> Any:
    if not isinstance(packed, list):
        return packed
    kind, *content = packed
    if kind in ("list", "tuple"):
        items = [_unpack(item, tensors) for item in content]
        return items if kind == "list" else tuple(items)
    if kind == "dict":
        return {_unpack(key, tensors): _unpack(value, tensors) for key, value in content}
    if kind in ("tensor", "array"):
        (key,) = content
        return tensors[key] if kind == "tensor" else tensors[key].numpy()
    if kind == "raised":
        *texts, stub = content
        error, message, line, place = map(str, texts)
        return Raised(error, message, line, place, bool(stub))
    if kind == "told":
        return Told(*map(str, content))
    if kind != "unusable":
        raise ValueError(f"no kind of value is called {kind!r}")
    return Unusable(*map(str, content))
