"""The bundled data, the script that builds them, and what `load` does when something is wrong."""

import gzip
import hashlib
import importlib.util
import io
import pickle
import re
import struct
import subprocess
import sys
import urllib.error
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision.datasets
from PIL import Image

from course_lib import data

ORIGINALS = Path("/usr/share/datasets/fashion-mnist")
COUNTS = {
    ("digits", "train"): [150] * 10,
    ("digits", "test"): [28, 32, 27, 33, 31, 32, 31, 29, 24, 30],
    ("fashion_mnist_10k", "train"): [1000] * 10,
    ("fashion_mnist_10k", "test"): [200] * 10,
}
SIZES = {"digits": 8, "fashion_mnist_10k": 28}


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """No test reads what lies in COURSE_DATA or data/downloads, and none uses the network."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setattr(data, "DOWNLOADS", tmp_path / "downloads")

    def no_network(*args, **kwargs):
        raise urllib.error.URLError("no network in tests")

    monkeypatch.setattr("urllib.request.urlopen", no_network)


@pytest.fixture
def bundled_copy(tmp_path, monkeypatch):
    """A copy of data/digits.npz that a test may spoil."""
    copy = tmp_path / "digits.npz"
    copy.write_bytes((data.DATA / "digits.npz").read_bytes())
    monkeypatch.setattr(data, "DATA", tmp_path)
    return copy


# The bundled sets


@pytest.mark.parametrize(("name", "split"), COUNTS)
def test_bundled(name, split):
    loaded = data.load(name, split)
    counts = COUNTS[name, split]
    assert loaded.labels.bincount().tolist() == counts
    assert len(loaded) == sum(counts) == len(loaded.labels)
    assert loaded.images.shape == (len(loaded), 1, SIZES[name], SIZES[name])
    assert loaded.images.dtype == torch.uint8 and loaded.labels.dtype == torch.int64
    assert loaded.images.min() == 0 and loaded.images.max() == 255
    assert len(loaded.classes) == 10
    assert (loaded.name, loaded.split) == (name, split)
    assert f"{len(loaded):,} {'training' if split == 'train' else 'test'} images" in loaded.source
    assert "bundled" in loaded.source
    assert ("class-balanced subset" in loaded.source) == (name == "fashion_mnist_10k")


@pytest.mark.parametrize("name", SIZES)
def test_no_image_is_in_both_splits(name):
    train, test = (data.load(name, split).images.flatten(1) for split in data.SPLITS)
    seen = {image.numpy().tobytes() for image in train}
    repeated = sum(image.numpy().tobytes() in seen for image in test)
    assert repeated == 0


@pytest.mark.parametrize("name", SIZES)
def test_mean_and_std_are_those_of_the_training_split(name):
    train = data.load(name, "train")
    scaled = train.images.double() / 255
    assert train.mean == pytest.approx([scaled.mean().item()], abs=5e-5)
    assert train.std == pytest.approx([scaled.std().item()], abs=2e-4)
    assert data.load(name, "test").mean == train.mean


def test_normalize():
    train = data.load("digits", "train")
    normalized = train.normalize(train.images[:7])
    assert normalized.shape == (7, 1, 8, 8) and normalized.dtype == torch.float32
    back = normalized * train.std[0] + train.mean[0]
    torch.testing.assert_close(back, train.images[:7] / 255)


def test_normalize_each_channel_by_its_own_numbers():
    images = torch.zeros(2, 3, 4, 4, dtype=torch.uint8)
    labels = torch.zeros(2, dtype=torch.int64)
    mean, std = (0.1, 0.2, 0.3), (1.0, 2.0, 3.0)
    rgb = data.Images(images, labels, ("a",), "rgb", "train", "made up", mean, std)
    expected = torch.tensor([-0.1, -0.1, -0.1]).view(1, 3, 1, 1).expand(2, 3, 4, 4)
    torch.testing.assert_close(rgb.normalize(images), expected)


def test_images_prints_in_one_line():
    assert repr(data.load("digits", "test")) == "Images('digits', 'test', (297, 1, 8, 8))"


def test_bundled_data_load_without_torchvision():
    program = (
        "import sys; from course_lib import data; data.load('digits', 'train');"
        "assert 'torchvision' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=data.DATA.parent)


def test_readme_licences_and_sizes():
    readme = (data.DATA / "README.md").read_text(encoding="utf-8")
    sums = {file: digest for digest, file in re.findall(r"^([0-9a-f]{64})  (\S+)$", readme, re.M)}
    assert sums.keys() == {path.name for path in data.DATA.glob("*.npz")}
    for file, digest in sums.items():
        content = (data.DATA / file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest
        assert f"{len(content):,}" in readme
    for licence, words in {
        "fashion-mnist-MIT.txt": ("The MIT License", "2017 Zalando SE"),
        "digits-CC-BY-4.0.txt": ("Alpaydin", "creativecommons.org/licenses/by/4.0", "Changes"),
    }.items():
        assert f"LICENSES/{licence}" in readme
        text = (data.DATA / "LICENSES" / licence).read_text(encoding="utf-8")
        assert all(word in text for word in words)
    assert sum(path.stat().st_size for path in data.DATA.glob("*.npz")) < 8_000_000


# What can go wrong


@pytest.mark.parametrize("name", ["mnist", "Digits", "", None, ["digits"]])
def test_unknown_name(name):
    with pytest.raises(ValueError, match="digits, fashion_mnist_10k, fashion_mnist, cifar10") as e:
        data.load(name, "train")
    assert repr(name) in str(e.value)


def test_unknown_split():
    with pytest.raises(ValueError, match="'val'.*train, test"):
        data.load("digits", "val")


def altered(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize("damage", [altered, lambda content: content[:40_000], lambda _: b""])
def test_cut_off_or_altered_file(bundled_copy, damage):
    content = bundled_copy.read_bytes()
    bundled_copy.write_bytes(damage(content))
    with pytest.raises(data.DataError) as e:
        data.load("digits", "train")
    for part in (
        str(bundled_copy),
        "cut off or altered",
        f"{len(bundled_copy.read_bytes()):,} bytes",
        "47,260 bytes",
        hashlib.sha256(content).hexdigest(),
        data.restore("data/digits.npz"),
    ):
        assert part in str(e.value)


def test_missing_file(bundled_copy):
    bundled_copy.unlink()
    with pytest.raises(data.DataError) as e:
        data.load("digits", "train")
    for part in (
        f"{bundled_copy} is missing",
        "47,260 bytes",
        data.restore("data/digits.npz"),
    ):
        assert part in str(e.value)


@pytest.mark.parametrize(
    ("in_clone", "words"), [(True, "git checkout -- data/x"), (False, "Install the course anew")]
)
def test_the_remedy_fits_a_clone_and_an_installed_package(monkeypatch, in_clone, words):
    monkeypatch.setattr(data, "IN_CLONE", in_clone)
    assert words in data.restore("data/x")


# Full sets, made small


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def fashion_arrays(per_class: int = 6) -> dict[str, np.ndarray]:
    """Random images of the ten classes, as torchvision's raw folder names them."""
    random = np.random.RandomState(1)
    labels = random.permutation(np.repeat(np.arange(10, dtype=np.uint8), per_class))
    images = random.randint(0, 256, (2, len(labels), 28, 28)).astype(np.uint8)
    return {
        "train-images-idx3-ubyte": images[0],
        "train-labels-idx1-ubyte": labels,
        "t10k-images-idx3-ubyte": images[1],
        "t10k-labels-idx1-ubyte": labels[::-1].copy(),
    }


