"""Exercise `random_crop_flip`: each image shifted and mirrored, by itself, at random.

Every right answer draws other numbers. So the check looks at what a thousand results have in
common, in words that no draw changes.
"""

import itertools
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises.engine.exercise import Exercise, Implementation, Mistake, Probe
from course_lib.training.steps import random_crop_flip

FILLS = {  # what F.pad calls it, and what a learner reads
    "constant": "zeros",
    "replicate": "the edge's own pixels, repeated",
    "reflect": "the picture's own pixels, reflected",
    "circular": "pixels from the opposite edge",
}
MIRRORED = {"not at all": (), "left-right": (3,), "upside down": (2,), "both ways": (2, 3)}


def _images(count: int, channels: int = 1, height: int = 5, width: int = 7) -> Tensor:
    """uint8 images in which no pixel is 0 and no two pixels of one image are alike."""
    pixels = torch.arange(channels * height * width).view(1, channels, height, width)
    return ((pixels * 7 + torch.arange(count).view(-1, 1, 1, 1) * 31) % 251 + 1).to(torch.uint8)


def _matches(images: Tensor, out: Tensor, padding: int, fill: str) -> Tensor:
    """(ways to mirror, N, shifts down, shifts right): where `out` is that view of its image."""
    shifts = 2 * padding + 1
    padded = F.pad(images.float(), (padding,) * 4, mode=fill).to(images.dtype)
    views = torch.stack([out.flip(axes) for axes in MIRRORED.values()])
    found = torch.ones(len(views), len(images), shifts, shifts, dtype=torch.bool)
    for channel, row, column in itertools.product(*map(range, images.shape[1:])):
        pixels = padded[:, channel, row : row + shifts, column : column + shifts]
        found &= pixels == views[:, :, channel, row, column, None, None]
    return found


def _how_often(fraction: float) -> str:
    """A fraction of a thousand fair draws is between 0.4 and 0.6, but once in a billion."""
    for limit, words in ((0.0, "none"), (0.4, "fewer than half"), (0.6, "about half")):
        if fraction <= limit:
            return words
    return "all" if fraction == 1 else "more than half"


def _range(calls: Tensor, padding: int) -> str:
    """The shifts along one axis, (calls, images in a call): of which kind, from where to where."""
    low, high = calls.min().item() - padding, calls.max().item() - padding
    if low == high:
        return "none" if low == 0 else f"always {low} pixels"
    together = (calls == calls[:, :1]).all()
    return "one for the whole batch" if together else f"{low} to {high} pixels"


def _observe(
    implementation: Implementation, images: Tensor, padding: int, calls: int
) -> dict[str, Any]:
    """Call it `calls` times on the same images, each time with another generator."""
    results = []
    for seed in range(calls):
        out = implementation(images, padding, torch.Generator().manual_seed(seed))
        if not isinstance(out, Tensor) or out.shape != images.shape or out.dtype != images.dtype:
            return {"result": _kind(out)}
        results.append(out)
    repeated, out = images.repeat(calls, 1, 1, 1), torch.cat(results)
    for fill in FILLS:
        matches = _matches(repeated, out, padding, fill)
        if matches.flatten(2).any(dim=2).any(dim=0).all():
            break
    else:
        return {"every image": "is no shifted view of itself"}

    # the first view that fits, by way of mirroring, shift down, shift right
    best = matches.transpose(0, 1).flatten(1).int().argmax(dim=1)
    across = matches.shape[3]
    mirrored, shift = best // across**2, best % across**2
    down, right = shift // across, shift % across
    per_call = mirrored.view(calls, -1)
    if (per_call == per_call[:, :1]).all() and len(per_call.unique()) > 1:
        how_many = "the whole batch or none"
    else:
        how_many = _how_often((mirrored > 0).double().mean().item())
    ways = [name for way, name in enumerate(MIRRORED) if way and (mirrored == way).any()]
    return {
        "the padding is filled with": FILLS[fill],
        "mirrored": ", ".join(ways) or "not at all",
        "mirrored images": how_many,
        "shifts up and down": _range(down.view(calls, -1), padding),
        "shifts to the sides": _range(right.view(calls, -1), padding),
        "the two shifts": "always equal" if torch.equal(down, right) else "each drawn by itself",
    }


