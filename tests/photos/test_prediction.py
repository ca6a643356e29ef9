"""`predict`, `batches` and `predict_files`."""

import pytest
import torch
from torch import nn

from course_lib.models.cifar import CifarResNet
from course_lib.photos.decoding import PictureError
from course_lib.photos.prediction import batches, predict, predict_files
from course_lib.photos.preprocessing import Preprocessing
from tests.photos.folders import clothes

CLASSES = ("a", "b", "c", "d")
GREY = Preprocessing(28, 28, mean=(0.3,), std=(0.35,))


@pytest.fixture
def model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return CifarResNet(8, width=4, in_channels=1, num_classes=4)


@pytest.mark.parametrize("training", [True, False])
def test_predict_gives_the_best_first(model, training):
    model.train(training)
    before = {name: each.clone() for name, each in model.state_dict().items()}
    images = torch.randn(3, 1, 28, 28)
    answer = predict(model, images, CLASSES, k=2)
    assert model.training == training
    assert all(torch.equal(each, before[name]) for name, each in model.state_dict().items())
    expected = model.eval()(images).softmax(1)
    assert [len(pairs) for pairs in answer] == [2, 2, 2]
    for pairs, probabilities in zip(answer, expected, strict=True):
        order = probabilities.argsort(descending=True)[:2].tolist()
        assert [name for name, _ in pairs] == [CLASSES[i] for i in order]
        assert [value for _, value in pairs] == pytest.approx(probabilities[order].tolist())
        assert all(type(value) is float for _, value in pairs)


def test_predict_gives_all_classes_where_there_are_fewer_than_k(model):
    [pairs] = predict(model, torch.randn(1, 1, 28, 28), CLASSES)
    assert sorted(name for name, _ in pairs) == list(CLASSES)
    assert sum(value for _, value in pairs) == pytest.approx(1)


@pytest.mark.parametrize(
    ("classes", "k", "words"),
    [(CLASSES, 0, "k must be at least 1, got 0"), (CLASSES[:3], 1, "3 classes .* 4 outputs")],
)
def test_predict_refuses(model, classes, k, words):
    with pytest.raises(ValueError, match=words):
        predict(model, torch.randn(1, 1, 28, 28), classes, k)


def test_batches_hold_every_item_once():
    assert batches([1, 2, 3, 4, 5], 2) == [[1, 2], [3, 4], [5]]
    assert batches((1, 2, 3, 4), 2) == [(1, 2), (3, 4)]
    assert batches("abc", 9) == ["abc"]
    assert batches([], 3) == []
    assert [len(each) for each in batches(torch.arange(10), 4)] == [4, 4, 2]
    for size in (0, -1):
        with pytest.raises(ValueError, match=f"got {size}"):
            batches([1], size)


def test_predict_files_answers_for_each_file_in_order(model, tmp_path):
    root = clothes(tmp_path / "x", count=3)
    (root / "Bag" / "bad.png").write_bytes(b"")
    files = sorted(root.glob("*/*.png"))
    sizes = []
    model.register_forward_hook(lambda module, inputs, output: sizes.append(len(inputs[0])))
    answers = list(predict_files(model, files, CLASSES, GREY, k=1, batch_size=4))
    assert sizes == [3, 4, 2]
    assert [file for file, _ in answers] == files
    for file, answer in answers:
        if file.name == "bad.png":
            assert isinstance(answer, PictureError) and "bad.png: the file is empty" in str(answer)
        else:
            [alone] = predict(model, GREY.normalize(GREY.read(file).unsqueeze(0)), CLASSES, k=1)
            assert answer[0][0] == alone[0][0]
            assert answer[0][1] == pytest.approx(alone[0][1], abs=1e-5)


def test_predict_files_with_a_batch_of_unreadable_files_alone(tmp_path):
    (tmp_path / "bad.png").write_bytes(b"")
    [(_, answer)] = predict_files(nn.Identity(), [tmp_path / "bad.png"], CLASSES, GREY)
    assert isinstance(answer, PictureError)