@pytest.fixture
def fashion_files(monkeypatch):
    """Contents of small raw files, which now count as the genuine ones."""
    files = {name: idx(array) for name, array in fashion_arrays().items()}
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(data, "_FASHION_SHA256", sums)
    return files


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


@pytest.fixture
def fashion_download(fashion_files, monkeypatch):
    """torchvision's class as it is, but what it downloads is small and comes from here."""

    def download(self):
        write_files(Path(self.raw_folder), fashion_files)

    monkeypatch.setattr(torchvision.datasets.FashionMNIST, "download", download)


def test_download_once(fashion_download, monkeypatch):
    assert data.available() == ("digits", "fashion_mnist_10k")
    train = data.load("fashion_mnist", "train")
    arrays = fashion_arrays()
    assert train.source == "Fashion-MNIST, 60 training images, from data/downloads"
    assert np.array_equal(train.images[:, 0], arrays["train-images-idx3-ubyte"])
    assert np.array_equal(train.labels, arrays["train-labels-idx1-ubyte"])
    assert train.labels.dtype == torch.int64 and train.classes[9] == "Ankle boot"
    assert [path.name for path in data.DOWNLOADS.iterdir()] == ["FashionMNIST"]
    assert data.available() == ("digits", "fashion_mnist_10k", "fashion_mnist")

    def no_second_time(self):
        raise AssertionError("downloaded twice")

    monkeypatch.setattr(torchvision.datasets.FashionMNIST, "download", no_second_time)
    test = data.load("fashion_mnist", "test")
    assert np.array_equal(test.images[:, 0], arrays["t10k-images-idx3-ubyte"])


