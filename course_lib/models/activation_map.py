"""Where a network looks: the class activation map, and Grad-CAM, which works on every stage."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def class_activation_map(
    model: nn.Module,
    images: Tensor,
    class_index: int | Tensor,
    layer: str | None = None,
) -> Tensor:
    """How much each place of the normalised images (N, C, H, W) speaks for a class: (N, H, W).

    On the last stage, which is the default ("layer4" of a ResNet): the feature maps, summed with
    the class's weights in the head (Zhou et al. 2016, arXiv 1512.04150). Before it is enlarged to
    the images' size, its mean plus the head's bias is exactly the class's logit. So it splits the
    answer into places; what is negative speaks against the class.

    That holds for no earlier stage, as the head does not see it. There you get `grad_cam`: what the
    logit would do if the stage's maps grew a little, to first order.

    `class_index` is a number, or one for each image. The model runs in eval mode and comes back as
    it was. Raises ValueError for a class or a stage that the model does not have.
    """
    names, head = _parts(model)
    if layer not in (None, names[-1]):
        return grad_cam(model, images, class_index, layer)
    which = _classes(head, class_index, len(images))
    with torch.no_grad():
        features, _ = _run(model, images, names[-1])
        maps = torch.einsum("nc,nchw->nhw", head.weight[which], features)
    return _enlarge(maps, images)


def grad_cam(
    model: nn.Module, images: Tensor, class_index: int | Tensor, layer: str | None = None
) -> Tensor:
    """The feature maps of a stage, summed with the mean of their gradients of the class's logit.

    Selvaraju et al. 2017, section 3 (arXiv 1610.02391), without the last step of their equation 2:
    `.clamp(min=0)` keeps what speaks for the class alone. On the last stage this is the class
    activation map, divided by the number of places in a feature map. Arguments, shapes and errors
    are those of `class_activation_map`.
    """
    names, head = _parts(model)
    if layer not in (None, *names):
        raise ValueError(f"the model has no stage {layer!r}: choose one of {', '.join(names)}")
    which = _classes(head, class_index, len(images))
    with torch.enable_grad():
        # The input asks for a gradient, so that there is one even where all weights are frozen.
        features, logits = _run(model, images.detach().requires_grad_(), layer or names[-1])
        scores = logits.gather(1, which.unsqueeze(1)).sum()
        [gradient] = torch.autograd.grad(scores, features)
    weights = gradient.mean(dim=(2, 3))
    return _enlarge(torch.einsum("nc,nchw->nhw", weights, features.detach()), images)


def stages(model: nn.Module) -> tuple[str, ...]:
    """The names of the model's stages, first one first: "layer1", "layer2", ..."""
    names, _ = _parts(model)
    return names


def _parts(model: nn.Module) -> tuple[tuple[str, ...], nn.Linear]:
    """The names of the stages, and the head."""
    names = tuple(name for name, _ in model.named_children() if name.startswith("layer"))
    head = getattr(model, "fc", None)
    if not names or not isinstance(head, nn.Linear):
        raise ValueError(f"{type(model).__name__} does not have stages layer1, ... and a head fc")
    return names, head


def _classes(head: nn.Linear, class_index: int | Tensor, n: int) -> Tensor:
    which = torch.as_tensor(class_index, device=head.weight.device)
    if which.shape not in ((), (n,)):
        raise ValueError(f"class_index must be one number or {n}, got {class_index}")
    outputs = head.out_features
    if ((which < 0) | (which >= outputs)).any():
        raise ValueError(f"class_index must be 0 to {outputs - 1}, got {class_index}")
    return which.expand(n)


def _run(model: nn.Module, images: Tensor, layer: str) -> tuple[Tensor, Tensor]:
    """The output of the stage `layer`, and the logits."""
    kept = []
    hook = getattr(model, layer).register_forward_hook(lambda *call: kept.append(call[2]))
    modes = [(module, module.training) for module in model.modules()]
    try:
        logits = model.eval()(images)
    finally:
        hook.remove()
        for module, training in modes:
            module.training = training
    return kept[0], logits


def _enlarge(maps: Tensor, images: Tensor) -> Tensor:
    size = images.shape[-2:]
    return F.interpolate(maps.unsqueeze(1), size, mode="bilinear", align_corners=False).squeeze(1)
