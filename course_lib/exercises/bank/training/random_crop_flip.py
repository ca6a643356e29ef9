"""Exercise `random_crop_flip`: each image shifted and mirrored, by itself, at random.

Every right answer draws other numbers. So the check looks at what a thousand results have in
common, in words that no draw changes.
"""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises.engine.compare import Told, same
from course_lib.exercises.engine.exercise import Exercise, Implementation, Probe
from course_lib.training.steps import random_crop_flip

DEFAULT = 4  # the padding of a call that leaves it out
FILLS = {  # what F.pad calls it, and what a learner reads
    "constant": "zeros",
    "replicate": "the edge's own pixels, repeated",
    "reflect": "the picture's own pixels, reflected",
    "circular": "pixels from the opposite edge",
}
KINDS = {type(None): "None", list: "a list", tuple: "a tuple", np.ndarray: "a NumPy array"}
RESULT = "Asked for is one tensor of the images' shape"
STACK = "Did you join the views with cat? It lengthens an axis; stack makes a new one."
MIRRORED = {
    "not at all": (),
    "left-right": (-1,),
    "upside down": (-2,),
    "both ways": (-2, -1),
    "in the order of the channels": (-3,),
}


def _images(count: int, channels: int = 2, height: int = 5, width: int = 7) -> Tensor:
    """uint8 images in which no pixel is 0 and no two pixels of one image are alike."""
    pixels = torch.arange(channels * height * width).view(1, channels, height, width)
    return ((pixels * 7 + torch.arange(count).view(-1, 1, 1, 1) * 31) % 251 + 1).to(torch.uint8)


def _matches(images: Tensor, out: Tensor, padding: int, fill: str) -> Tensor:
    """(ways to mirror, calls, N, shifts down, shifts right): where `out` is that view of its image.

    Each view has a number, by which it is found: a sum of its pixels, each with a large random
    weight of its own. The sums are whole numbers below 2**53, which float64 holds exactly.
    """
    random = torch.Generator().manual_seed(0)
    weights = torch.randint(2**36, images.shape[1:], generator=random).double()
    padded = F.pad(images.double(), (padding,) * 4, mode=fill)
    windows = padded.unfold(2, images.shape[2], 1).unfold(3, images.shape[3], 1)
    numbers = torch.einsum("ncijhw,chw->nij", windows, weights)
    views = torch.stack([out.flip(axes) for axes in MIRRORED.values()])
    found = torch.einsum("mknchw,chw->mkn", views.double(), weights)
    return found[..., None, None] == numbers


def _how_often(mirrored: Tensor) -> str:
    """Of (calls, images in a call), in words: which images are mirrored?"""
    if (mirrored == mirrored[:, :1]).all() and mirrored.any() and not mirrored.all():
        return "the whole batch or none"
    if len(counts := mirrored.sum(dim=1).unique()) == 1 and 0 < counts < mirrored.shape[1]:
        return "equally many in every batch"
    fraction = mirrored.double().mean().item()
    # a fraction of a thousand fair draws is between 0.4 and 0.6, but once in a billion
    for limit, words in ((0.0, "none"), (0.4, "fewer than half"), (0.6, "about half")):
        if fraction <= limit:
            return words
    return "all" if fraction == 1 else "more than half"


def _range(shifts: Tensor, padding: int) -> str:
    """The shifts along one axis, (calls, images in a call): of which kind, from where to where."""
    low, high = shifts.min().item(), shifts.max().item()
    if low == high:
        return "none" if low == padding else f"always {low - padding} pixels"
    if _is_of_the_batch(shifts):
        return "one for the whole batch"
    counts = (shifts.flatten() - low).bincount().double()
    often = counts.mean()  # of a fair draw no count strays from it by six standard deviations
    fair = ((counts - often).abs() < 6 * often.sqrt()).all()
    return f"{low - padding} to {high - padding} pixels{'' if fair else ', some much more often'}"


def _is_of_the_batch(shifts: Tensor) -> bool:
    return bool((shifts == shifts[:, :1]).all())


def _together(down: Tensor, right: Tensor) -> str:
    if torch.equal(down, right):
        return "always equal"
    if not (_is_of_the_batch(down) or _is_of_the_batch(right)):
        pairs = torch.stack([down.flatten(), right.flatten()]).unique(dim=1).shape[1]
        if pairs < 0.6 * len(down.unique()) * len(right.unique()):
            return "one says what the other is"
    return "each drawn by itself"


