"""The decks: nothing leaves the file, everything fits, no answer is given away.

`python -m tests.classroom.slides.deck` shows what they look like.
"""

import ast
import inspect
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_lib import __main__ as command_line
from course_lib import exercises
from course_lib.classroom.notebooks import FOLDER
from course_lib.classroom.slides import deck as slides
from course_lib.classroom.slides.cells import pages, task
from course_lib.explorers import Convolution
from tests.browser.lab import CHROMIUM
from tests.classroom.slides.deck import HEIGHT, WIDTH, Deck, chromium

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine: install Debian's package chromium"
)
SOLVED = '''
def helper():
    return "given away"

@exercise
class Block(nn.Module):
    """Two layers."""

    expansion = 1

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = "given away"

    def forward(self, x: Tensor) -> Tensor:
        """(N, C) to (N, C)."""
        return x + self.given_away(x)
'''
NOTEBOOK_WORDS = re.compile(
    r"(?:next|this|last) cell|(?:cell|picture|figure|table|code|output) below|this notebook says"
    r"|run the cell|click to open|the output says|Run All",
    re.IGNORECASE,
)
QUESTION = "<details><summary>Why?</summary>\n\nGiven away.\n\n</details>"


def markdown(source, **slideshow):
    return new_markdown_cell(source, metadata={"slideshow": slideshow})


def code(source, *tags, **slideshow):
    metadata = {"tags": list(tags), "slideshow": slideshow}
    output = new_output("stream", name="stdout", text="printed\n")
    return new_code_cell(source, metadata=metadata, execution_count=1, outputs=[output])


def save(folder, *cells):
    nbformat.write(new_notebook(cells=list(cells)), folder / "small.ipynb")
    return folder / "small.ipynb"


# --- what is shown of a cell


def test_an_exercise_is_its_signature_and_docstring_whoever_solved_it():
    assert task(SOLVED).splitlines() == [
        "class Block(nn.Module):",
        '    """Two layers."""',
        "",
        "    expansion = 1",
        "",
        "    def __init__(self, width: int) -> None:",
        "        ...",
        "",
        "    def forward(self, x: Tensor) -> Tensor:",
        '        """(N, C) to (N, C)."""',
        "        ...",
    ]
    (shown,) = pages(code(SOLVED, "exercise"), FOLDER)
    assert "given" not in shown and "printed" not in shown


def test_code_to_repair_is_shown_as_it_was_planted():
    (shown,) = pages(code("@exercise\ndef fix_stem(self):\n    repaired = 1", "exercise"), FOLDER)
    assert "MaxPool2d" in shown and "repaired" not in shown


def test_hidden_input_leaves_the_output():
    (shown,) = pages(code("1 + 1", "hide-input"), FOLDER)
    assert "printed" in shown and "1" not in shown.replace("px", "").partition(">")[2]


def test_a_question_stays_and_its_answer_goes():
    (shown,) = pages(markdown(f"## Check\n\n{QUESTION}\n\n{QUESTION}"), FOLDER)
    assert shown.count("Why?") == 2 and "Given" not in shown
    with pytest.raises(ValueError, match="a slide would show this answer"):
        pages(markdown(QUESTION.replace("summary", "b")), FOLDER)


def test_an_inline_tag_keeps_what_it_holds():
    (shown,) = pages(markdown("press <kbd>S</kbd>, not <code>s</code>"), FOLDER)
    assert "<kbd>S</kbd>" in shown and "<code>s</code>" in shown


def test_long_code_gets_smaller_letters():
    assert "font-size: 22px" in pages(code("x = 1\n" * 10), FOLDER)[0]
    assert "font-size: 19px" in pages(code("x = 1\n" * 21), FOLDER)[0]
    assert "font-size: 18px" in pages(code("x = 1\n" * 99), FOLDER)[0]


def test_states_of_an_explorer_are_slides_of_their_own():
    states = [{"stride": 1}, {"padding": 1, "dilation": 2}]
    cell = code("explorers.Convolution(size=9)", slide_type="-", states=states)
    ((first, second, third),) = slides.slides(
        new_notebook(cells=[markdown("# Title", slide_type="slide"), cell]), FOLDER
    )
    assert second.running == third.running == "Title" and not first.running
    shown = Convolution(size=9, stride=1), Convolution(size=9, padding=1, dilation=2)
    assert [slide.cells[0][0] for slide in (second, third)] == [e._repr_html_() for e in shown]


