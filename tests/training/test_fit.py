"""`fit`: it learns, repeats itself, survives interruptions, and refuses what cannot work."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_lib.data import Images
from course_lib.models.cifar import CifarResNet
from course_lib.training import checkpoint as checkpoints
from course_lib.training import epochs
from course_lib.training.checkpoint import CheckpointError
from course_lib.training.fit import fit
from course_lib.training.steps import one_cycle, random_crop_flip


def bars(n: int, seed: int, split: str = "train") -> Images:
    """8x8 images of a bright bar on noise. Its row is the class, one of four."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 4
    images = torch.randint(0, 120, (n, 1, 8, 8), generator=generator, dtype=torch.uint8)
    images[torch.arange(n), 0, 2 * labels] += 100
    return Images(
        images, labels, ("0", "2", "4", "6"), "bars", split, f"{n} bars", (0.28,), (0.17,)
    )


TRAIN, TEST = bars(260, seed=1), bars(80, seed=2, split="test")
RECIPE = {"epochs": 3, "batch_size": 32, "max_lr": 0.1, "device": "cpu"}


def network(seed: int = 0, **options) -> nn.Module:
    """A residual network with dropout, so that its training needs the random state too."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CifarResNet(8, width=4, in_channels=1, num_classes=4, **options)
    model.fc = nn.Sequential(nn.Dropout(0.2), model.fc)
    return model


def same_weights(a: nn.Module, b: nn.Module) -> bool:
    pairs = zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    return all(torch.equal(x, y) for x, y in pairs)


def stop_in_epoch(monkeypatch, number: int, error: BaseException) -> None:
    """Raise `error` at the validation after epoch `number`, as a stop button may at any time."""
    calls = iter(range(1, 100))

    def interrupted(*arguments):
        if next(calls) == number:
            raise error
        return original(*arguments)

    original = epochs.accuracy
    monkeypatch.setattr(epochs, "accuracy", interrupted)


def test_it_learns():
    history = fit(network(), TRAIN, TEST, **RECIPE | {"epochs": 6}, augment=False)
    assert len(history) == 6
    assert history.validation_accuracy[-1] > 0.9  # chance is 0.25
    assert history.train_loss[-1] < 0.5 * history.train_loss[0]


@pytest.mark.parametrize("augment", [True, False])
def test_fit_is_this_plain_loop(monkeypatch, augment):
    monkeypatch.setattr(epochs, "_autocast", lambda device: torch.autocast("cpu", enabled=False))
    recipe = {"batch_size": 64, "max_lr": 0.2, "weight_decay": 0.05, "label_smoothing": 0.3}
    fast, plain = network(), network()
    history = fit(fast, TRAIN, TEST, epochs=2, seed=7, augment=augment, **recipe, device="cpu")

    optimizer = torch.optim.SGD(
        plain.parameters(), lr=1, momentum=0.9, nesterov=True, weight_decay=0.05
    )
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(7)
        for epoch in range(2):
            for step, batch in enumerate(torch.randperm(260).split(64)[:4], start=4 * epoch):
                optimizer.param_groups[0]["lr"] = one_cycle(step + 1, 10, 0.2)
                images = TRAIN.images[batch]
                images = TRAIN.normalize(random_crop_flip(images) if augment else images)
                logits = plain.train()(images)
                loss = F.cross_entropy(logits, TRAIN.labels[batch], label_smoothing=0.3)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
    assert history.losses == pytest.approx(losses, rel=1e-3)
    torch.testing.assert_close(fast.state_dict(), plain.state_dict(), rtol=1e-3, atol=1e-3)


def test_validation_accuracy_is_that_of_the_returned_model(monkeypatch):
    monkeypatch.setattr(epochs, "_autocast", lambda device: torch.autocast("cpu", enabled=False))
    model = network()
    history = fit(model, TRAIN, TEST, **RECIPE)
    with torch.no_grad():
        answers = model.eval()(TEST.normalize(TEST.images)).argmax(1)
    assert history.validation_accuracy[-1] == (answers == TEST.labels).double().mean().item()


def test_history_has_every_step():
    history = fit(network(), TRAIN, TEST, **RECIPE)
    steps = 3 * (260 // 32)
    assert len(history.losses) == len(history.rates) == steps
    assert max(history.rates) == pytest.approx(0.1, rel=0.02) and min(history.rates) > 0
    assert len(history.train_accuracy) == len(history.images_per_second) == 3
    mean = sum(history.losses[-8:]) / 8
    assert history.train_loss[-1] == pytest.approx(mean)


def test_the_same_seed_trains_the_same_way():
    models = []
    for seed, own_state in ((0, 5), (0, 6), (1, 5)):
        torch.manual_seed(own_state)
        models.append(network())
        fit(models[-1], TRAIN, TEST, **RECIPE | {"epochs": 1}, seed=seed)
    assert same_weights(models[0], models[1])
    assert not same_weights(models[0], models[2])


@pytest.mark.parametrize("augment", [True, False])
def test_resumed_is_bit_for_bit_the_same_as_uninterrupted(tmp_path, monkeypatch, augment):
    recipe = RECIPE | {"augment": augment, "label_smoothing": 0.1}
    whole = network()
    expected = fit(whole, TRAIN, TEST, **recipe)

    path = tmp_path / "new folder" / "checkpoint.pt"
    with monkeypatch.context() as patch:
        stop_in_epoch(patch, 2, KeyboardInterrupt())
        first_part = fit(network(), TRAIN, TEST, **recipe, checkpoint=path)
    assert len(first_part) == 1 and "1 of 3" in repr(first_part)

    torch.manual_seed(99)
    broken = network(seed=7)  # the checkpoint brings the weights
    resumed = fit(broken, TRAIN, TEST, **recipe, checkpoint=path, resume=True)
    assert same_weights(whole, broken)
    for name in ("losses", "rates", "train_accuracy", "validation_accuracy"):
        assert getattr(resumed, name) == getattr(expected, name), name
    assert [file.name for file in path.parent.iterdir()] == ["checkpoint.pt"]

    again = network(seed=8)  # nothing left to do: the finished weights and curves come back
    assert fit(again, TRAIN, TEST, **recipe, checkpoint=path, resume=True) == resumed
    assert same_weights(again, whole)


def test_resume_without_a_file_starts_at_the_beginning(tmp_path):
    path = tmp_path / "checkpoint.pt"
    one, two = network(), network()
    fit(one, TRAIN, TEST, **RECIPE, checkpoint=path, resume=True)
    fit(two, TRAIN, TEST, **RECIPE)
    assert path.is_file() and same_weights(one, two)


def test_a_failing_write_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.pt"
    checkpoints.save(path, {"old": 1})

    def cut_off(state, file):
        file.write_bytes(b"half a check")
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", cut_off)
    with pytest.raises(OSError, match="disk full"):
        checkpoints.save(path, {"new": 2})
    monkeypatch.undo()
    assert torch.load(path, weights_only=True) == {"old": 1}
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    path = tmp_path_factory.mktemp("finished") / "checkpoint.pt"
    fit(network(), TRAIN, TEST, **RECIPE | {"epochs": 1}, checkpoint=path)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("model", "changes", "words"),
    [
        (network(), {"epochs": 2}, "settings: epochs is 1 there and 2 here"),
        (network(), {"max_lr": 0.2}, "max_lr is 0.1 there and 0.2 here"),
        (network(residual=False), {}, "layer1.0 is BasicBlock.* there and Sequential.* here"),
        (network(stem_stride=2), {}, r"stride=\(2, 2\)"),
        (CifarResNet(14, width=4, in_channels=1, num_classes=4), {}, "layer1.1 is missing there"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(tmp_path, finished, model, changes, words):
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(finished)
    before = [tensor.clone() for tensor in model.state_dict().values()]
    with pytest.raises(CheckpointError, match=words):
        fit(model, TRAIN, TEST, **RECIPE | {"epochs": 1} | changes, checkpoint=path, resume=True)
    assert path.read_bytes() == finished
    assert all(map(torch.equal, before, model.state_dict().values()))


@pytest.mark.parametrize(
    "kind", ["cut off", "half", "empty", "text", "another file of torch", "a list"]
)
def test_a_damaged_checkpoint_is_refused(tmp_path, finished, kind):
    path = tmp_path / "checkpoint.pt"
    if kind == "another file of torch":
        torch.save(network().state_dict(), path)
    elif kind == "a list":
        torch.save([1, 2], path)
    else:
        half = len(finished) // 2
        contents = {"cut off": -1000, "half": half, "empty": 0}
        path.write_bytes(finished[: contents[kind]] if kind in contents else b"hello\n")
    content = path.read_bytes()
    with pytest.raises(
        CheckpointError, match="checkpoint.pt is cut off, or was not written by fit"
    ):
        fit(network(), TRAIN, TEST, **RECIPE, checkpoint=path, resume=True)
    assert path.read_bytes() == content


def test_code_in_a_checkpoint_does_not_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("the file's code has run",))

    path = tmp_path / "checkpoint.pt"
    torch.save({"model": Trap()}, path)
    with pytest.raises(CheckpointError):
        fit(network(), TRAIN, TEST, **RECIPE, checkpoint=path, resume=True)


def test_an_earlier_training_is_not_overwritten(tmp_path, finished):
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(finished)
    with pytest.raises(FileExistsError, match="resume=True"):
        fit(network(), TRAIN, TEST, **RECIPE, checkpoint=path)
    assert path.read_bytes() == finished


def test_a_loss_that_is_not_finite_stops_the_training(tmp_path):
    path = tmp_path / "checkpoint.pt"
    with pytest.raises(FloatingPointError) as caught:
        fit(network(batch_norm=False), TRAIN, TEST, **RECIPE | {"max_lr": 1e9}, checkpoint=path)
    message = str(caught.value)
    assert "loss is nan at step " in message or "loss is inf at step " in message
    assert "of 24" in message and "learning rate" in message and "smaller max_lr" in message
    assert not path.exists()


def test_the_reported_step_is_the_first_bad_one():
    losses = [torch.tensor(value) for value in (1.0, float("inf"), 2.0, float("nan"))]
    with pytest.raises(FloatingPointError, match="inf at step 11 of 14, .* at 0.5"):
        epochs._check_finite(losses, [0.1] * 11 + [0.5] + [0.1] * 2, first=10)


@pytest.mark.parametrize("ending", ["finished", "interrupted", "failed"])
def test_the_model_comes_back_as_it_was(monkeypatch, ending):
    model = network().eval()
    model.layer1.train()
    modes = [module.training for module in model.modules()]
    parameters = list(model.parameters())
    torch.manual_seed(3)
    state = torch.get_rng_state()
    if ending == "interrupted":
        stop_in_epoch(monkeypatch, 1, KeyboardInterrupt())
        assert len(fit(model, TRAIN, TEST, **RECIPE)) == 0
    elif ending == "failed":
        stop_in_epoch(monkeypatch, 1, RuntimeError("broken"))
        with pytest.raises(RuntimeError, match="broken"):
            fit(model, TRAIN, TEST, **RECIPE)
    else:
        fit(model, TRAIN, TEST, **RECIPE)
    assert [module.training for module in model.modules()] == modes
    assert all(a is b for a, b in zip(model.parameters(), parameters, strict=True))
    assert all(p.is_contiguous() and p.grad is None for p in model.parameters())
    assert torch.equal(torch.get_rng_state(), state)


def test_frozen_parameters_stay():
    model = network()
    model.layer1.requires_grad_(False)
    before = [p.clone() for p in model.layer1.parameters()]
    fit(model, TRAIN, TEST, **RECIPE | {"epochs": 1})
    assert all(map(torch.equal, before, model.layer1.parameters()))


@pytest.mark.parametrize(
    ("model", "data", "changes", "words"),
    [
        (network(), TEST, {"epochs": 0}, "epochs must be positive, got 0"),
        (network(), TEST, {"batch_size": -1}, "batch_size must be positive, got -1"),
        (network(), TEST, {"max_lr": float("nan")}, "max_lr must be positive, got nan"),
        (network(), bars(0, 0), {}, "0 to validate on"),
        (CifarResNet(8, in_channels=1), TEST, {}, r"shape \(10,\).*bars has 4 classes"),
        (network().requires_grad_(False), TEST, {}, "every parameter is frozen"),
    ],
)
def test_wrong_arguments_are_named(tmp_path, model, data, changes, words):
    before = [tensor.clone() for tensor in model.state_dict().values()]
    path = tmp_path / "checkpoint.pt"
    with pytest.raises(ValueError, match=words):
        fit(model, TRAIN, data, **RECIPE | changes, checkpoint=path)
    assert all(map(torch.equal, before, model.state_dict().values()))
    assert not path.exists()


def test_splits_of_two_data_sets_are_refused():
    other = Images(TEST.images, TEST.labels, tuple("abcd"), "x", "test", "x", (0.0,), (1.0,))
    with pytest.raises(ValueError, match="two splits of one data set"):
        fit(network(), TRAIN, other, **RECIPE)


def test_fewer_images_than_a_batch_are_one_batch():
    history = fit(network(), bars(20, 3), TEST, **RECIPE | {"epochs": 2})
    assert len(history.losses) == 2


def test_bfloat16_only_where_the_processor_has_it(monkeypatch):
    device = torch.device("cpu")
    for found, enabled in (
        ({"avx512_bf16": True}, True),
        ({"amx_bf16": True, "avx512_bf16": False}, True),
        ({"avx512_f": True, "avx512_bf16": False}, False),
        ({}, False),
    ):
        monkeypatch.setattr(torch.cpu, "get_capabilities", found.copy, raising=False)
        with epochs._autocast(device):
            product = torch.ones(2, 2) @ torch.ones(2, 2)
        assert product.dtype == (torch.bfloat16 if enabled else torch.float32)
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert not epochs._autocast(device)._enabled


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_on_a_gpu_the_model_comes_back_to_the_cpu():
    model = network()
    history = fit(model, TRAIN, TEST, epochs=6, batch_size=32, augment=False)
    assert history.validation_accuracy[-1] > 0.9
    assert all(p.device.type == "cpu" for p in model.parameters())
