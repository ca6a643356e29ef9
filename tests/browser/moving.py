"""Moving an explorer as a reader does, wherever it stands: by keys, and with the mouse."""

from collections.abc import Iterator

from playwright.sync_api import Locator, Page

# From an event on the picture or its controls to the changed picture, and from there to the frame
# in which it is seen, in milliseconds.
WATCH = """(host) => {
  let begun = null;
  window.moves = [];
  for (const kind of ["keydown", "pointermove", "pointerdown", "input"])
    window.addEventListener(kind, () => { begun ??= performance.now(); }, true);
  new MutationObserver(() => {
    if (begun === null) return;
    const start = begun, changed = performance.now();
    begun = null;
    requestAnimationFrame(() => window.moves.push([changed - start, performance.now() - changed]));
  }).observe(host.shadowRoot.querySelector("svg.picture"), {childList: true});
}"""


def host(place: Page | Locator, number: int = 0) -> Locator:
    return place.locator("[data-course-explorer]").nth(number)


def words(explorer: Locator) -> str:
    """What a screen reader says of the picture, which is the caption too."""
    picture = explorer.locator("svg.picture")
    picture.wait_for()
    said = picture.get_attribute("aria-label") or ""
    assert explorer.get_by_role("status").inner_text() == said
    return said


def answers(explorer: Locator) -> bool:
    """Whether picture and words change with an arrow key on the first slider."""
    before, drawn = words(explorer), explorer.locator("svg.picture").inner_html()
    slider = explorer.get_by_role("slider").first
    slider.focus()
    value = slider.get_attribute("aria-valuetext")
    for key in ("ArrowRight", "ArrowLeft"):  # at an end of the slider one of them does nothing
        slider.press(key)
        if slider.get_attribute("aria-valuetext") != value:
            break
    return words(explorer) != before and explorer.locator("svg.picture").inner_html() != drawn


def to_largest(explorer: Locator) -> None:
    """All sliders to their ends, where there is most to draw."""
    for slider in explorer.get_by_role("slider").all():
        slider.focus()
        slider.press("End")


def moves(page: Page, explorer: Locator, count: int) -> Iterator[tuple[float, float]]:
    """Times of `count` key presses on all sliders in turn, and of as many moves of the mouse."""
    explorer.evaluate(WATCH)
    sliders = explorer.get_by_role("slider").all()
    for press in range(count):
        slider = sliders[press % len(sliders)]
        slider.focus()
        slider.press("ArrowRight" if press // len(sliders) % 2 else "ArrowLeft")
    held = explorer.locator("svg.picture [data-drag]")
    if held.count():
        box = held.first.bounding_box() or {}
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        for step in range(count):
            page.mouse.move(x + 40 * (step % 5 - 2), y + 10 * (step % 3 - 1))
        page.mouse.up()
    page.wait_for_timeout(100)
    yield from map(tuple, page.evaluate("window.moves"))