@pytest.mark.parametrize(
    ("source", "states", "words"),
    [
        ("explorers.Convolution()", [{"strides": 1}], "'strides' is not a control"),
        ("explorers.Convolution()", [{"stride": 9}], "stride=9 is not among the values"),
        ("explorers.Convolution()", [], "at least one"),
        ("explorers.Convolution()", {"stride": 1}, "at least one"),
        ("print(1)", [{"stride": 1}], "must end with explorers"),
    ],
)
def test_states_that_mean_nothing_are_refused(source, states, words):
    with pytest.raises(ValueError, match=words):
        pages(code(source, states=states), FOLDER)


def test_an_unknown_slide_type_is_refused():
    with pytest.raises(ValueError, match="'sub-slide' is not"):
        slides.slides(new_notebook(cells=[markdown("x", slide_type="sub-slide")]), FOLDER)


# --- from a file to a file


def test_errors_name_the_file_and_leave_nothing_behind(tmp_path, capsys, monkeypatch):
    def refused(source, *words):
        arguments = ["slides", str(source), "--out", str(tmp_path / "out")]
        assert command_line.main(arguments) == 1
        message = capsys.readouterr().err
        assert all(word in message for word in (str(source), *words)), message
        assert not list(tmp_path.glob("out/*"))

    refused(tmp_path / "missing.ipynb", "no notebook")
    tmp_path.joinpath("text.ipynb").write_text("hello")
    refused(tmp_path / "text.ipynb", "is not a notebook")
    tmp_path.joinpath("other.ipynb").write_text('{"cells": 3}')
    refused(tmp_path / "other.ipynb", "is not a notebook")
    source = save(tmp_path, new_code_cell("1 + 1"))
    refused(source, "never run", "1 + 1")

    source = save(tmp_path, markdown("# Title", slide_type="slide"))
    with monkeypatch.context() as patch:
        patch.setattr("shutil.which", lambda name: None)
        with pytest.raises(FileNotFoundError, match="print-pdf"):
            slides.chromium()

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.write_text", interrupted)
        with pytest.raises(KeyboardInterrupt):
            slides.write(source, tmp_path / "out")
    assert not list(tmp_path.glob("out/*"))


@needs_chromium
def test_pdf_has_a_page_for_each_slide_and_set_math(tmp_path):
    source = save(
        tmp_path,
        markdown("# Title", slide_type="slide"),
        markdown(r"A third: $\frac{1}{3}$", slide_type="subslide"),
        markdown("appears later", slide_type="fragment"),
        code("1 + 1", slide_type="slide"),
    )
    assert command_line.main(["slides", str(source), "--out", str(tmp_path), "--pdf"]) == 0
    pdf = (tmp_path / "small.pdf").read_bytes()
    assert pdf.startswith(b"%PDF") and pdf.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 3
    with chromium() as browser:
        live = Deck(browser.new_page(), tmp_path / "small.html").page
        live.evaluate("Reveal.slide(0, 1)")
        later = live.locator(".frame p", has_text="appears later")
        assert not later.is_visible()
        live.keyboard.press("Space")
        later.wait_for(timeout=5000)
        printed = Deck(browser.new_page(), tmp_path / "small.html", "?print-pdf").page
        printed.emulate_media(media="print")
        printed.wait_for_selector(".pdf-page", state="attached")
        assert printed.locator(".pdf-page").count() == 3
        assert "frac" not in printed.locator("body").inner_text()
        assert printed.locator("mjx-container svg").bounding_box()["height"] > 20
        assert printed.get_by_text("appears later").is_visible()


@needs_chromium
def test_the_speaker_sees_notes_and_pace(tmp_path):
    """From a file, without a server."""
    first = markdown("# Title", slide_type="slide", notes="2 min in all. 2 min. Ask for names.")
    source = save(tmp_path, first, markdown("more", slide_type="subslide"))
    with chromium() as browser:
        page = Deck(browser.new_page(), slides.write(source, tmp_path)).page
        with page.expect_popup() as opened:
            page.keyboard.press("s")
        speaker = opened.value
        speaker.locator(".speaker-controls-notes .value").get_by_text("Ask for names").wait_for()
        pacing = speaker.locator(".pacing .minutes-value")
        pacing.get_by_text(":0").wait_for()  # of the minute for this slide, some seconds are left
        assert page.evaluate("Reveal.getSlides().map((s) => s.dataset.timing)") == ["60", "60"]


