"""The epochs of a training: `fit` runs them one after the other."""

import time
from dataclasses import asdict
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.data import Images
from course_lib.models.transfer import train_mode
from course_lib.training import random_state
from course_lib.training.checks import check_outputs
from course_lib.training.history import History
from course_lib.training.loading import Batches, Data, loader
from course_lib.training.progress import Progress
from course_lib.training.steps import accuracy, one_cycle


class Training:
    """A training under way: what its epochs share, and what each of them changes.

    `history` and `best`, the weights of the best epoch, are those of the finished epochs. Raises
    ValueError, before anything is changed, for a model that does not fit the data.
    """

    def __init__(
        self,
        model: nn.Module,
        train: Data,
        validation: Data,
        settings: dict[str, Any],
        device: torch.device,
    ) -> None:
        self.model, self.settings, self.device = model, settings, device
        self.train, self.validation = loader(train, device), loader(validation, device)
        [(image, _)] = self.train.batches([torch.tensor([0])])
        check_outputs(model, train, image)
        epochs, max_lr = settings["epochs"], settings["max_lr"]
        self.optimizer = torch.optim.SGD(
            model.parameters(),
            max_lr,
            momentum=0.9,
            nesterov=True,
            weight_decay=settings["weight_decay"],
        )
        self.steps = len(train) // settings["batch_size"]  # of an epoch
        total = epochs * self.steps
        # Two rates more than steps: the first and the last are zero and would teach nothing.
        self.rates = [one_cycle(step + 1, total + 2, max_lr) for step in range(total)]
        self.history = History(epochs)
        self.best: dict[str, Tensor] | None = None

    def state(self) -> dict[str, Any]:
        """What `restore` needs to go on from here, for a checkpoint."""
        return {
            "weights": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "best": self.best,
            "random": random_state.get(self.device),
            "history": asdict(self.history),
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.model.load_state_dict(saved["weights"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.best = saved["best"]
        random_state.put(self.device, saved["random"])
        self.history = History(**saved["history"])

    def epoch(self, progress: Progress) -> None:
        """Learn from every training image once, then judge by the validation images."""
        epochs, size = self.settings["epochs"], self.settings["batch_size"]
        start, first = time.perf_counter(), len(self.history.losses)
        order = torch.randperm(len(self.train.data), device=self.device).split(size)[: self.steps]
        batches = self.train.batches(order, self.settings["augment"])
        losses, learned = self.learn(batches, first, progress)
        speed = self.steps * size / (time.perf_counter() - start)

        pictures = self.validation.data
        order = torch.arange(len(pictures), device=self.device)
        order = order.split(512 if isinstance(pictures, Images) else size)
        with _autocast(self.device):
            judged = accuracy(self.model, self.validation.batches(order))
        rates = self.rates[first : first + self.steps]
        self.history += History(epochs, losses, rates, [learned], [judged], [speed])
        if self.settings["keep_best"] and self.history.best_epoch == len(self.history):
            weights = self.model.state_dict()
            self.best = {name: tensor.clone() for name, tensor in weights.items()}
        progress.epoch(self.history)

    def learn(self, batches: Batches, first: int, progress: Progress) -> tuple[list[float], float]:
        """The losses of an epoch whose first step is number `first`, and the accuracy in passing.

        Raises FloatingPointError for a loss that is not finite.
        """
        train_mode(self.model)
        losses, correct, total = [], torch.tensor(0, device=self.device), 0
        for step, (images, labels) in enumerate(batches, start=first):
            self.optimizer.param_groups[0]["lr"] = self.rates[step]
            self.optimizer.zero_grad()
            with _autocast(self.device):
                logits = self.model(images)
                smoothing = self.settings["label_smoothing"]
                loss = F.cross_entropy(logits, labels, label_smoothing=smoothing)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach())
            correct += (logits.argmax(dim=1) == labels).sum()
            total += len(labels)
            # To read a number off a GPU is to wait for it: do so only now and then.
            if progress.step(1 / self.steps):
                progress.say(loss.item(), correct.item() / total)
                _check_finite(losses, self.rates, first)
        _check_finite(losses, self.rates, first)
        return torch.stack(losses).tolist(), correct.item() / total


def _check_finite(losses: list[Tensor], rates: list[float], first: int) -> None:
    finite = torch.stack(losses).isfinite().tolist()
    if not all(finite):
        step = finite.index(False)
        raise FloatingPointError(
            f"the loss is {losses[step].item()} at step {first + step} of {len(rates)}, with the "
            f"learning rate at {rates[first + step]:.3g}. Try a smaller max_lr first; then look "
            "for a layer without batch normalisation, or for images that are not normalised."
        )


def _autocast(device: torch.device) -> torch.autocast:
    """bfloat16 where the hardware computes with it, float32 elsewhere."""
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:  # older releases of torch cannot tell
        found: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
        fast = bool(found.get("avx512_bf16") or found.get("amx_bf16"))
    return torch.autocast(device.type, torch.bfloat16, enabled=fast)