def _kind(out: Any) -> str:
    if not isinstance(out, Tensor):
        return f"{type(out).__name__}, no tensor"
    return f"{out.dtype} of shape {tuple(out.shape)}".removeprefix("torch.")


def _types(implementation: Implementation, images: Tensor) -> dict[str, str]:
    """Without a generator and a padding: called as a training does."""
    return {
        "uint8 images": _kind(implementation(images)),
        "float images of three channels": _kind(implementation(images[:2].repeat(1, 3, 1, 1) / 2)),
        "one image": _kind(implementation(images[:1])),
    }


def _with_seeds(implementation: Implementation, images: Tensor) -> dict[str, str]:
    before = torch.get_rng_state()
    a, b, c = (
        implementation(images, generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    untouched = torch.equal(before, torch.get_rng_state())
    return {
        "two generators of the same seed": "same" if torch.equal(a, b) else "different",
        "generators of different seeds": "same" if torch.equal(a, c) else "different",
        "torch's own random state": "as it was" if untouched else "changed",
    }


def _augmented(
    *,
    fill: str = "constant",
    pads: Callable[[int], tuple[int, int, int, int]] = lambda p: (p, p, p, p),
    corner: Callable[[Callable, int], tuple] = lambda draw, p: (draw(2 * p + 1), draw(2 * p + 1)),
    flip: Callable[[Callable], Tensor] = lambda draw: draw(2) == 1,
    axes: tuple[int, ...] = (3,),
    own_generator: bool = True,
    each: bool = True,
) -> Implementation:
    """The right augmentation, but for what is given. `draw(n)`: one of 0 to n-1 for each image."""

    def attempt(images, padding=4, generator=None):
        n, _, height, width = images.shape
        used = generator if own_generator else None

        def draw(below):
            return torch.randint(below, (n if each else 1,), generator=used).expand(n)

        top, left = corner(draw, padding)
        padded = F.pad(images.float(), pads(padding), mode=fill).to(images.dtype)
        rows = top.view(-1, 1, 1) + torch.arange(height).view(1, -1, 1)
        columns = left.view(-1, 1, 1) + torch.arange(width).view(1, 1, -1)
        which = torch.arange(n).view(-1, 1, 1)
        out = padded[which, :, rows, columns].permute(0, 3, 1, 2)
        return torch.where(flip(draw).view(-1, 1, 1, 1), out.flip(axes), out)

    return attempt


def _one_flip(draw: Callable) -> Tensor:
    flips = draw(2) == 1
    return flips[:1].expand(len(flips))


def _one_corner(draw: Callable, p: int) -> tuple[Tensor, Tensor]:
    corners = draw(2 * p + 1), draw(2 * p + 1)
    return tuple(corner[:1].expand(len(corner)) for corner in corners)


def _diagonal(draw: Callable, p: int) -> tuple[Tensor, Tensor]:
    shift = draw(2 * p + 1)
    return shift, shift


def _constant_corner(draw: Callable, p: int) -> tuple[Tensor, Tensor]:
    return torch.full_like(draw(2), p), torch.full_like(draw(2), p)


def _not_cropped(images, padding=4, generator=None):
    return F.pad(random_crop_flip(images, padding, generator), (padding,) * 4)


def _in_place(images, padding=4, generator=None):
    images.copy_(random_crop_flip(images, padding, generator))
    return images


def _as_floats(images, padding=4, generator=None):
    return random_crop_flip(images, padding, generator).float()


EXERCISE = Exercise(
    name="random_crop_flip",
    title="Crop and flip at random",
    difficulty=4,
    importance=3,
    minutes=25,
    reference=random_crop_flip,
    hints=(
        "Pad all images at once. Then draw three numbers for each image: where its crop begins, "
        "from the top and from the left, and whether it is mirrored. A loop over the images that "
        "cuts one out after the other is a fine start.",
        "padded = F.pad(images, (padding, padding, padding, padding))\n"
        "for each image i:\n"
        "    top, left = two draws from 0, 1, ..., 2 * padding\n"
        "    view = padded[i, :, top : ..., left : ...]\n"
        "    with probability 1/2: view = <mirrored along its last axis>\n"
        "return <the views as one tensor>\n"
        "torch.randint(high, (n,), generator=generator) draws n whole numbers below high.",
    ),
    probes=(
        Probe("padding 2, a thousand views", _observe, (_images(50), 2, 20)),
        Probe("padding 4, a thousand views", _observe, (_images(50), 4, 20)),
        Probe("padding 0", _observe, (_images(50), 0, 20)),
        Probe("with a generator", _with_seeds, (_images(30),)),
        Probe("without a generator", _types, (_images(8),)),
    ),
    mistakes=(
        Mistake(
            "You draw one flip for the whole batch: each image needs its own.",
            _augmented(flip=_one_flip),
        ),
        Mistake(
            "You cut all images of a batch at the same place: each image needs its own crop.",
            _augmented(corner=_one_corner),
        ),
        Mistake(
            "You draw one crop and one flip for the whole batch: each image needs its own.",
            _augmented(each=False),
        ),
        Mistake(
            "You mirror upside down: left and right are along the last axis.",
            _augmented(axes=(2,)),
        ),
        Mistake(
            "You mirror both ways, which turns the image by half a turn: only left and right "
            "change places.",
            _augmented(axes=(2, 3)),
        ),
        Mistake(
            "You never mirror an image: half of them should be.",
            _augmented(flip=lambda draw: draw(1) == 1),
        ),
        Mistake(
            "You mirror every image: each should be with probability 1/2.",
            _augmented(flip=lambda draw: draw(1) == 0),
        ),
        Mistake(
            "You mirror fewer than half: did you compare randn, which is normal, with 0.5? rand is "
            "the uniform one.",
            _augmented(flip=lambda draw: draw(1_000_000) >= 691_462),
        ),
        Mistake(
            "You only mirror: each image should also be cut out at a random place of its padded "
            "self.",
            _augmented(corner=_constant_corner),
        ),
        Mistake(
            "Your crops never reach the last place, at the lower right: there are 2 * padding + 1 "
            "of them along each axis, and randint leaves out its upper end.",
            _augmented(corner=lambda draw, p: (draw(max(2 * p, 1)), draw(max(2 * p, 1)))),
        ),
        Mistake(
            "Your crops begin at 0 to padding only: they can begin at up to 2 * padding, or the "
            "picture only ever moves one way.",
            _augmented(corner=lambda draw, p: (draw(p + 1), draw(p + 1))),
        ),
        Mistake(
            "You use one draw for both axes, so the picture moves along a diagonal only: draw top "
            "and left separately.",
            _augmented(corner=_diagonal),
        ),
        Mistake(
            "You shift to the sides only: pad and crop the height too.",
            _augmented(corner=lambda draw, p: (torch.full_like(draw(2), p), draw(2 * p + 1))),
        ),
        Mistake(
            "You shift up and down only: pad and crop the width too.",
            _augmented(corner=lambda draw, p: (draw(2 * p + 1), torch.full_like(draw(2), p))),
        ),
        Mistake(
            "You filled the padding with the pixels of the edge: asked for are zeros.",
            _augmented(fill="replicate"),
        ),
        Mistake(
            "You rolled the images: what leaves at one side comes in at the other. Asked for are "
            "zeros there.",
            _augmented(fill="circular"),
        ),
        Mistake(
            "You padded, but did not crop back to the old size.",
            _not_cropped,
        ),
        Mistake(
            "Your result has another dtype than the images: uint8 must stay uint8.",
            _as_floats,
        ),
        Mistake(
            "You ignore the generator: with it, the same seed must give the same views, and "
            "torch's own random state must stay as it is.",
            _augmented(own_generator=False),
        ),
        Mistake(
            "You changed the caller's images in place: without the originals, the next epoch would "
            "crop what is cropped already.",
            _in_place,
        ),
    ),
)
