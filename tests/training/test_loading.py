"""`fit` on pictures in files: the same as in memory, repeatable, resumable, and the best epoch."""

from dataclasses import replace

import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from course_lib.data import Images
from course_lib.models.cifar import CifarResNet
from course_lib.photos.decoding import PictureError
from course_lib.photos.image_folder import scan
from course_lib.photos.preprocessing import Preprocessing
from course_lib.training import epochs, loading
from course_lib.training.fit import fit
from course_lib.training.history import History
from tests.photos.folders import clothes
from tests.training.test_fit import same_weights, stop_in_epoch

GREY = Preprocessing(28, 28, mean=(0.3,), std=(0.35,))
RECIPE = {"epochs": 3, "batch_size": 8, "max_lr": 0.05, "device": "cpu"}


@pytest.fixture
def parts(tmp_path):
    return [part.prepared(GREY) for part in scan(clothes(tmp_path / "x", count=12)).split()]


def network() -> CifarResNet:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return CifarResNet(8, width=4, in_channels=1, num_classes=3)


def in_memory(data) -> Images:
    images, labels = zip(*(data[i] for i in range(len(data))), strict=True)
    return Images(
        torch.stack(images), torch.tensor(labels), data.classes, "x", "x", "x", GREY.mean, GREY.std
    )


def test_files_train_as_the_same_images_in_memory(parts):
    files, memory = network(), network()
    one = fit(files, *parts, **RECIPE, augment=False)
    two = fit(memory, *map(in_memory, parts), **RECIPE, augment=False)
    assert one.losses == pytest.approx(two.losses, rel=1e-3)
    assert one.validation_accuracy == two.validation_accuracy
    torch.testing.assert_close(files.state_dict(), memory.state_dict(), rtol=1e-2, atol=1e-2)


def test_it_learns_from_augmented_files(parts):
    history = fit(network(), *parts, **RECIPE | {"epochs": 12})
    assert max(history.validation_accuracy) > 0.8  # chance is 0.33


def test_the_same_seed_trains_the_same_way_with_any_number_of_workers(parts, monkeypatch):
    models, states = [], []
    for workers, own_state, seed in ((0, 5, 0), (2, 6, 0), (2, 6, 1)):

        def load(*arguments, workers=workers, **options):
            options |= {"num_workers": workers, "persistent_workers": workers > 0}
            return DataLoader(*arguments, **options)

        monkeypatch.setattr(loading, "DataLoader", load)
        torch.manual_seed(own_state)
        states.append(torch.get_rng_state())
        models.append(network())
        fit(models[-1], *parts, **RECIPE | {"epochs": 2}, seed=seed)
        assert torch.equal(torch.get_rng_state(), states[-1])
    assert same_weights(models[0], models[1])
    assert not same_weights(models[1], models[2])


def test_resumed_is_bit_for_bit_the_same_as_uninterrupted(parts, tmp_path, monkeypatch):
    whole, broken = network(), network()
    expected = fit(whole, *parts, **RECIPE, keep_best=True)
    path = tmp_path / "checkpoint"
    with monkeypatch.context() as patch:
        stop_in_epoch(patch, 3, KeyboardInterrupt())
        stopped = fit(network(), *parts, **RECIPE, keep_best=True, checkpoint=path)
    assert len(stopped) == 2 and path.exists()
    resumed = fit(broken, *parts, **RECIPE, keep_best=True, checkpoint=path, resume=True)
    assert same_weights(whole, broken)
    assert resumed.losses == expected.losses
    assert resumed.validation_accuracy == expected.validation_accuracy


@pytest.mark.parametrize(
    ("scores", "best"), [((0.5, 0.9, 0.7), 2), ((0.5, 0.9, 0.9), 3), ((0.9, 0.1, 0.2), 1)]
)
def test_the_best_epoch_is_kept(parts, tmp_path, monkeypatch, scores, best):
    seen = []

    def scored(model, batches):
        seen.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
        return scores[len(seen) - 1]

    monkeypatch.setattr(epochs, "accuracy", scored)
    model, path = network(), tmp_path / "checkpoint"
    history = fit(model, *map(in_memory, parts), **RECIPE, keep_best=True, checkpoint=path)
    assert history.best_epoch == best
    stored = torch.load(path, weights_only=True)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, seen[best - 1][name])
        assert torch.equal(tensor, stored["best"][name])
        assert torch.equal(stored["weights"][name], seen[-1][name])


def test_no_epoch_is_no_best_one():
    with pytest.raises(ValueError):
        _ = History(3).best_epoch


@pytest.mark.parametrize("change", ["a file more", "preprocessing", "frozen", "last epoch"])
def test_another_training_is_not_resumed(parts, tmp_path, change):
    path = tmp_path / "checkpoint"
    recipe = RECIPE | {"epochs": 1, "keep_best": True}
    fit(network(), *parts, **recipe, checkpoint=path)
    model, data, words = network(), parts, "data"
    if change == "a file more":
        root = parts[0].folder.root
        Image.new("L", (28, 28)).save(root / "Bag" / "new.png")
        data = [part.prepared(GREY) for part in scan(root).split()]
    elif change == "preprocessing":
        data = [replace(part, preprocessing=replace(GREY, flip=False)) for part in parts]
    elif change == "frozen":
        model.layer1.requires_grad_(False)
        words = "trained parameters"
    else:
        recipe["keep_best"] = False
        words = "keep_best is True there and False here"
    with pytest.raises(ValueError, match=words):
        fit(model, *data, **recipe, checkpoint=path, resume=True)


def test_a_file_that_is_damaged_later_is_named_in_one_line(parts):
    broken = parts[0].folder.files[3]
    broken.write_bytes(broken.read_bytes()[:60])
    with pytest.raises(PictureError) as caught:
        fit(network(), *parts, **RECIPE)
    assert str(caught.value).startswith(f"{broken}: cut off") and "\n" not in str(caught.value)


def test_pictures_of_other_channels_are_refused_before_training(parts):
    colour = replace(GREY, mean=(0.5,) * 3, std=(0.2,) * 3)
    model = network()
    before = [tensor.clone() for tensor in model.state_dict().values()]
    with pytest.raises(ValueError, match=r"takes no image of shape \(1, 3, 28, 28\), which x has"):
        fit(model, *(replace(part, preprocessing=colour) for part in parts), **RECIPE)
    assert all(map(torch.equal, before, model.state_dict().values()))