def _observe(
    implementation: Implementation, images: Tensor, padding: int, calls: int
) -> dict[str, Any]:
    """Call it `calls` times on the same images, each time with another generator."""
    options = {} if padding == DEFAULT else {"padding": padding}
    results = []
    for seed in range(calls):
        out = implementation(images, **options, generator=torch.Generator().manual_seed(seed))
        if isinstance(out, Tensor) and out.shape == images.flatten(0, 1).shape:
            return {"result": Told(f"{RESULT}, and yours has one axis less. {STACK}")}
        if not isinstance(out, Tensor) or out.shape != images.shape or out.dtype != images.dtype:
            return {"result": _kind(out)}
        results.append(out)
    out = torch.stack(results)
    for fill in FILLS:
        matches = _matches(images, out, padding, fill).permute(1, 2, 0, 3, 4).flatten(2)
        if matches.any(dim=2).all():
            break
    else:
        return {"every image": "is no shifted view of itself"}

    best = matches.int().argmax(dim=2)  # the first view that fits
    across = 2 * padding + 1
    mirrored, down, right = best // across**2, best // across % across, best % across
    ways = [name for way, name in enumerate(MIRRORED) if way and (mirrored == way).any()]
    return {
        "the padding is filled with": FILLS[fill],
        "mirrored": ", ".join(ways) or "not at all",
        "mirrored images": _how_often(mirrored > 0),
        "shifts up and down": _range(down, padding),
        "shifts to the sides": _range(right, padding),
        "the two shifts": _together(down, right),
    }


def _kind(out: Any) -> str | Told:
    if not isinstance(out, Tensor):
        return Told(
            f"{RESULT}, and your function returned {KINDS.get(type(out), 'something else')}."
        )
    return f"{out.dtype} of shape {tuple(out.shape)}".removeprefix("torch.")


def _types(implementation: Implementation, images: Tensor) -> dict[str, Any]:
    """Without a generator and a padding: called as a training does."""
    first, second = implementation(images), implementation(images)
    return {
        "uint8 images": _kind(first),
        "the same images again": "the same views" if same(first, second) else "other views",
        "float64 images of six channels": _kind(
            implementation(images[:2].repeat(1, 3, 1, 1) / 2.0)
        ),
        "one image": _kind(implementation(images[:1])),
    }


