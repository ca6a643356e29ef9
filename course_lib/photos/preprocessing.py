"""From a picture file to what a network sees."""

from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from course_lib.photos import decoding


@dataclass(frozen=True)
class Preprocessing:
    """How a picture becomes an input of `size` x `size` pixels.

    For judging: the shorter side is resized to `resize` pixels, and the middle is cut out. For
    training: a random part, half of the area at least, is resized, and with `flip` mirrored at
    random. `mean` and `std` have a number a channel, for values from 0 to 1. Three channels are
    red, green and blue, one is grey.

    Raises ValueError for numbers that make no sense.
    """

    resize: int
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    flip: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.size <= self.resize:
            raise ValueError(f"size must be 1 to resize={self.resize}, got {self.size}")
        if len(self.mean) not in (1, 3) or len(self.mean) != len(self.std):
            raise ValueError(f"mean and std must have 1 or 3 numbers, got {self.mean}, {self.std}")
        if not min(self.std) > 0:
            raise ValueError(f"std must be positive, got {self.std}")

    def read(self, path: str | Path, augment: bool = False) -> Tensor:
        """The picture as uint8 (C, size, size); with `augment` as it is drawn for training.

        Draws from torch's random state. Raises `course_lib.photos.decoding.PictureError`.
        """
        least = 2 * self.resize  # enough for the smallest part that training cuts out
        return self.transform(decoding.read(path, len(self.mean), least), augment)

    def transform(self, image: Image.Image, augment: bool = False) -> Tensor:
        """The same for an image of Pillow's, in mode "RGB" or "L"."""
        from torchvision.transforms import v2  # here, not above: it costs a second or more

        if augment:
            crop = v2.RandomResizedCrop(self.size, scale=(0.5, 1), antialias=True)
            steps = [crop, v2.RandomHorizontalFlip(0.5 if self.flip else 0)]
        else:
            longest = 4 * min(image.size)  # else a long, thin picture would fill the memory
            middle = v2.CenterCrop((min(image.height, longest), min(image.width, longest)))
            steps = [middle, v2.Resize(self.resize, antialias=True), v2.CenterCrop(self.size)]
        return v2.Compose([*steps, v2.PILToTensor()])(image)

    def normalize(self, images: Tensor) -> Tensor:
        """uint8 images (N, C, H, W) as float32 with about mean 0 and standard deviation 1."""
        mean, std = (
            torch.tensor(values, device=images.device).view(-1, 1, 1)
            for values in (self.mean, self.std)
        )
        return (images.float() / 255 - mean) / std


# What torchvision's published networks were trained with.
IMAGENET = Preprocessing(256, 224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