@pytest.mark.parametrize("name", ["FashionMNIST", "CIFAR10"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("disk full"), RuntimeError("md5")])
def test_interrupted_download_leaves_nothing(name, error, monkeypatch):
    def download(self):
        folder = Path(self.root, {"FashionMNIST": name, "CIFAR10": "cifar-10-batches-py"}[name])
        write_files(folder, {"half": b"written"})
        raise error

    monkeypatch.setattr(getattr(torchvision.datasets, name), "download", download)
    with pytest.raises(KeyboardInterrupt if error is KeyboardInterrupt else data.DataError):
        data.load({"FashionMNIST": "fashion_mnist", "CIFAR10": "cifar10"}[name], "train")
    assert list(data.DOWNLOADS.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "folder"), [("fashion_mnist", "FashionMNIST"), ("cifar10", "cifar-10-batches-py")]
)
def test_no_network(name, folder):
    with pytest.raises(data.DataError) as e:
        data.load(name, "train")
    for part in (
        "could not be downloaded",
        "no network in tests",
        '"fashion_mnist_10k"',
        f"COURSE_DATA to a folder that holds {folder}",
    ):
        assert part in str(e.value)
    assert list(data.DOWNLOADS.iterdir()) == []


@pytest.mark.parametrize("damage", [altered, lambda content: content[:20], None])
def test_damaged_download(fashion_download, damage):
    data.load("fashion_mnist", "train")
    file = data.DOWNLOADS / "FashionMNIST" / "raw" / "t10k-images-idx3-ubyte"
    content = file.read_bytes()
    file.unlink()
    if damage:
        file.write_bytes(damage(content))
    with pytest.raises(data.DataError) as e:
        data.load("fashion_mnist", "train")
    assert str(file) in str(e.value) and hashlib.sha256(content).hexdigest() in str(e.value)
    assert f"Delete the folder {data.DOWNLOADS / 'FashionMNIST'}" in str(e.value)


def test_fashion_mnist_from_course_data(fashion_files, tmp_path, monkeypatch):
    write_files(tmp_path / "mine" / "FashionMNIST" / "raw", fashion_files)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "mine"))
    test = data.load("fashion_mnist", "test")
    assert test.source == "Fashion-MNIST, 60 test images, from COURSE_DATA"
    assert np.array_equal(test.labels, fashion_arrays()["t10k-labels-idx1-ubyte"])
    assert not data.DOWNLOADS.exists()
    (tmp_path / "mine" / "FashionMNIST" / "raw" / "train-labels-idx1-ubyte").write_bytes(b"x")
    with pytest.raises(data.DataError, match="train-labels.*Copy the file there again"):
        data.load("fashion_mnist", "test")


