"""Batches of images and labels, from memory or from picture files, for `fit`."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate

from course_lib.data import Images
from course_lib.photos.decoding import PictureError
from course_lib.photos.image_folder import PictureFiles
from course_lib.training.steps import random_crop_flip

Data = Images | PictureFiles
Batches = Iterator[tuple[Tensor, Tensor]]


def loader(data: Data, device: torch.device) -> "Loader":
    """What turns `data` into batches on `device`."""
    return MemoryLoader(data, device) if isinstance(data, Images) else FileLoader(data, device)


class Loader:
    """Batches of `data` as a network takes them: on `device`, normalised, channels last."""

    def __init__(self, data: Data, device: torch.device) -> None:
        self.data, self.device = data, device

    def batches(self, order: Iterable[Tensor], augment: bool = False) -> Batches:
        """Images (B, C, H, W) in float32 and labels (B,), for each tensor of B indices in `order`.

        Raises PictureError for a file that can no longer be read.
        """
        for images, labels in self.raw(order, augment):
            images = self.data.normalize(images.to(self.device))
            images = images.contiguous(memory_format=torch.channels_last)
            yield images, labels.to(self.device)

    def raw(self, order: Iterable[Tensor], augment: bool) -> Batches:
        """The batches in uint8, wherever they come from."""
        raise NotImplementedError


class MemoryLoader(Loader):
    """Batches of images that are in memory: they go to the device once, all together."""

    data: Images

    def __init__(self, data: Images, device: torch.device) -> None:
        images, labels = data.images.to(device), data.labels.to(device)
        super().__init__(replace(data, images=images, labels=labels), device)

    def raw(self, order: Iterable[Tensor], augment: bool) -> Batches:
        for indices in order:
            images = self.data.images[indices]
            yield random_crop_flip(images) if augment else images, self.data.labels[indices]


class FileLoader(Loader):
    """Batches of pictures in files, which worker processes read and augment on the CPU.

    Each picture is augmented by a random state of its own, which is drawn here. So the number of
    workers, which goes by the processors, makes no difference to what they deliver.
    """

    def __init__(self, data: PictureFiles, device: torch.device) -> None:
        import torchvision.transforms.v2  # noqa: F401  once here, not again in each worker

        super().__init__(data, device)
        self._plan: list[list[tuple[int, int | None]]] = []  # each batch: (index, seed) a picture
        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
        self._loader = DataLoader(
            _Seeded(data),
            batch_sampler=self._plan,
            collate_fn=_collate,
            num_workers=max(1, min(4, processors - 1)),  # one processor trains
            persistent_workers=True,
            generator=torch.Generator(),  # else it would draw from the training's random state
        )

    def raw(self, order: Iterable[Tensor], augment: bool) -> Batches:
        batches = [indices.tolist() for indices in order]
        total = sum(map(len, batches))
        seeds = iter(torch.randint(2**62, (total,)).tolist() if augment else [None] * total)
        self._plan[:] = [[(index, next(seeds)) for index in batch] for batch in batches]
        for batch in self._loader:
            if isinstance(batch, PictureError):
                raise batch
            yield batch


class _Seeded(Dataset):
    """The pictures of `data` by (index, seed), augmented unless the seed is None."""

    def __init__(self, data: PictureFiles) -> None:
        self.data = data

    def __getitem__(self, item: tuple[int, int | None]) -> tuple[Tensor, int] | PictureError:
        index, seed = item
        try:
            if seed is None:
                return self.data[index]
            with torch.random.fork_rng(devices=[]):
                torch.default_generator.manual_seed(seed)
                return self.data.read(index, augment=True), self.data.folder.labels[index]
        except PictureError as error:
            return error  # raised in a worker, it would arrive wrapped in the worker's traceback


def _collate(items: list[tuple[Tensor, int] | PictureError]) -> list[Tensor] | PictureError:
    broken = next((item for item in items if isinstance(item, PictureError)), None)
    return broken or default_collate(items)
