"""Right answers to the exercises of notebook 06."""

import copy
import itertools
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from course_lib.training.steps import train_step


def step_with_closure(model, images, labels, optimizer):
    def closure():
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(model(images), labels)
        loss.backward()
        return loss

    return float(model.train() and optimizer.step(closure).detach())


def step_with_autograd_grad(model, images, labels, optimizer):
    before = model.training
    model.train()
    logs = F.log_softmax(model(images), dim=1)
    loss = -logs[torch.arange(len(labels)), labels].mean()
    parameters = list(model.parameters())
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        parameter.grad = gradient
    optimizer.step()
    model.train(before)
    return loss.tolist()


def step_by_logsumexp(model, images, labels, optimizer):
    model.train(True)
    logits = model(images)
    right = logits.gather(1, labels[:, None])[:, 0]
    loss = (logits.logsumexp(dim=1) - right).sum() / labels.numel()
    model.zero_grad(set_to_none=False)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.detach().cpu().numpy().item()


def epoch_calling_the_step(model, loader, optimizer):
    losses, sizes = [], []
    for batch in loader:
        losses.append(train_step(model, *batch, optimizer))
        sizes.append(len(batch[0]))
    return sum(a * n for a, n in zip(losses, sizes, strict=True)) / sum(sizes)


def epoch_written_out(model, loader, optimizer):
    model.train()
    running_loss, seen = 0.0, 0
    for x, y in loader:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        optimizer.step()
        running_loss += loss.item() * x.size(0)
        seen += x.size(0)
    return running_loss / seen


def epoch_summing_in_a_tensor(model, loader, optimizer):
    total = torch.zeros(2, dtype=torch.float64)
    for images, labels in list(loader):
        model.train(True)
        model.zero_grad()
        losses = F.cross_entropy(model(images), labels, reduction="none")
        losses.mean().backward()
        optimizer.step()
        total += torch.tensor([losses.detach().sum().item(), labels.numel()])
    return (total[0] / total[1]).item()


def epoch_with_a_moving_mean(model, loader, optimizer):
    mean, seen = 0.0, 0
    for _, (images, labels) in zip(range(len(loader)), loader, strict=False):
        loss = step_with_autograd_grad(model, images, labels, optimizer)
        seen += len(images)
        mean += (loss - mean) * len(images) / seen
    return mean


def epoch_with_numpy(model, loader, optimizer):
    means, sizes = zip(
        *((train_step(model, x, y, optimizer), y.shape[0]) for x, y in loader), strict=True
    )
    return float(np.average(means, weights=sizes))


def step_image_by_image(model, images, labels, optimizer):
    """The loss of each image on its own; batch normalisation still sees the batch."""
    for module in model.modules():
        module.training = True
    losses = [
        F.cross_entropy(logits[None], label[None])
        for logits, label in zip(model(images), labels, strict=True)
    ]
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = None
    (sum(losses) / len(losses)).backward()
    optimizer.step()
    return sum(loss.item() for loss in losses) / len(losses)


def step_with_one_hot_targets(model, images, labels, optimizer):
    logits = model.train()(images)
    targets = F.one_hot(labels, logits.shape[1]).to(logits.dtype)
    loss = -(targets * logits.softmax(dim=1).log()).sum(dim=1).mean()
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    optimizer.step()
    return loss.item()


@torch.inference_mode()
def accuracy_by_concatenating(model, loader):
    mode = model.training
    model.train(False)
    hits = torch.cat([model(images).max(1)[1].eq(labels) for images, labels in loader])
    model.train(mode)
    return hits.double().mean().item()


def accuracy_weighing_batches(model, loader):
    modes = {module: module.training for module in model.modules()}
    model.eval()
    share, seen = 0.0, 0
    for images, labels in loader:
        with torch.no_grad():
            best = model(images).softmax(-1).topk(1).indices.squeeze(1)
        new = (best == labels).float().mean().item()
        share = (share * seen + new * len(labels)) / (seen + len(labels))
        seen += len(labels)
    for module, training in modes.items():
        module.training = training
    return share


def accuracy_image_by_image(model, loader):
    before = model.training
    model.eval()
    torch.set_grad_enabled(False)
    try:
        results = [
            int(model(image[None]).flatten().tolist().index(max(model(image[None])[0].tolist())))
            == int(label)
            for images, labels in loader
            for image, label in zip(images, labels, strict=True)
        ]
    finally:
        torch.set_grad_enabled(True)
        model.train(before)
    return results.count(True) / len(results)


def accuracy_of_a_copy(model, loader):
    model = copy.deepcopy(model).eval().requires_grad_(False)
    answers = [(model(x).sort(dim=1).indices[:, -1], y) for x, y in loader]
    return sum(float((a == y).sum()) for a, y in answers) / sum(y.numel() for _, y in answers)


def accuracy_by_numpy(model, loader):
    before = model.training
    model.eval()
    guesses, truth = [], []
    for images, labels in loader:
        with torch.no_grad():
            guesses.extend(np.argmax(model(images).numpy(), axis=-1))
        truth.extend(labels.tolist())
    if before:
        model.train()
    return np.mean(np.array(guesses) == np.array(truth))


def one_cycle_by_squared_cosine(step, total_steps, max_lr, warmup=0.3):
    warm = warmup * total_steps
    if warm and step <= warm:
        return step / warm * max_lr
    return max_lr * math.cos(math.pi / 2 * (step - warm) / (total_steps - 1 - warm)) ** 2


def one_cycle_by_min(step, total_steps, max_lr, warmup=0.3):
    rising = step / (warmup * total_steps) if warmup > 0 else math.inf
    left = (total_steps - 1 - step) / (total_steps - 1 - warmup * total_steps)
    return (
        0
        if step == 0 and warmup
        else max_lr * (rising if rising < 1 else math.sin(math.pi / 2 * left) ** 2)
    )