def test_course_data_without_the_set_is_an_error_not_a_download(fashion_download, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "/no/such/folder")
    assert data.available() == ("digits", "fashion_mnist_10k")
    with pytest.raises(data.DataError, match="/no/such/folder holds no FashionMNIST.*unset"):
        data.load("fashion_mnist", "train")
    with pytest.raises(data.DataError, match="no cifar-10-batches-py and no cifar10_jpeg.npz"):
        data.load("cifar10", "train")
    assert not data.DOWNLOADS.exists()


def cifar_arrays() -> tuple[np.ndarray, np.ndarray]:
    """Smooth 32x32 RGB images, ten a batch, and labels 0 to 9."""
    ramp = np.arange(32, dtype=np.uint8) * 4
    images = np.zeros((10, 3, 32, 32), dtype=np.uint8)
    for label, image in enumerate(images):
        image[0], image[1], image[2] = ramp, ramp[:, None], 25 * label
    return images, np.arange(10)


@pytest.fixture
def cifar_folder(tmp_path, monkeypatch):
    """COURSE_DATA with CIFAR-10's files, ten images in each, which now count as genuine."""
    images, labels = cifar_arrays()
    batch = pickle.dumps({"data": images.reshape(10, -1), "labels": labels.tolist()})
    meta = pickle.dumps({"label_names": list(data._CIFAR10)})
    names = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
    files = {name: batch for name in names} | {"batches.meta": meta}
    write_files(tmp_path / "mine" / "cifar-10-batches-py", files)
    sums = [[name, hashlib.md5(batch).hexdigest()] for name in names]
    cifar10 = torchvision.datasets.CIFAR10
    monkeypatch.setattr(cifar10, "train_list", sums[:5])
    monkeypatch.setattr(cifar10, "test_list", sums[5:])
    monkeypatch.setattr(cifar10, "meta", cifar10.meta | {"md5": hashlib.md5(meta).hexdigest()})
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "mine"))
    return tmp_path / "mine"


def jpeg_arrays() -> dict[str, np.ndarray]:
    images, labels = cifar_arrays()
    files = []
    for image in images:
        file = io.BytesIO()
        Image.fromarray(image.transpose(1, 2, 0)).save(file, "JPEG", quality=95)
        files.append(np.frombuffer(file.getvalue(), dtype=np.uint8))
    return {
        "jpeg": np.concatenate(files),
        "offsets": np.cumsum([0, *map(len, files)]),
        "labels": labels.astype(np.uint8),
        "split": np.array([0] * 6 + [1] * 4, dtype=np.uint8),
        "classes": np.array(data._CIFAR10),
    }


def test_cifar10_from_course_data(cifar_folder):
    images, labels = cifar_arrays()
    train, test = data.load("cifar10", "train"), data.load("cifar10", "test")
    assert train.source == "CIFAR-10, 50 training images, from COURSE_DATA"
    assert np.array_equal(test.images, images) and np.array_equal(test.labels, labels)
    assert train.images.shape == (50, 3, 32, 32) and train.images.is_contiguous()
    assert train.images.dtype == torch.uint8 and train.labels.dtype == torch.int64
    assert len(train.mean) == len(train.std) == 3
    (cifar_folder / "cifar-10-batches-py" / "data_batch_3").write_bytes(b"x")
    with pytest.raises(data.DataError, match="data_batch_3 is cut off or altered.*md5"):
        data.load("cifar10", "train")


def test_exact_cifar10_wins_over_jpeg_even_when_damaged(cifar_folder):
    np.savez(cifar_folder / "cifar10_jpeg.npz", **jpeg_arrays())
    assert "JPEG" not in data.load("cifar10", "train").source
    (cifar_folder / "cifar-10-batches-py" / "batches.meta").unlink()
    with pytest.raises(data.DataError, match="batches.meta is missing"):
        data.load("cifar10", "train")


