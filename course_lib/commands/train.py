"""Train a network on your own pictures: a folder with a sub-folder for each class."""

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from course_lib.data import DataError
from course_lib.models.transfer import freeze_backbone, replace_head
from course_lib.photos.class_folders import class_folders
from course_lib.photos.image_folder import scan
from course_lib.trained import model_file
from course_lib.trained.backbone import DEFAULT, load_backbone
from course_lib.trained.published import WeightsUnavailable
from course_lib.trained.shipped import NAME
from course_lib.training.fit import fit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "folder", metavar="FOLDER", type=Path, help="such as pets, with pets/cat and pets/dog in it"
    )
    add(
        "--out",
        metavar="MODEL",
        type=Path,
        help="the file to write (default: pets.safetensors, for pets)",
    )
    add("--epochs", metavar="N", type=int, default=10, help="default: %(default)s")
    add("--batch-size", metavar="N", type=int, default=16, help="default: %(default)s")
    add("--max-lr", metavar="X", type=float, default=0.02, help="learning rate at its peak, 0.02")
    add(
        "--backbone",
        metavar="NAME",
        help=f"the trained network to start from: a published one as resnet50, {NAME}, or a file "
        f"that train wrote (default: {DEFAULT}, or {NAME} if that cannot be had)",
    )
    add("--freeze", action="store_true", help="train the new head alone: faster, learns less")
    add("--no-flip", action="store_true", help="do not mirror pictures, as for digits and letters")
    add("--resume", action="store_true", help="go on with a training that was stopped")


def run(arguments: argparse.Namespace) -> int:
    try:
        return _train(arguments)
    except (DataError, WeightsUnavailable, FloatingPointError) as error:
        raise ValueError(str(error)) from error


def _train(arguments: argparse.Namespace) -> int:
    out = arguments.out or Path(f"{arguments.folder.resolve().name}.safetensors")
    unfinished = out.with_name(f"{out.name}.unfinished")
    if out.exists():
        raise ValueError(f"{out} is there already: delete it, or name another file with --out")
    if unfinished.exists() and not arguments.resume:
        raise ValueError(f"{unfinished} is a training that was stopped: --resume, or delete it")
    if arguments.resume and not unfinished.exists():
        raise ValueError(f"{unfinished} is missing, so there is nothing to resume: leave it out")

    class_folders(arguments.folder.expanduser())  # first what is quick: scan decodes every picture
    backbone = load_backbone(arguments.backbone)
    print(backbone.description)
    folder = scan(arguments.folder)
    print(folder.report())
    preprocessing = replace(backbone.preprocessing, flip=not arguments.no_flip)
    if preprocessing.size < 100:
        torch.set_num_threads(1)  # with so little work each, two would mostly wait for each other
    torch.manual_seed(0)  # the new head's weights
    model = replace_head(backbone.model, len(folder.classes))
    if arguments.freeze:
        freeze_backbone(model)
    train, validation = folder.split()
    print(f"Training on {len(train)} pictures, validating on {len(validation)}.")
    try:
        history = fit(
            model,
            train.prepared(preprocessing),
            validation.prepared(preprocessing),
            epochs=arguments.epochs,
            batch_size=arguments.batch_size,
            max_lr=arguments.max_lr,
            keep_best=True,
            checkpoint=unfinished,
            resume=arguments.resume,
        )
    except FloatingPointError:
        unfinished.unlink(missing_ok=True)  # to go on from there would end in the same way
        raise
    if len(history) < arguments.epochs:
        what_now = "--resume goes on." if unfinished.exists() else "Nothing is kept."
        print(f"Stopped after {len(history)} of {arguments.epochs} epochs. {what_now}")
        return 130  # what a shell expects after Ctrl-C
    recipe = backbone.recipe.with_classes(len(folder.classes))
    model_file.save(out, model, recipe, folder.classes, preprocessing)
    unfinished.unlink()
    score = history.validation_accuracy[history.best_epoch - 1]
    print(
        f"Kept epoch {history.best_epoch} of {len(history)}: {round(score * len(validation))} of "
        f"{len(validation)} validation pictures right, {score:.1%}.\n"
        f"Written to {out}. Now: python -m course_lib predict {out} PICTURES"
    )
    return 0