# --- the course's own decks


@pytest.fixture(scope="module", params=exercises.COURSE)
def notebook(request):
    source = FOLDER / f"{request.param}.ipynb"
    return source, nbformat.read(source, 4)


def test_each_part_has_notes_with_its_minutes(notebook):
    """The parts are what headings # and ## open; the first one's notes name the total, too."""
    total, minutes = None, []
    for cell in notebook[1].cells:
        slideshow = cell.metadata["slideshow"]
        if slideshow["slide_type"] == "skip" or not slides.PART.match(cell.source):
            continue
        if cell.cell_type == "markdown":
            found = slides.MINUTES.match(slideshow.get("notes", ""))
            assert found, f"notes must begin with minutes: {cell.source.splitlines()[0]}"
            total = total or int(found["total"])
            minutes.append(int(found["part"]))
    assert sum(minutes) == total and 45 <= total <= 90


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def deck(notebook, browser, tmp_path_factory):
    """The notebook's deck, open, and the layout of its slides."""
    file = slides.write(notebook[0], tmp_path_factory.mktemp("decks"))
    deck = Deck(browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}), file)
    deck.layout = deck.measure()
    yield deck
    deck.page.close()


@needs_chromium
def test_nothing_is_asked_for_and_nothing_goes_wrong(deck):
    assert [url for url in deck.requested if not url.startswith("data:")] == [deck.url]
    assert deck.problems == []


@needs_chromium
def test_every_slide_fits(deck):
    assert len(deck.layout) > 10
    assert [(s["slide"], s["title"], s["outside"]) for s in deck.layout if s["outside"]] == []


@needs_chromium
def test_math_is_set_and_pictures_are_described(deck):
    prose = deck.page.evaluate(
        """[...document.querySelectorAll(".prose, .running")].map((part) => {
          const copy = part.cloneNode(true);
          copy.querySelectorAll("code, pre, mjx-container").forEach((each) => each.remove());
          return copy.textContent;
        }).join("\\n")"""
    )
    assert "$" not in prose and "\\" not in prose
    assert deck.page.locator("[data-mjx-error]").count() == 0
    alts = deck.page.evaluate("[...document.images].map((image) => image.alt)")
    assert min(map(len, alts), default=99) > 20


@needs_chromium
def test_words_are_those_of_a_slide(deck):
    """What points into a notebook points nowhere here."""
    shown = deck.page.evaluate(
        """[...document.querySelectorAll(".frame .prose")].map((part) => {
          const copy = part.cloneNode(true);
          copy.querySelectorAll("code, pre").forEach((each) => each.remove());
          return copy.textContent;
        })"""
    )
    assert [words for words in shown if NOTEBOOK_WORDS.search(words)] == []


@needs_chromium
def test_each_part_opens_with_the_outline_and_explorers_live(deck, notebook):
    parts = deck.page.locator(".opening")
    assert parts.count() == deck.page.locator(".opening:has([aria-current])").count() >= 4
    figures = deck.page.locator("figure[data-explorer]")
    assert figures.count() == deck.page.locator("[data-course-explorer]").count() >= 1


@needs_chromium
def test_no_answer_is_given_away(deck, notebook):
    def squeezed(text):
        return "".join(text.split())

    shown = squeezed("\n".join(deck.page.locator(".frame").all_text_contents()))
    assert deck.page.locator(".frame details").count() == 0
    for name in exercises.names(notebook[0].stem):
        exercise = exercises.get(name)
        for body in bodies(inspect.getsource(exercise.reference)):
            assert squeezed(body) not in shown, body
        for hint in exercise.hints:
            assert squeezed(hint) not in shown, hint
    for cell in notebook[1].cells:
        for answer in re.findall(r"</summary>(.*?)</details>", cell.source, re.DOTALL):
            words = squeezed(re.sub(r"[$`*].*", "", answer.strip(), flags=re.DOTALL))
            assert len(words) < 12 or words not in shown, answer


def bodies(source):
    """The code of each function in the source, without its docstring."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            first = node.body[bool(ast.get_docstring(node))]
            yield "\n".join(source.splitlines()[first.lineno - 1 : node.end_lineno])