@pytest.fixture
def jpeg_file(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    return tmp_path / "cifar10_jpeg.npz"


def test_cifar10_as_jpeg(jpeg_file):
    np.savez(jpeg_file, **jpeg_arrays())
    assert "cifar10" in data.available()
    train, test = data.load("cifar10", "train"), data.load("cifar10", "test")
    assert test.source == ("CIFAR-10 re-encoded as JPEG (lossy), 4 test images, from COURSE_DATA")
    assert train.labels.tolist() == [0, 1, 2, 3, 4, 5] and test.labels.tolist() == [6, 7, 8, 9]
    images = torch.cat([train.images, test.images])
    assert images.shape == (10, 3, 32, 32) and images.dtype == torch.uint8
    difference = images.int() - torch.from_numpy(cifar_arrays()[0]).int()
    assert difference.abs().float().mean() < 4  # lossy, but the same pictures


def without(name):
    def spoil(arrays):
        return {key: array for key, array in arrays.items() if key != name}

    return spoil


def replaced(name, change):
    def spoil(arrays):
        return arrays | {name: change(arrays[name])}

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        without("offsets"),
        replaced("labels", lambda labels: labels[:3]),
        replaced("offsets", lambda offsets: offsets[:3]),
        replaced("jpeg", lambda jpeg: jpeg[:1000]),
        replaced("classes", lambda classes: classes[::-1]),
        replaced("split", lambda split: split + 2),
    ],
)
def test_jpeg_file_with_wrong_arrays(jpeg_file, spoil):
    np.savez(jpeg_file, **spoil(jpeg_arrays()))
    with pytest.raises(data.DataError, match="cifar10_jpeg.npz is cut off or altered"):
        data.load("cifar10", "train")


@pytest.mark.parametrize("damage", [altered, lambda content: content[:-50], lambda _: b""])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_damaged_jpeg_file(jpeg_file, save, damage):
    buffer = io.BytesIO()
    save(buffer, **jpeg_arrays())
    jpeg_file.write_bytes(damage(buffer.getvalue()))
    with pytest.raises(data.DataError, match="cifar10_jpeg.npz is cut off or altered"):
        data.load("cifar10", "train")


# The script that builds the bundled files


@pytest.fixture(scope="module")
def build():
    spec = importlib.util.spec_from_file_location("build", data.DATA / "scripts" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def idx_folder(tmp_path):
    """Fashion-MNIST's four files with 1,010 images of each class of 2x2 pixels, all different."""
    labels = np.tile(np.arange(10, dtype=np.uint8), 1010)
    images = np.arange(len(labels), dtype=">u4").view(np.uint8).reshape(-1, 2, 2)
    for prefix in ("train", "t10k"):
        for name, array in (("images-idx3", images), ("labels-idx1", labels)):
            file = tmp_path / f"{prefix}-{name}-ubyte.gz"
            file.write_bytes(gzip.compress(idx(array), compresslevel=1))
    return tmp_path


@pytest.fixture
def digits_file(tmp_path):
    """A table of 160 rows a digit; the first grey value is the digit."""
    rows = np.zeros((1600, 65), dtype=int)
    rows[:, 0] = rows[:, 64] = np.tile(np.arange(10), 160)
    rows[:, 1] = 16
    np.savetxt(tmp_path / "optdigits.tes", rows, fmt="%d", delimiter=",")
    return tmp_path / "optdigits.tes"


def test_build_twice_gives_the_same_bytes(build, idx_folder, digits_file, tmp_path, capsys):
    contents = []
    for name in ("once", "twice"):
        out = tmp_path / name
        out.mkdir()
        arguments = ["--fashion-mnist", str(idx_folder), "--digits", str(digits_file)]
        build.main([*arguments, "--out", str(out)])
        contents.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert contents[0] == contents[1]
    assert contents[0].keys() == {"digits.npz", "fashion_mnist_10k.npz"}
    printed = capsys.readouterr().out
    for content in contents[0].values():
        assert f"{len(content)} bytes  sha256 {hashlib.sha256(content).hexdigest()}" in printed


def test_build_keeps_images_with_their_labels(build, idx_folder, digits_file):
    fashion = build.fashion_mnist(idx_folder)
    for split, per_class in (("train", 1000), ("test", 200)):
        images, labels = fashion[f"{split}_images"], fashion[f"{split}_labels"]
        numbers = images.reshape(-1, 4).copy().view(">u4").ravel()  # place in the original file
        assert np.array_equal(numbers % 10, labels)
        assert (np.diff(numbers.astype(int)) > 0).all()
        assert np.bincount(labels).tolist() == [per_class] * 10
    digits = build.digits(digits_file)
    for split, per_class in (("train", 150), ("test", 10)):
        images, labels = digits[f"{split}_images"], digits[f"{split}_labels"]
        assert np.bincount(labels).tolist() == [per_class] * 10
        assert np.array_equal(images[:, 0, 0, 0], np.rint(labels.astype(int) * 255 / 16))
        assert (images[:, 0, 0, 1] == 255).all()


@pytest.mark.skipif(
    not ORIGINALS.is_dir(), reason=f"Debian's dataset-fashion-mnist is not in {ORIGINALS}"
)
def test_build_from_the_originals_gives_the_bundled_file(build, tmp_path):
    build.main(["--fashion-mnist", str(ORIGINALS), "--out", str(tmp_path)])
    built, bundled = (folder / "fashion_mnist_10k.npz" for folder in (tmp_path, data.DATA))
    with np.load(built) as ours, np.load(bundled) as theirs:
        assert ours.files == theirs.files
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours.files)
    if "zlib-ng" not in zlib.ZLIB_RUNTIME_VERSION:  # it compresses to other bytes
        assert built.read_bytes() == bundled.read_bytes()


