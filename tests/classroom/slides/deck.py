"""A deck in a headless Chromium: what it asks for, how each slide is laid out, how it looks.

    python -m tests.classroom.slides.deck slides/01_convolution_arithmetic.html ... --out DIR

prints what does not fit and writes contact sheets, nine slides a picture.
"""

import argparse
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.lab import CHROMIUM

WIDTH, HEIGHT = 1280, 720
# Every slide in turn, live: its title, and what of it lies outside the frame's margins.
MEASURE = """() => Reveal.getSlides().map((slide) => {
  const {h, v} = Reveal.getIndices(slide);
  Reveal.slide(h, v);
  const frame = slide.querySelector(".frame");
  const inside = {right: WIDTH - 48, bottom: HEIGHT - 34};
  const found = [];
  for (const part of frame.querySelectorAll("*")) {
    if (part.closest("mjx-assistive-mml") || getComputedStyle(part).display == "contents") continue;
    const box = part.getBoundingClientRect();
    const name = part.nodeName.toLowerCase();
    if (box.bottom > inside.bottom + 1) found.push(`${name} ends ${box.bottom.toFixed()} px down`);
    if (box.right > inside.right + 1) found.push(`${name} ends ${box.right.toFixed()} px across`);
    if (part.scrollWidth > part.clientWidth + 1 && part.matches("pre, p, td, .prose"))
      found.push(`${name} is ${part.scrollWidth} px wide in ${part.clientWidth}`);
  }
  return {
    slide: `${h}.${v}`,
    title: (frame.querySelector("h1, h2, h3, .running") || frame).textContent.slice(0, 60),
    outside: found,
  };
})""".replace("WIDTH", str(WIDTH)).replace("HEIGHT", str(HEIGHT))


class Deck:
    """A deck that is open and typeset, every address it asked for and all that went wrong."""

    def __init__(self, page, file: Path, query: str = "") -> None:
        self.page, self.requested, self.problems = page, [], []
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._heard)
        self.url = file.resolve().as_uri()
        page.goto(self.url + query)
        page.wait_for_function("window.Reveal?.isReady()")

    def _heard(self, message) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(message.text)

    def measure(self) -> list[dict]:
        return self.page.evaluate(MEASURE)

    def pictures(self) -> Iterator[Image.Image]:
        """Each slide as it looks with all its fragments shown."""
        shown = "visibility: visible !important; opacity: 1 !important; transition: none !important"
        self.page.add_style_tag(content=f".reveal .slides .fragment {{{shown}}}")
        for number in range(self.page.evaluate("Reveal.getTotalSlides()")):
            self.page.evaluate(
                """(number) => {
                  const {h, v} = Reveal.getIndices(Reveal.getSlides()[number]);
                  Reveal.slide(h, v);
                }""",
                number,
            )
            yield Image.open(io.BytesIO(self.page.screenshot()))


@contextmanager
def chromium():
    """A headless browser, offline."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


def contact_sheets(pictures: list[Image.Image], stem: Path) -> None:
    """Nine slides a picture, numbered in order."""
    for first in range(0, len(pictures), 9):
        sheet = Image.new("RGB", (3 * 650, 3 * 370), "grey")
        for place, picture in enumerate(pictures[first : first + 9]):
            small = picture.convert("RGB").resize((640, 360), Image.Resampling.LANCZOS)
            sheet.paste(small, (place % 3 * 650 + 5, place // 3 * 370 + 5))
        sheet.save(stem.with_name(f"{stem.name}-{first // 9}.png"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("decks", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, help="the folder for contact sheets")
    arguments = parser.parse_args()
    with chromium() as browser:
        for file in arguments.decks:
            deck = Deck(browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}), file)
            for number, slide in enumerate(deck.measure(), start=1):
                if slide["outside"]:
                    print(file.stem, f"slide {number}:", slide["title"], "|", slide["outside"][0])
            print(file.stem, "problems:", deck.problems or "none")
            if arguments.out:
                arguments.out.mkdir(parents=True, exist_ok=True)
                contact_sheets(list(deck.pictures()), arguments.out / file.stem)


if __name__ == "__main__":
    main()
