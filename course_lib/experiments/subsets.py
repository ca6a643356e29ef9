"""Other data sets made of one: fewer images, smaller or larger ones, or some of the classes."""

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F

from course_lib.data import Images


def reduced(images: Images, count: int, size: int) -> Images:
    """`count` images, evenly spread over all, shrunk to `size` x `size` pixels by averaging."""
    chosen = torch.arange(count) * len(images) // count  # a set may be sorted by class
    small = F.adaptive_avg_pool2d(images.images[chosen].float(), size).round().to(torch.uint8)
    source = f"{images.source}: {count:,} of them, reduced to {size}x{size} pixels"
    return replace(images, images=small, labels=images.labels[chosen], source=source)


def enlarged(images: Images, like: Images) -> Images:
    """The images at the size of `like`, to be normalised as `like`: as its network expects."""
    size = like.images.shape[-2:]
    large = F.interpolate(images.images.float(), size, mode="bilinear").round().byte()
    return replace(images, images=large, mean=like.mean, std=like.std)


def only(images: Images, classes: Sequence[str]) -> Images:
    """The images of these classes, whose labels are then 0, 1, ..."""
    number = torch.full((len(images.classes),), -1)
    number[[images.classes.index(name) for name in classes]] = torch.arange(len(classes))
    labels = number[images.labels]
    kept = labels >= 0
    return replace(
        images,
        images=images.images[kept],
        labels=labels[kept],
        classes=tuple(classes),
        source=f"{images.source}, {', '.join(classes)}",
    )


def few(images: Images, per_class: int, seed: int) -> Images:
    """`per_class` images of each class, drawn by `seed`."""
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    order = order[images.labels[order].argsort(stable=True)]
    counts = images.labels.bincount(minlength=len(images.classes)).tolist()
    chosen = torch.cat([part[:per_class] for part in order.split(counts)])
    return replace(images, images=images.images[chosen], labels=images.labels[chosen])
