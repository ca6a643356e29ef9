"""Which cells each output of a convolution sees, and the sum that it makes of them."""

from functools import cached_property

from torch.nn import functional as F

from course_lib import data
from course_lib.explorers.explorer import Choice, Explorer, Slider

SIZES = range(1, 13)
BOOT = 32  # in the test split, as in notebook 01
SHOW = {
    "one row": "row",
    "image, edges": "edges",
    "image, blur": "blur",
    "image, sharpen": "sharpen",
}


class Convolution(Explorer):
    """An image and the window on it; beside them one row of cells, or the sum of products."""

    title = "Convolution arithmetic"
    controls = (
        Choice("show", "show", SHOW, "row"),
        Slider("size", "input size", SIZES, 8),
        Slider("kernel_size", "kernel size", range(1, 8), 3),
        Slider("stride", "stride", range(1, 5), 2),
        Slider("padding", "padding", range(4), 0),
        Slider("dilation", "dilation", range(1, 4), 1),
        Slider("row", "row of y", range(18), 1),
        Slider("column", "column of y", range(18), 1),
    )
    lines = 3

    @cached_property
    def computed(self) -> list[str]:
        """The boot at each of the sizes, row after row, a digit a pixel: 0 black, 9 white."""
        boot = data.load("fashion_mnist_10k", "test").images[BOOT].double()
        small = [F.adaptive_avg_pool2d(boot, size) * 9 / 255 for size in SIZES]
        return ["".join(f"{pixel:.0f}" for pixel in image.flatten().tolist()) for image in small]
