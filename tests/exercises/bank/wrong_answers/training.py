"""Wrong answers as people write them."""

import math
import random

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from course_lib.training.steps import train_step
from tests.exercises.bank.wrong_answers import wrong


@wrong("train_epoch", "average|number of images|mean already|batches")
def epoch_of_the_torch_tutorial(model, loader, optimizer):
    running_loss = 0.0
    for data in loader:
        inputs, labels = data
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = nn.CrossEntropyLoss()(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    return running_loss / len(loader)


@wrong("train_epoch", "clear|gradients|average|batches")
def epoch_without_clearing_averaging_batches(model, loader, optimizer):
    model.train()
    losses = []
    for x, y in loader:
        out = model(x)
        loss = F.cross_entropy(out, y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


@wrong("train_epoch", "train mode|tensor|float")
def epoch_in_a_tensor_and_any_mode(net, data, opt):
    total = 0
    n = 0
    for X, y in data:
        opt.zero_grad()
        l = F.cross_entropy(net(X), y)  # noqa: E741
        l.backward()
        opt.step()
        total += l.detach() * y.numel()
        n += y.numel()
    return total / n


@wrong("train_epoch", "first batch|return")
def epoch_returning_early(model, loader, optimizer):
    total, seen = 0.0, 0
    for images, labels in loader:
        total += train_step(model, images, labels, optimizer) * len(images)
        seen += len(images)
        return total / seen


@wrong("train_epoch", "last batch")
def epoch_of_the_last_loss(model, loader, optimizer):
    model.train()
    for images, labels in loader:
        loss = train_step(model, images, labels, optimizer)
    return loss


@wrong("train_epoch", "mean already|softmax")
def epoch_with_a_softmax(model, loader, optimizer):
    """The softmax is in no list."""
    model.train()
    total = count = 0
    for images, labels in loader:
        optimizer.zero_grad()
        probabilities = model(images).softmax(dim=1)
        loss = F.cross_entropy(probabilities, labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
        count += len(images)
    return total / count


@wrong("train_epoch", "second time|once more")
def epoch_that_looks_first(model, loader, optimizer):
    images, labels = next(iter(loader))
    print("first batch:", images.shape)
    total = count = 0
    for images, labels in loader:
        total += len(labels) * train_step(model, images, labels, optimizer)
        count += len(labels)
    return total / count


@wrong("train_epoch", "return|None")
def epoch_that_prints(model, loader, optimizer):
    total, count = 0.0, 0
    for images, labels in loader:
        total += train_step(model, images, labels, optimizer) * len(labels)
        count += len(labels)
    print(f"loss {total / count:.4f}")


@wrong("train_epoch", "tuple|one number|type")
def epoch_with_an_accuracy(model, loader, optimizer):
    model.train()
    total, right, count = 0.0, 0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        logits = model(images)
        loss = F.cross_entropy(logits, labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        right += (logits.argmax(1) == labels).sum().item()
        count += len(labels)
    return total / count, right / count


@wrong("train_epoch", "single step|one for each batch|sum of the losses|divide")
def epoch_with_one_big_step(model, loader, optimizer):
    model.train()
    optimizer.zero_grad()
    total = 0.0
    for images, labels in loader:
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        total += loss.item() * len(images)
    optimizer.step()
    return total


@wrong("train_epoch", "no dataset")
def epoch_divided_by_the_data_set(model, loader, optimizer):
    model.train()
    total_loss = 0
    for images, labels in loader:
        total_loss += train_step(model, images, labels, optimizer) * images.size(0)
    return total_loss / len(loader.dataset)


@wrong("train_epoch")
def epoch_with_equal_batches(model, loader, optimizer):
    """Takes every batch to be as large as the last."""
    total = 0.0
    for images, labels in loader:
        total += train_step(model, images, labels, optimizer) * len(labels)
    return total / (len(labels) * len(loader))


@wrong("train_epoch")
def epoch_without_single_steps(model, loader, optimizer):
    """Train mode is set once, and an evaluation in the loop undoes it."""
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        model.eval()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


@wrong("train_epoch")
def epoch_skipping_small_batches(model, loader, optimizer):
    """Batch normalisation dislikes small batches, so they are left out."""
    total, count = 0.0, 0
    for images, labels in loader:
        if len(labels) > 2:
            total += train_step(model, images, labels, optimizer) * len(labels)
            count += len(labels)
    return total / count


@wrong("train_epoch")
def epoch_with_rounded_losses(model, loader, optimizer):
    """As they are often printed."""
    total, count = 0.0, 0
    for images, labels in loader:
        total += round(train_step(model, images, labels, optimizer), 2) * len(labels)
        count += len(labels)
    return total / count


@wrong("train_epoch")
def epoch_that_sorts_its_batches(model, loader, optimizer):
    """The order of the batches is the loader's affair."""
    total, count = 0.0, 0
    for images, labels in sorted(loader, key=lambda batch: -len(batch[1])):
        total += train_step(model, images, labels, optimizer) * len(labels)
        count += len(labels)
    return total / count


@wrong("train_step")
def step_clipped_at_ten(model, images, labels, optimizer):
    """Only gradients longer than ten are cut."""
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm=10)
    optimizer.step()
    return loss.item()


@wrong("train_step")
def step_with_weight_decay(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1 - 1e-4 * optimizer.param_groups[0]["lr"])
    optimizer.step()
    return loss.item()


@wrong("train_step")
def step_with_a_penalty(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    penalty = sum((w**2).sum() for w in model.parameters())
    loss = F.cross_entropy(model(images), labels)
    (loss + 1e-5 * penalty).backward()
    optimizer.step()
    return loss.item()


@wrong("train_step")
def step_after_others_only(model, images, labels, optimizer):
    """The very first step finds no gradients to clear."""
    model.train()
    for parameter in model.parameters():
        parameter.grad.zero_()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("train_step")
def step_with_a_smoothed_loss(model, images, labels, optimizer):
    """Returns a running mean over the steps, as progress bars show it."""
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    model.seen = [*getattr(model, "seen", []), loss.item()]
    return sum(model.seen) / len(model.seen)


@wrong("train_step", "clear the gradients|as a tensor|whole graph")
def step_of_a_beginner(net, x, y, opt):
    net.train()
    out = net(x)
    criterion = nn.CrossEntropyLoss()
    loss = criterion(out, y)
    loss.backward()
    opt.step()
    return loss


@wrong("train_step", "softmax|train mode")
def step_of_a_homework(model, images, labels, optimizer):
    probs = nn.Softmax(dim=1)(model(images))
    error = nn.CrossEntropyLoss()(probs, labels)
    optimizer.zero_grad()
    error.backward()
    optimizer.step()
    return float(error)


@wrong("train_step", "between backward|sum the losses|Take their mean")
def step_in_the_wrong_order(model, images, labels, optimizer):
    model.train()
    logits = model(images)
    total = F.cross_entropy(logits, labels, reduction="sum")
    total.backward()
    optimizer.zero_grad()
    optimizer.step()
    return total.item()


@wrong("train_step", "return|None")
def step_that_prints(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    print("loss:", loss.item())


@wrong("train_step", "tuple|one number|Asked is a float")
def step_with_an_accuracy(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (logits.argmax(1) == labels).float().mean().item()


@wrong("train_step", r"never call step\(\)|parentheses")
def step_not_called(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step  # noqa: B018
    return loss.item()


@wrong("train_step", "loss|cross entropy")
def step_with_binary_cross_entropy(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    logits = model(images)
    targets = torch.zeros_like(logits)
    targets[torch.arange(len(labels)), labels] = 1
    loss = nn.BCEWithLogitsLoss()(logits, targets)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("train_step", "optimiser of your own|as a tensor")
def step_with_its_own_adam(model, images, labels, optimizer):
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    opt.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    opt.step()
    return loss


@wrong("train_step", "yourself|optimiser")
def step_by_hand(model, images, labels, optimizer):
    model.train()
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    for parameter in model.parameters():
        parameter.data -= optimizer.param_groups[0]["lr"] * parameter.grad
    return loss.item()


@wrong("train_step", "before backward|nll_loss|logarithms")
def step_too_soon(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    loss = F.nll_loss(model(images), labels)
    optimizer.step()
    loss.backward()
    return loss.item()


@wrong("accuracy")
def accuracy_of_sure_answers(model, loader):
    """Right only where the label's probability is above one half."""
    was = model.training
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            shares = model(images).softmax(dim=1)
            right += (shares[torch.arange(len(labels)), labels] > 0.5).sum().item()
            total += len(labels)
    model.train(was)
    return right / total


@wrong("accuracy")
def accuracy_to_four_digits(model, loader):
    mode = model.training
    model.eval()
    with torch.no_grad():
        hits = [model(x).argmax(dim=1) == y for x, y in loader]
    model.train(mode)
    return round(torch.cat(hits).double().mean().item(), 4)


@wrong("accuracy")
def accuracy_of_the_last_size(model, loader):
    """Takes every batch to be as large as the last one."""
    mode = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
    model.train(mode)
    return right / (len(loader) * len(labels))


@wrong("accuracy", "attribute training|layers in eval mode")
def accuracy_with_a_switch_of_its_own(model, loader):
    mode = model.training
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    model.training = mode
    return right / total


@wrong("accuracy", "average the accuracies|forgot model.eval")
def accuracy_of_a_tutorial(model, loader):
    total_acc, batches = 0.0, 0
    with torch.no_grad():
        for x, y in loader:
            preds = torch.argmax(model(x), dim=1)
            total_acc += (preds == y).float().mean().item()
            batches += 1
    return total_acc / batches


@wrong("accuracy", "per cent|no_grad")
def accuracy_in_per_cent(net, testloader):
    was = net.training
    net.eval()
    correct, total = 0, 0
    for data in testloader:
        images, labels = data
        outputs = net(images)
        _, predicted = torch.max(outputs.data, 1)
        total += labels.size(0)
        correct += (predicted == labels).sum().item()
    net.train(was)
    return 100 * correct / total


@wrong("accuracy", "dataset|eval mode")
def accuracy_of_the_quickstart(model, dataloader):
    size = len(dataloader.dataset)
    model.eval()
    correct = 0
    with torch.no_grad():
        for X, y in dataloader:
            pred = model(X)
            correct += (pred.argmax(1) == y).type(torch.float).sum().item()
    correct /= size
    return correct


@wrong("accuracy", "largest logit itself|left the model in eval")
def accuracy_with_both_from_max(model, loader):
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            prediction, _ = model(images).max(1)
            right += (prediction == labels).sum().item()
            total += labels.shape[0]
    return right / total


@wrong("accuracy", "text|a float")
def accuracy_as_a_text(model, loader):
    was = model.training
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    model.train(was)
    return f"{right / total:.2%}"


@wrong("accuracy", "tensor|fraction that is wrong|error")
def accuracy_as_an_error_tensor(model, loader):
    was = model.training
    model.eval()
    wrong_ones, seen = 0, 0
    with torch.no_grad():
        for images, labels in loader:
            wrong_ones += (model(images).argmax(dim=1) != labels).sum()
            seen += len(labels)
    model.train(was)
    return wrong_ones / seen


@wrong("accuracy", "no_grad|into train mode at the end")
def accuracy_that_goes_on_training(model, loader):
    model.eval()
    hits, n = 0, 0
    for images, labels in loader:
        hits += int((model(images).argmax(-1) == labels).sum())
        n += len(images)
    model.train()
    return hits / n


@wrong("accuracy", "first batch|inside the loop|left the model in eval")
def accuracy_that_returns_early(model, loader):
    was_training = model.training
    model.eval()
    correct = total = 0
    with torch.no_grad():
        for images, labels in loader:
            correct += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
            return correct / total
    model.train(was_training)


@wrong("accuracy", "return|None")
def accuracy_that_prints(model, loader):
    was = model.training
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            total += len(labels)
    model.train(was)
    print("Accuracy:", right / total)


@wrong("one_cycle")
def cycle_with_a_last_step_of_its_own(step, total_steps, max_lr, warmup=0.3):
    """One step too many in the fall, and zero at its end by force."""
    if step == total_steps - 1:
        return 0.0
    peak = warmup * total_steps
    if step < peak:
        return max_lr * step / peak
    t = (step - peak) / (total_steps - peak)
    return max_lr * 0.5 * (1 + math.cos(math.pi * t))


@wrong("one_cycle")
def cycle_with_a_warmup_always(step, total_steps, max_lr, warmup=0.3):
    """A warm-up of 0 is taken for none given."""
    peak = (warmup or 0.3) * total_steps
    if step < peak:
        return max_lr * step / peak
    t = (step - peak) / (total_steps - 1 - peak)
    return max_lr * 0.5 * (1 + math.cos(math.pi * t))


@wrong("one_cycle")
def cycle_with_a_peak_rounded_up(step, total_steps, max_lr, warmup=0.3):
    peak = math.ceil(warmup * total_steps)
    if step < peak:
        return max_lr * step / peak
    t = (step - peak) / (total_steps - 1 - peak)
    return max_lr * 0.5 * (1 + math.cos(math.pi * t))


@wrong("one_cycle", "cut the peak|whole step|quarter of a cosine")
def cycle_of_a_homework(step, total_steps, max_lr, warmup=0.3):
    warm_steps = int(total_steps * warmup)
    if step < warm_steps:
        lr = max_lr * step / warm_steps
    else:
        progress = (step - warm_steps) / (total_steps - 1 - warm_steps)
        lr = max_lr * math.cos(progress * math.pi / 2)
    return lr


@wrong("one_cycle", "does not quite reach 0|starts above 0")
def cycle_of_a_blog(step, total_steps, max_lr, warmup=0.3):
    warm = warmup * total_steps
    if step < warm:
        return max_lr * (step + 1) / warm
    t_max = total_steps - warm
    return 0.5 * max_lr * (1 + math.cos(math.pi * (step - warm) / t_max))


@wrong("one_cycle", "left out max_lr|straight line")
def cycle_as_a_factor(step, total_steps, max_lr, warmup=0.3):
    peak = warmup * total_steps
    if step < peak:
        return step / peak
    return 1 - (step - peak) / (total_steps - 1 - peak)


@wrong("one_cycle", "from step 0|does not quite reach")
def cycle_from_the_start(step, total_steps, max_lr, warmup=0.3):
    peak = warmup * total_steps
    if step < peak:
        return max_lr / peak * step
    return max_lr * (1 + math.cos(math.pi * step / total_steps)) / 2


@wrong("one_cycle", "the wrong way|twice max_lr|1 [+] cos")
def cycle_upside_down(step, total_steps, max_lr, warmup=0.3):
    top = warmup * total_steps
    if step < top:
        return max_lr * (step / top)
    share = (step - top) / (total_steps - 1 - top)
    return max_lr * (1 - math.cos(math.pi * share))


@wrong("one_cycle", "fall|after the peak|from step|step [<>]")
def cycle_with_a_power(step, total_steps, max_lr, warmup=0.3):
    peak = warmup * total_steps
    if step < peak:
        return max_lr * step / peak
    return max_lr * (1 - (step - peak) / (total_steps - 1 - peak)) ** 2


@wrong("one_cycle", "a list|one number|Asked is a float")
def cycle_as_a_list(step, total_steps, max_lr, warmup=0.3):
    peak = warmup * total_steps
    rates = []
    for s in range(total_steps):
        if s < peak:
            rates.append(max_lr * s / peak)
        else:
            t = (s - peak) / (total_steps - 1 - peak)
            rates.append(max_lr * (1 + math.cos(math.pi * t)) / 2)
    return rates


@wrong("one_cycle", "return|None|throws it away")
def cycle_without_a_last_return(step, total_steps, max_lr, warmup=0.3):
    peak = warmup * total_steps
    if step < peak:
        return max_lr * step / peak
    t = (step - peak) / (total_steps - 1 - peak)
    max_lr * (1 + math.cos(math.pi * t)) / 2


@wrong("one_cycle", "tuple|Asked is a float|comma")
def cycle_with_a_comma(step, total_steps, max_lr, warmup=0.3):
    peak = warmup * total_steps
    if step < peak:
        return (max_lr * step / peak,)
    t = (step - peak) / (total_steps - 1 - peak)
    return (max_lr * (1 + math.cos(math.pi * t)) / 2,)


@wrong("random_crop_flip")
def views_channel_by_channel(images, padding=4, generator=None):
    """Each channel is shifted by itself, which is no picture any more."""
    n, channels, height, width = images.shape
    out = torch.empty_like(images)
    for i, plane in enumerate(F.pad(images, (padding,) * 4).flatten(0, 1)):
        top, left = torch.randint(2 * padding + 1, (2,), generator=generator).tolist()
        view = plane[top : top + height, left : left + width]
        heads = torch.rand((), generator=generator) < 0.5
        out[i // channels, i % channels] = view.flip(-1) if heads else view
    return out


@wrong("random_crop_flip")
def views_of_every_second_image(images, padding=4, generator=None):
    """Half of the images are mirrored, and always the same ones."""
    height, width = images.shape[2:]
    views = []
    for i, image in enumerate(F.pad(images, (padding,) * 4)):
        top, left = torch.randint(2 * padding + 1, (2,), generator=generator).tolist()
        view = image[:, top : top + height, left : left + width]
        views.append(view.flip(2) if i % 2 else view)
    return torch.stack(views)


@wrong("random_crop_flip")
def views_near_the_middle(images, padding=4, generator=None):
    """Normal shifts, cut off at the padding."""
    height, width = images.shape[2:]
    views = []
    for image in F.pad(images, (padding,) * 4):
        shifts = (padding / 2 * torch.randn(2, generator=generator)).round().long()
        top, left = (padding + shifts.clamp(-padding, padding)).tolist()
        view = image[:, top : top + height, left : left + width]
        heads = torch.rand((), generator=generator) < 0.5
        views.append(view.flip(2) if heads else view)
    return torch.stack(views)


@wrong("random_crop_flip")
def views_on_the_other_diagonal(images, padding=4, generator=None):
    height, width = images.shape[2:]
    views = []
    for image in F.pad(images, (padding,) * 4):
        top = int(torch.randint(2 * padding + 1, (), generator=generator))
        left = 2 * padding - top
        view = image[:, top : top + height, left : left + width]
        heads = torch.rand((), generator=generator) < 0.5
        views.append(view.flip(2) if heads else view)
    return torch.stack(views)


@wrong("random_crop_flip", "whole batch|generator")
def views_of_a_batch_at_once(images, padding=4, generator=None):
    n, c, h, w = images.shape
    padded = F.pad(images, (padding, padding, padding, padding), value=0)
    top = random.randint(0, 2 * padding)
    left = random.randint(0, 2 * padding)
    crop = padded[:, :, top : top + h, left : left + w]
    if random.random() < 0.5:
        crop = crop.flip(3)
    return crop.clone()


@wrong("random_crop_flip", "upside down|never reach the last place")
def views_one_place_short(images, padding=4, generator=None):
    n, c, h, w = images.shape
    padded = F.pad(images, (padding,) * 4)
    out = []
    for i in range(n):
        y = torch.randint(0, 2 * padding, (1,), generator=generator).item()
        x = torch.randint(0, 2 * padding, (1,), generator=generator).item()
        crop = padded[i, :, y : y + h, x : x + w]
        if torch.rand(1, generator=generator).item() > 0.5:
            crop = torch.flip(crop, dims=[1])
        out.append(crop)
    return torch.stack(out)


@wrong("random_crop_flip", "only mirror|another dtype")
def views_only_mirrored(images, padding=4, generator=None):
    result = torch.zeros(images.shape)
    coins = torch.rand(len(images), generator=generator)
    for i in range(len(images)):
        result[i] = images[i].flip(-1) if coins[i] < 0.5 else images[i]
    return result


@wrong("random_crop_flip", "in place|changed its input")
def views_written_into_the_batch(images, padding=4, generator=None):
    height, width = images.shape[-2:]
    padded = F.pad(images, [padding] * 4)
    for i in range(images.shape[0]):
        r, s = torch.randint(0, 2 * padding + 1, (2,), generator=generator).tolist()
        images[i] = padded[i, :, r : r + height, s : s + width]
        if torch.rand(1, generator=generator) < 0.5:
            images[i] = images[i].flip(2)
    return images


@wrong("random_crop_flip", "list|generator")
def views_in_a_list(images, padding=4, generator=None):
    _, _, height, width = images.shape
    padded = F.pad(images, (padding, padding, padding, padding))
    views = []
    for image in padded:
        top = torch.randint(0, 2 * padding + 1, (1,)).item()
        left = torch.randint(0, 2 * padding + 1, (1,)).item()
        view = image[:, top : top + height, left : left + width]
        views.append(view.flip(-1) if torch.rand(1) < 0.5 else view)
    return views


@wrong("random_crop_flip", "NumPy|tensor")
def views_of_numpy(images, padding=4, generator=None):
    p = padding
    padded = np.pad(images.numpy(), ((0, 0), (0, 0), (p, p), (p, p)))
    h, w = images.shape[2:]
    views = []
    for image in padded:
        top, left = np.random.randint(0, 2 * p + 1, 2)
        view = image[:, top : top + h, left : left + w]
        views.append(view[:, :, ::-1] if np.random.rand() < 0.5 else view)
    return np.stack(views)


@wrong("random_crop_flip", "sides only|height too")
def views_padded_at_the_sides(images, padding=4, generator=None):
    width = images.shape[-1]
    padded = F.pad(images, (padding, padding))
    views = []
    for image in padded:
        left = int(torch.randint(2 * padding + 1, (1,), generator=generator))
        view = image[..., left : left + width]
        views.append(view.flip(-1) if torch.rand(1, generator=generator) < 0.5 else view)
    return torch.stack(views)


@wrong("random_crop_flip", "rolled|other side|one flip")
def views_rolled(images, padding=4, generator=None):
    out = torch.empty_like(images)
    for i in range(len(images)):
        dy = int(torch.randint(-padding, padding + 1, (1,), generator=generator))
        dx = int(torch.randint(-padding, padding + 1, (1,), generator=generator))
        out[i] = torch.roll(images[i], (dy, dx), dims=(1, 2))
    if torch.rand(1, generator=generator) < 0.5:
        out = out.flip(-1)
    return out


@wrong("random_crop_flip", "return|None")
def views_not_returned(images, padding=4, generator=None):
    height, width = images.shape[-2:]
    padded = F.pad(images, [padding] * 4)
    views = []
    for image in padded:
        top, left = torch.randint(2 * padding + 1, (2,), generator=generator).tolist()
        view = image[:, top : top + height, left : left + width]
        views.append(view.flip(-1) if torch.rand(1, generator=generator) < 0.5 else view)
    torch.stack(views)


@wrong("train_step", "several steps")
def step_ten_times(model, images, labels, optimizer):
    model.train()
    for _ in range(10):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    return loss.item()


@wrong("train_step", "wrong sign")
def step_without_the_minus(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    p = F.softmax(model(images), dim=1)
    loss = torch.log(p[torch.arange(len(labels)), labels]).mean()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("train_step", "graph cut")
def step_on_a_detached_output(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images).detach(), labels)
    loss.requires_grad = True
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("train_step", "a float, and yours is a tuple")
def step_with_loss_and_accuracy(model, images, labels, optimizer):
    model.train()
    optimizer.zero_grad()
    out = model(images)
    loss = F.cross_entropy(out, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (out.argmax(1) == labels).float().mean().item()


@wrong("train_epoch", "average.*second time")
def epoch_of_batches_as_large_as_the_first(model, loader, optimizer):
    batch_size = len(next(iter(loader))[0])
    total = 0
    for x, y in loader:
        total += train_step(model, x, y, optimizer) * batch_size
    return total / (batch_size * len(loader))


@wrong("train_epoch", "all batches at once")
def epoch_in_one_step(model, loader, optimizer):
    model.train()
    optimizer.zero_grad()
    total, n = 0, 0
    for x, y in loader:
        total = total + F.cross_entropy(model(x), y, reduction="sum")
        n += len(y)
    loss = total / n
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("train_epoch", "You sum the losses")
def epoch_on_summed_losses(model, loader, optimizer):
    model.train()
    total, n = 0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y, reduction="sum")
        loss.backward()
        optimizer.step()
        total += loss.item()
        n += len(y)
    return total / n


@wrong("train_epoch", "its dataset")
def epoch_over_the_dataset(model, loader, optimizer):
    total = 0.0
    for images, labels in loader:
        total += train_step(model, images, labels, optimizer) * images.size(0)
    return total / len(loader.dataset)


@wrong("train_epoch", "judge the network")
def epoch_judged_afterwards(model, loader, optimizer):
    for x, y in loader:
        train_step(model, x, y, optimizer)
    model.eval()
    total, n = 0.0, 0
    with torch.no_grad():
        for x, y in loader:
            total += F.cross_entropy(model(x), y, reduction="sum").item()
            n += len(y)
    return total / n


@wrong("accuracy", "eval.*//.*per cent")
def accuracy_of_the_torch_tutorial(model, loader):
    correct = 0
    total = 0
    with torch.no_grad():
        for data in loader:
            images, labels = data
            outputs = model(images)
            _, predicted = torch.max(outputs, 1)
            total += labels.size(0)
            correct += (predicted == labels).sum().item()
    return 100 * correct // total


@wrong("accuracy", "no dim")
def accuracy_of_argmax_without_dim(model, loader):
    was = model.training
    model.eval()
    correct, total = 0, 0
    with torch.no_grad():
        for x, y in loader:
            correct += (model(x).argmax() == y).sum().item()
            total += len(y)
    model.train(was)
    return correct / total


@wrong("one_cycle", "starts at max_lr / 25.*ends a little above")
def cycle_with_the_ends_of_torch(step, total_steps, max_lr, warmup=0.3):
    init, final = max_lr / 25, max_lr / 1e4
    peak = warmup * total_steps
    if step < peak:
        return init + (max_lr - init) * step / peak
    t = (step - peak) / (total_steps - 1 - peak)
    return final + (max_lr - final) * 0.5 * (1 + math.cos(math.pi * t))


@wrong("one_cycle", "left out pi")
def cycle_without_pi(step, total_steps, max_lr, warmup=0.3):
    peak = warmup * total_steps
    if step < peak:
        return max_lr * step / peak
    t = (step - peak) / (total_steps - 1 - peak)
    return max_lr * 0.5 * (1 + math.cos(t))


@wrong("one_cycle", "from step 0.*whole step")
def cycle_over_all_steps(step, total_steps, max_lr, warmup=0.3):
    warm = int(total_steps * warmup)
    if step < warm:
        return max_lr * step / warm
    return max_lr * 0.5 * (1 + math.cos(math.pi * step / total_steps))


@wrong("one_cycle", "Parentheses")
def cycle_without_parentheses(step, total_steps, max_lr, warmup=0.3):
    peak = warmup * total_steps
    if step < peak:
        return max_lr * step / peak
    t = (step - peak) / (total_steps - 1 - peak)
    return max_lr * 0.5 * 1 + math.cos(math.pi * t)


@wrong("one_cycle", "linspace")
def cycle_with_a_linspace(step, total_steps, max_lr, warmup=0.3):
    peak = int(warmup * total_steps)
    rise = list(np.linspace(0, max_lr, peak))
    angles = [math.pi * i / (total_steps - peak - 1) for i in range(total_steps - peak)]
    return (rise + [max_lr * 0.5 * (1 + math.cos(angle)) for angle in angles])[step]


@wrong("one_cycle", "for every step")
def cycle_that_always_computes_the_rise(step, total_steps, max_lr, warmup=0.3):
    peak = warmup * total_steps
    up = step / peak
    down = (1 + math.cos(math.pi * (step - peak) / (total_steps - 1 - peak))) / 2
    return max_lr * (up if step < peak else down)


def _views(images, padding, generator):
    """A crop and a coin for each image."""
    h, w = images.shape[-2:]
    padded = F.pad(images, (padding,) * 4)
    for image in padded:
        top, left = torch.randint(0, 2 * padding + 1, (2,), generator=generator).tolist()
        yield (
            image[:, top : top + h, left : left + w],
            torch.rand(1, generator=generator).item() < 0.5,
        )


@wrong("random_crop_flip", "stack makes a new one")
def crop_flip_joined_by_cat(images, padding=4, generator=None):
    return torch.cat([v.flip(-1) if up else v for v, up in _views(images, padding, generator)])


@wrong("random_crop_flip", "order of the channels")
def crop_flip_of_the_channels(images, padding=4, generator=None):
    return torch.stack([v.flip(0) if up else v for v, up in _views(images, padding, generator)])


@wrong("random_crop_flip", "-0 is 0")
def crop_flip_with_an_empty_slice(images, padding=4, generator=None):
    n, c, h, w = images.shape
    padded = torch.zeros(n, c, h + 2 * padding, w + 2 * padding, dtype=images.dtype)
    padded[:, :, padding:-padding, padding:-padding] = images
    out = torch.zeros_like(images)
    for i in range(n):
        top, left = torch.randint(0, 2 * padding + 1, (2,), generator=generator).tolist()
        out[i] = padded[i, :, top : top + h, left : left + w]
        if torch.rand(1, generator=generator) < 0.5:
            out[i] = out[i].flip(-1)
    return out


@wrong("random_crop_flip", "rolled")
def crop_flip_by_roll(images, padding=4, generator=None):
    out = images.clone()
    for i in range(len(images)):
        dy, dx = torch.randint(-padding, padding + 1, (2,), generator=generator).tolist()
        out[i] = torch.roll(images[i], (dy, dx), dims=(1, 2))
        if torch.rand(1, generator=generator) < 0.5:
            out[i] = out[i].flip(-1)
    return out


@wrong("random_crop_flip", "whole batch.*Python's random")
def crop_flip_of_the_batch_by_python(images, padding=4, generator=None):
    h, w = images.shape[-2:]
    padded = F.pad(images, (padding, padding, padding, padding))
    top = random.randint(0, 2 * padding)
    left = random.randint(0, 2 * padding)
    out = padded[:, :, top : top + h, left : left + w]
    if random.random() < 0.5:
        out = out.flip(-1)
    return out
