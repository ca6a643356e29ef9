"""Data sets made of others: the right images, with the right labels."""

from dataclasses import replace

import torch

from course_lib import data
from course_lib.experiments.subsets import few, only, reduced


def test_reduced_averages_pixels_and_takes_every_class():
    digits = data.load("digits", "train")
    order = digits.labels.argsort()
    by_class = replace(digits, images=digits.images[order], labels=digits.labels[order])
    small = reduced(by_class, 20, 4)
    assert small.images.shape == (20, 1, 4, 4) and small.images.dtype == torch.uint8
    assert small.labels.bincount().tolist() == [2] * 10
    mean = by_class.images[3 * 75, 0, :2, :2].double().mean()  # every 75th image
    assert abs(small.images[3, 0, 0, 0] - mean) <= 0.5
    assert "20 of them, reduced to 4x4 pixels" in small.source


def test_labels_follow_the_classes():
    images = data.load("fashion_mnist_10k", "test")
    bags = only(images, ["Bag", "Coat"])
    for name in bags.classes:
        old = images.images[images.labels == images.classes.index(name)]
        assert torch.equal(bags.images[bags.labels == bags.classes.index(name)], old)


def test_few_pictures_of_each_class():
    digits = data.load("digits", "train")
    chosen = few(digits, 3, seed=1)
    assert chosen.labels.bincount().tolist() == [3] * 10
    assert torch.equal(chosen.images, few(digits, 3, seed=1).images)
    assert not torch.equal(chosen.images, few(digits, 3, seed=2).images)
