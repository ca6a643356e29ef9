"""Take the README's picture anew: `python -m tests.browser.screenshot`."""

import io
import tempfile
from pathlib import Path

from PIL import Image

from course_lib.classroom.notebooks import FOLDER
from tests.browser.lab import open_lab
from tests.browser.test_jupyterlab import WRONG

TARGET = FOLDER / "screenshot.png"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, open_lab(Path(folder), FOLDER) as lab:
        lab.open("01_convolution_arithmetic.ipynb")
        lab.page.keyboard.press("Control+B")  # the file browser away
        lab.run_all()
        exercise = lab.cell("def conv_output_size")
        lab.write_and_run(exercise, WRONG)
        lab.page.wait_for_timeout(1000)
        explorer = lab.cell("explorers.Convolution").first
        parts = [Image.open(io.BytesIO(cell.screenshot())) for cell in (explorer, exercise)]
    size = max(part.width for part in parts), sum(part.height for part in parts)
    picture, top = Image.new("RGB", size, "white"), 0
    for part in parts:
        picture.paste(part, (0, top))
        top += part.height
    picture.save(TARGET, optimize=True)


if __name__ == "__main__":
    main()
