"""The pieces of a training loop."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_lib.training.steps import accuracy, one_cycle, random_crop_flip, train_epoch, train_step


def test_train_step_is_one_step_of_gradient_descent():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 3)).eval()
    images, labels = torch.randn(6, 4), torch.tensor([0, 1, 2, 0, 1, 2])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for parameter in model.parameters():  # left over from somewhere else
        parameter.grad = torch.full_like(parameter, 100.0)
    before = [p.detach().clone() for p in model.parameters()]
    loss = train_step(model, images, labels, optimizer)
    assert model.training and type(loss) is float
    after = [p.detach().clone() for p in model.parameters()]
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), before, strict=True):
            parameter.copy_(value)
    expected = F.cross_entropy(model(images), labels)
    assert loss == pytest.approx(expected.item())
    gradients = torch.autograd.grad(expected, list(model.parameters()))
    for was, now, gradient in zip(before, after, gradients, strict=True):
        torch.testing.assert_close(now, was - 0.1 * gradient)


def test_train_epoch_takes_one_step_on_each_batch_and_weighs_every_image_the_same():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 3)).eval()
    twin = copy.deepcopy(model)
    loader = [(torch.randn(n, 4), torch.arange(n) % 3) for n in (5, 5, 2)]
    optimizer, twins = (
        torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9) for net in (model, twin)
    )
    losses = [train_step(twin, *batch, twins) for batch in loader]
    loss = train_epoch(model, iter(loader), optimizer)  # an iterator: it may be read once only
    assert type(loss) is float and model.training
    assert loss == pytest.approx((5 * losses[0] + 5 * losses[1] + 2 * losses[2]) / 12)
    for mine, theirs in zip(model.parameters(), twin.parameters(), strict=True):
        assert torch.equal(mine, theirs)


class Echo(nn.Module):
    """Puts out its input as logits, and notes how it was called."""

    def forward(self, x):
        self.called_in = (self.training, torch.is_grad_enabled())
        return x


@pytest.mark.parametrize("training", [True, False])
def test_accuracy_weighs_every_image_the_same(training):
    model = Echo().train(training)
    right, wrong = torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 0.0]])
    loader = [(torch.cat([right] * 5), torch.ones(5).long()), (wrong, torch.ones(1).long())]
    assert accuracy(model, loader) == 5 / 6
    assert model.called_in == (False, False)
    assert model.training is training


def test_one_cycle_rises_in_a_line_and_falls_along_a_cosine():
    rates = [one_cycle(step, 101, max_lr=2.0, warmup=0.25) for step in range(101)]
    peak = 0.25 * 101
    for step, rate in enumerate(rates):
        if step < peak:
            assert rate == pytest.approx(2.0 * step / peak)
        else:
            fallen = torch.tensor((step - peak) / (100 - peak))
            assert rate == pytest.approx((1 + torch.cos(torch.pi * fallen)).item(), abs=1e-6)
    assert rates[0] == rates[-1] == 0


@pytest.mark.parametrize("total", [1, 2, 3, 10])
@pytest.mark.parametrize("warmup", [0.0, 0.3, 0.9, 0.95, 1.0])
def test_one_cycle_stays_in_range_when_there_are_few_steps(total, warmup):
    rates = [one_cycle(step, total, 0.5, warmup) for step in range(total)]
    assert all(0 <= rate <= 0.5 for rate in rates)
    assert rates[-1] == 0 or warmup * total > total - 1  # no step is left for the fall


@pytest.mark.parametrize("step", [-1, 10, 11])
def test_one_cycle_has_no_step_past_the_last(step):
    with pytest.raises(ValueError, match=f"0 to 9.*got {step}"):
        one_cycle(step, 10, 0.1)


def test_crop_and_flip_give_every_image_a_view_of_its_own():
    padding, (height, width) = 2, (5, 7)
    image = torch.arange(1, 2 * height * width + 1, dtype=torch.uint8).view(1, 2, height, width)
    images = image.repeat(400, 1, 1, 1)
    out = random_crop_flip(images, padding, torch.Generator().manual_seed(0))
    assert out.shape == images.shape and out.dtype == torch.uint8
    padded = F.pad(image[0], (padding,) * 4)
    views = {}
    for top in range(2 * padding + 1):
        for left in range(2 * padding + 1):
            crop = padded[:, top : top + height, left : left + width]
            views[tuple(crop.flatten().tolist())] = (top, left, False)
            views[tuple(crop.flip(-1).flatten().tolist())] = (top, left, True)
    seen = [views[tuple(view.flatten().tolist())] for view in out]  # KeyError: no view of it
    assert len(set(seen)) == 2 * 5 * 5
    assert 0.4 < sum(flip for _, _, flip in seen) / 400 < 0.6


def test_crop_and_flip_follow_the_generator():
    images = torch.rand(8, 3, 6, 6)
    a, b, c = (
        random_crop_flip(images, generator=torch.Generator().manual_seed(seed))
        for seed in (1, 1, 2)
    )
    assert torch.equal(a, b) and not torch.equal(a, c)
    flipped_only = random_crop_flip(images, padding=0)
    assert all(
        torch.equal(new, old) or torch.equal(new, old.flip(-1))
        for new, old in zip(flipped_only, images, strict=True)
    )