def one_cycle_by_table(step, total_steps, max_lr, warmup=0.3):
    peak = warmup * total_steps
    steps = torch.arange(total_steps, dtype=torch.float64)
    rates = steps / (peak or 1)
    late = steps >= peak
    rates[late] = 0.5 + 0.5 * torch.cos(math.pi * (steps[late] - peak) / (total_steps - 1 - peak))
    return float(max_lr * rates[step])


def one_cycle_by_interpolation(step, total_steps, max_lr, warmup=0.3):
    peak, end = warmup * total_steps, total_steps - 1
    phase = np.interp(step, [peak, end], [0.0, np.pi])
    rising = np.interp(step, [0.0, peak], [0.0, 1.0]) if peak else 1.0
    return float(max_lr * min(rising, (1 + np.cos(phase)) / 2))


def one_cycle_by_torch(step, total_steps, max_lr, warmup=0.3):
    peak = total_steps * warmup
    if peak > step:
        return max_lr - max_lr * (peak - step) / peak
    angle = torch.tensor((step - peak) / (total_steps - peak - 1), dtype=torch.float64) * torch.pi
    return max_lr * torch.cos(angle / 2).square().item()


def views_in_a_loop(images, padding=4, generator=None):
    height, width = images.shape[-2:]
    padded = F.pad(images, [padding] * 4)
    views = []
    for image in padded:
        top, left = torch.randint(2 * padding + 1, (2,), generator=generator).tolist()
        view = image[:, top : top + height, left : left + width]
        if torch.rand(1, generator=generator) < 0.5:
            view = view.flip(-1)
        views.append(view)
    return torch.stack(views)


def views_flipped_first(images, padding=4, generator=None):
    n, channels, height, width = images.shape
    heads = torch.bernoulli(torch.full((n, 1, 1, 1), 0.5), generator=generator).bool()
    images = torch.where(heads, torch.flip(images, dims=[3]), images)
    places = torch.randint(0, (2 * padding + 1) ** 2, (n,), generator=generator)
    canvas = images.new_zeros(n, channels, height + 2 * padding, width + 2 * padding)
    canvas[:, :, padding : padding + height, padding : padding + width] = images
    crops = canvas.unfold(2, height, 1).unfold(3, width, 1)
    down, right = places // (2 * padding + 1), places % (2 * padding + 1)
    return crops[torch.arange(n), :, down, right].contiguous()


def views_by_shifting(images, padding=4, generator=None):
    height, width = images.shape[2:]
    out = torch.zeros_like(images)
    for i, image in enumerate(images):
        down, right = (
            int(torch.randint(-padding, padding + 1, (1,), generator=generator)) for _ in "xy"
        )
        rows = slice(max(0, down), min(height, height + down))
        columns = slice(max(0, right), min(width, width + right))
        from_rows = slice(max(0, -down), min(height, height - down))
        from_columns = slice(max(0, -right), min(width, width - right))
        out[i, :, rows, columns] = image[:, from_rows, from_columns]
        if torch.randint(2, (), generator=generator):
            out[i] = out[i].flip(2)
    return out


def views_by_gather(images, padding=4, generator=None):
    n, channels, height, width = images.shape
    seed = torch.rand(3, n, generator=generator, dtype=torch.float64)
    top, left = (seed[:2] * (2 * padding + 1)).long()
    canvas = nn.ZeroPad2d(padding)(images)
    canvas = torch.where((seed[2] < 0.5).view(n, 1, 1, 1), canvas, canvas.flip(-1))
    rows = (top[:, None] + torch.arange(height)).view(n, 1, height, 1)
    columns = (left[:, None] + torch.arange(width)).view(n, 1, 1, width)
    rows = rows.expand(n, channels, height, canvas.shape[3])
    columns = columns.expand(n, channels, height, width)
    return canvas.gather(2, rows).gather(3, columns)


def views_on_a_grid_of_places(images, padding=4, generator=None):
    height, width = images.shape[-2:]
    padded = F.pad(images, (padding,) * 4)
    places = list(itertools.product(range(2 * padding + 1), range(2 * padding + 1), (False, True)))
    uniform = torch.ones(len(places))
    chosen = torch.multinomial(uniform, len(images), replacement=True, generator=generator)
    out = images.clone()
    for i, (top, left, mirrored) in enumerate(places[c] for c in chosen):
        view = padded[i, :, top : top + height, left : left + width]
        out[i] = torch.fliplr(view.permute(1, 2, 0)).permute(2, 0, 1) if mirrored else view
    return out


RIGHT = {
    "train_step": [
        step_with_closure,
        step_with_autograd_grad,
        step_by_logsumexp,
        step_image_by_image,
        step_with_one_hot_targets,
    ],
    "train_epoch": [
        epoch_calling_the_step,
        epoch_written_out,
        epoch_summing_in_a_tensor,
        epoch_with_a_moving_mean,
        epoch_with_numpy,
    ],
    "accuracy": [
        accuracy_by_concatenating,
        accuracy_weighing_batches,
        accuracy_image_by_image,
        accuracy_of_a_copy,
        accuracy_by_numpy,
    ],
    "one_cycle": [
        one_cycle_by_squared_cosine,
        one_cycle_by_min,
        one_cycle_by_table,
        one_cycle_by_interpolation,
        one_cycle_by_torch,
    ],
    "random_crop_flip": [
        views_in_a_loop,
        views_flipped_first,
        views_by_shifting,
        views_by_gather,
        views_on_a_grid_of_places,
    ],
}
