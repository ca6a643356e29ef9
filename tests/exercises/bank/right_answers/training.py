"""Right answers to the exercises of notebook 06."""

import math

import torch
import torch.nn.functional as F
from torch import nn


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


def one_cycle_by_squared_cosine(step, total_steps, max_lr, warmup=0.3):
    warm = round(warmup * total_steps)
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
    warm = int(warmup * total_steps + 1e-9)
    up = torch.linspace(0, 1, warm + 1, dtype=torch.float64)[:-1]
    down = torch.linspace(0, math.pi, total_steps - warm, dtype=torch.float64)
    return float(max_lr * torch.cat([up, 0.5 + 0.5 * down.cos()])[step])


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


RIGHT = {
    "train_step": [step_with_closure, step_with_autograd_grad, step_by_logsumexp],
    "accuracy": [accuracy_by_concatenating, accuracy_weighing_batches, accuracy_image_by_image],
    "one_cycle": [one_cycle_by_squared_cosine, one_cycle_by_min, one_cycle_by_table],
    "random_crop_flip": [views_in_a_loop, views_flipped_first, views_by_shifting],
}