def _with_seeds(implementation: Implementation, images: Tensor) -> dict[str, str]:
    before = torch.get_rng_state()
    a, b, c = (
        implementation(images, generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    untouched = torch.equal(before, torch.get_rng_state())
    return {
        "two generators of the same seed": "same" if same(a, b) else "different",
        "generators of different seeds": "same" if same(a, c) else "different",
        "torch's own random state": "as it was" if untouched else "changed",
    }


CORNER, FLIPPED = "draw(2 * padding + 1), draw(2 * padding + 1)", "width - 1 - columns, columns)"
RETURN, END = "return padded[", ".permute(0, 3, 1, 2)"
FLIP = f"    columns = torch.where(flip == 1, {FLIPPED}\n"


def _filled(mode: str) -> dict[str, str]:
    """An edit: another kind of padding."""
    return {"padding))\n": f'padding), mode="{mode}")\n'}


EXERCISE = Exercise(
    random_crop_flip,
    title="Crop and flip at random",
    difficulty=4,
    importance=3,
    minutes=25,
    insight=(
        "With padding 4 each picture has 81 places and 2 directions: your 10,000 pictures have "
        "become 1,620,000, without one new label."
    ),
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
        Probe(
            "padding left out, a thousand views",
            _observe,
            # as many rows and columns as there are shifts: rolled by one of them, each looks unlike
            (_images(50, height=9, width=10), DEFAULT, 20),
        ),
        Probe("padding 0", _observe, (_images(50), 0, 20)),
        Probe("with a generator", _with_seeds, (_images(30),)),
        Probe("without a generator", _types, (_images(8),)),
    ),
    mistakes={
        "You draw one flip for the whole batch: each image needs its own.": {
            "flip == 1": "flip[:1] == 1"
        },
        "You cut all images of a batch at the same place: each image needs its own crop.": {
            "top + rows": "top[:1] + rows",
            "left + columns": "left[:1] + columns",
        },
        "You draw one crop and one flip for the whole batch: each image needs its own.": {
            "(n, 1, 1)": "(1, 1, 1)"
        },
        "You mirror upside down: left and right are along the last axis.": {
            FLIP: "    rows = torch.where(flip == 1, height - 1 - rows, rows)\n"
        },
        "You mirror both ways, which turns the image by half a turn: only left and right "
        "change places.": {
            FLIP: f"{FLIP}    rows = torch.where(flip == 1, height - 1 - rows, rows)\n"
        },
        "You turn round the order of the channels: left and right are along the last axis, and an "
        "image taken by itself has three, (C, H, W).": {
            FLIP: "",
            RETURN: "views = padded[",
            "(N, H, W, C)": "(N, H, W, C)\n"
            "    return torch.where(flip[..., None] == 1, views.flip(1), views)",
        },
        "You never mirror an image: half of them should be.": {FLIP: ""},
        "You mirror every image: each should be with probability 1/2.": {
            f"torch.where(flip == 1, {FLIPPED}": "width - 1 - columns"
        },
        "You mirror fewer than half: did you compare randn, which is normal, with 0.5? rand is "
        "the uniform one.": {
            ", draw(2)\n": ", torch.randn((n, 1, 1), generator=generator) > 0.5\n"
        },
        "You mirror equally many images in every batch: each image has a draw of its own, with "
        "probability 1/2.": {
            ", draw(2)\n": ", torch.randperm(n, generator=generator).view(-1, 1, 1) % 2\n"
        },
        "You only mirror: each image should also be cut out at a random place of its padded "
        "self.": {"top + rows": "padding + rows", "left + columns": "padding + columns"},
        "Your crops never reach the last place, at the lower right: there are 2 * padding + 1 "
        "of them along each axis, and randint leaves out its upper end.": {
            CORNER: "draw(2 * padding or 1), draw(2 * padding or 1)"
        },
        "Your crops never reach the last place, since randint leaves out its upper end. With "
        "padding 0 there is nothing left to draw from: even then there is one place.": {
            CORNER: "draw(2 * padding), draw(2 * padding)"
        },
        "Your crops begin at 0 to padding only: they can begin at up to 2 * padding, or the "
        "picture only ever moves one way.": {CORNER: "draw(padding + 1), draw(padding + 1)"},
        "Some of your crops are much more likely than others: all places must be equally likely, "
        "which neither a normal draw nor a sum of two draws is.": {
            CORNER: "draw(padding + 1) + draw(padding + 1), draw(padding + 1) + draw(padding + 1)"
        },
        "You use one draw for both axes, so the picture moves along a diagonal only: draw top "
        "and left separately.": {"left + columns": "top + columns"},
        "You shift to the sides only: pad and crop the height too.": {
            "top + rows": "padding + rows"
        },
        "You shift up and down only: pad and crop the width too.": {
            "left + columns": "padding + columns"
        },
        "You filled the padding with the pixels of the edge: asked for are zeros.": _filled(
            "replicate"
        ),
        "You filled the padding with the mirrored picture: asked for are zeros.": _filled(
            "reflect"
        ),
        "You rolled the images: what leaves at one side comes in at the other. Asked for are "
        "zeros there.": _filled("circular"),
        "With padding 0 your slice [padding:-padding] is empty, for -0 is 0. Let it end at "
        "padding + height and padding + width.": {
            "padded = F.pad(images, (padding, padding, padding, padding))": (
                "size = n, images.shape[1], height + 2 * padding, width + 2 * padding\n"
                "    padded = torch.zeros(size, dtype=images.dtype)\n"
                "    padded[:, :, padding:-padding, padding:-padding] = images"
            ),
        },
        "You padded, but did not crop back to the old size.": {
            RETURN: "return F.pad(padded[",
            END: f"{END}, (padding,) * 4)",
        },
        "Your result has another dtype than the images: uint8 must stay uint8.": {
            END: f"{END}.float()"
        },
        "You ignore the generator: with it, the same seed must give the same views, and "
        "torch's own random state must stay as it is.": {", generator=generator": ""},
        "You draw with Python's random or with NumPy, which know nothing of the generator: with "
        "it, the same seed must give the same views.": {
            "    n, _, height": "    import random\n\n"
            "    generator = torch.Generator().manual_seed(random.randrange(2**62))\n"
            "    n, _, height"
        },
        "Where you are given no generator you make a new one. A new one always begins with the "
        "same numbers, so every call gives the same views.": {
            "    n, _, height": "    generator = generator or torch.Generator()\n    n, _, height"
        },
        "You changed the caller's images in place: without the originals, the next epoch would "
        "crop what is cropped already.": {
            RETURN: "images[:] = padded[",
            "(N, H, W, C)": "(N, H, W, C)\n    return images",
        },
    },
)
