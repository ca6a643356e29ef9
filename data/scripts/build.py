"""Build the bundled data sets from the original files, the same bytes every time.

    python data/scripts/build.py --fashion-mnist /usr/share/datasets/fashion-mnist
    python data/scripts/build.py --digits optdigits.tes

data/README.md says where the original files come from. Needs Python and NumPy alone.
"""

import argparse
import gzip
import hashlib
import io
import math
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np

SEED = 0


def read_idx(path: Path) -> np.ndarray:
    """The uint8 array in a gzipped idx file: magic number (0, 0, 8, axes), sizes, values."""
    try:
        data = gzip.decompress(path.read_bytes())
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path} is cut off or altered ({error}). Fetch it again.") from error
    if len(data) < 4 or data[:3] != b"\0\0\x08" or len(data) < 4 + 4 * data[3]:
        raise ValueError(f"{path} is not an idx file of unsigned bytes.")
    start = 4 + 4 * data[3]
    shape = [int(size) for size in np.frombuffer(data[4:start], dtype=">u4")]
    if len(data) - start != math.prod(shape):
        raise ValueError(
            f"{path} holds {len(data) - start:,} values, but its header promises {shape}."
        )
    return np.frombuffer(data[start:], dtype=np.uint8).reshape(shape)


def balanced(labels: np.ndarray, per_class: int, source: Path) -> np.ndarray:
    """Indices of `per_class` images of each class, drawn with a fixed seed, in the file's order."""
    counts = np.bincount(labels, minlength=10)
    if len(counts) != 10 or counts.min() < per_class:
        raise ValueError(
            f"{source} holds {counts.tolist()} images of its classes; "
            f"{per_class} of each of the ten are needed."
        )
    # RandomState, not default_rng: NumPy promises that its numbers never change (NEP 19).
    order = np.random.RandomState(SEED).permutation(len(labels))
    return np.sort(
        np.concatenate([order[labels[order] == label][:per_class] for label in range(10)])
    )


def fashion_mnist(folder: Path, train: int = 1000, test: int = 200) -> dict[str, np.ndarray]:
    """`train` and `test` images a class of Fashion-MNIST's own two splits, (N, 1, 28, 28)."""
    arrays = {}
    for split, prefix, per_class in (("train", "train", train), ("test", "t10k", test)):
        images_path = folder / f"{prefix}-images-idx3-ubyte.gz"
        labels_path = folder / f"{prefix}-labels-idx1-ubyte.gz"
        images, labels = read_idx(images_path), read_idx(labels_path)
        if len(images) != len(labels):
            raise ValueError(f"{len(images)} images in {images_path}, {len(labels)} labels.")
        chosen = balanced(labels, per_class, labels_path)
        arrays[f"{split}_images"] = images[chosen, None]
        arrays[f"{split}_labels"] = labels[chosen]
    return arrays


def digits(path: Path, train: int = 150) -> dict[str, np.ndarray]:
    """`train` images a class for training, all others for testing, (N, 1, 8, 8).

    Each row of the file holds 64 grey values from 0 to 16 and the digit. The values are scaled to
    0 to 255, as in every other data set of the course.
    """
    try:
        rows = np.loadtxt(path, delimiter=",", dtype=int, ndmin=2)
    except (EOFError, gzip.BadGzipFile, zlib.error, ValueError) as error:
        raise ValueError(f"{path} is not the table of digits ({error}). Fetch it again.") from error
    if rows.shape[1] != 65 or rows.min() < 0 or rows.max() > 16:
        raise ValueError(f"{path} is not a table of 65 columns with values from 0 to 16.")
    images = np.rint(rows[:, :64] * 255 / 16).astype(np.uint8).reshape(-1, 1, 8, 8)
    labels = rows[:, 64].astype(np.uint8)
    for_training = np.zeros(len(rows), dtype=bool)
    for_training[balanced(labels, train, path)] = True
    return {
        "train_images": images[for_training],
        "train_labels": labels[for_training],
        "test_images": images[~for_training],
        "test_labels": labels[~for_training],
    }


def npz(arrays: dict[str, np.ndarray]) -> bytes:
    """The arrays as an .npz file. Unlike np.savez, nothing in it depends on the day or system.

    .npz because it is compressed (safetensors is not, and 9.4 MB would be too much here), because
    NumPy reads each array by name, and because it refuses pickled objects unless told otherwise.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # "Unix", also when built on Windows
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(entry, content.getvalue())
    return buffer.getvalue()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Build data/*.npz from the original files.")
    parser.add_argument(
        "--fashion-mnist", type=Path, metavar="FOLDER", help="folder of the four idx .gz files"
    )
    parser.add_argument(
        "--digits", type=Path, metavar="FILE", help="optdigits.tes, or scikit-learn's digits.csv.gz"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", default=Path(__file__).parents[1], help="where to write"
    )
    options = parser.parse_args(arguments)
    if not options.fashion_mnist and not options.digits:
        parser.error("nothing to build: give --fashion-mnist, --digits or both")
    try:
        built = {}
        if options.fashion_mnist:
            built["fashion_mnist_10k.npz"] = npz(fashion_mnist(options.fashion_mnist))
        if options.digits:
            built["digits.npz"] = npz(digits(options.digits))
        for name, content in built.items():
            (options.out / name).write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            print(f"{name}  {len(content)} bytes  sha256 {digest}")
    except (OSError, ValueError) as error:
        sys.exit(f"build.py: {error}")


if __name__ == "__main__":
    main()