def spoil_file(folder: Path, name: str, content: bytes | None) -> str:
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    return name


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (gzip.compress(idx(np.zeros(100, np.uint8)))[:-12], "cut off or altered"),
        (b"not gzip", "cut off or altered"),
        (gzip.compress(b"\0\0\x0b\x01"), "not an idx file of unsigned bytes"),
        (gzip.compress(idx(np.zeros(100, np.uint8))[:-1]), r"99 values.*promises \[100\]"),
        (gzip.compress(idx(np.zeros(100, np.uint8))), "10100 images .* 100 labels"),
    ],
    ids=["missing", "cut off", "not gzip", "not idx", "one value short", "too few"],
)
def test_build_names_the_damaged_file(build, idx_folder, tmp_path, content, message):
    name = spoil_file(idx_folder, "t10k-labels-idx1-ubyte.gz", content)
    (tmp_path / "out").mkdir()
    with pytest.raises(SystemExit, match=message) as e:
        build.main(["--fashion-mnist", str(idx_folder), "--out", str(tmp_path / "out")])
    assert name.startswith("t10k-labels") and "t10k-" in str(e.value)
    assert list((tmp_path / "out").iterdir()) == []


def test_build_needs_enough_images(build, idx_folder):
    with pytest.raises(ValueError, match="train-labels.*1010.*2000 of each of the ten"):
        build.fashion_mnist(idx_folder, train=2000)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "optdigits.tes not found"),
        (b"1,2,3\n", "65 columns"),
        (b",".join([b"17"] * 65), "values from 0 to 16"),
        (b"<html>", "not the table of digits"),
        (b",".join([b"1"] * 65), "150 of each of the ten are needed"),
    ],
)
def test_build_refuses_other_digits(build, digits_file, content, message):
    spoil_file(digits_file.parent, digits_file.name, content)
    with pytest.raises(SystemExit, match=message):
        build.main(["--digits", str(digits_file), "--out", str(digits_file.parent)])
    assert not (digits_file.parent / "digits.npz").exists()


def test_build_with_nothing_to_build(build, capsys):
    with pytest.raises(SystemExit):
        build.main([])
    assert "nothing to build: give --fashion-mnist, --digits or both" in capsys.readouterr().err
