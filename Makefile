# Two commands: `make lab` to learn, `make test` to check. Both install into .venv the first time.
PYTHON ?= python3
BIN := .venv/bin
# make lab EXACT=1: the versions of constraints.txt; make lab TORCH=cpu: PyTorch without GPUs
INSTALL = $(PYTHON) install.py $(if $(EXACT),--exact) $(if $(TORCH),--torch $(TORCH))

.PHONY: lab test test-all test-lowest notebooks slides slides-pdf site bench constraints learner classroom tests

lab: learner
	$(BIN)/jupyter lab --ServerApp.ip=127.0.0.1 notebooks/00_welcome.ipynb

test: tests
	$(BIN)/pytest --nbval notebooks/
	$(BIN)/pytest tests/

# execute every notebook anew; on one machine this leaves byte-identical files
notebooks: classroom
	$(BIN)/python -m course_lib.classroom.notebooks

# one HTML file a notebook, into slides/; with -pdf also printed, which needs Chromium or Chrome
slides: classroom
	$(BIN)/python -m course_lib slides

slides-pdf: classroom
	$(BIN)/python -m course_lib slides --pdf

# the course as web pages, into site/
site: classroom
	$(BIN)/python -m course_lib site

# all that CI runs a sample of: every mutant and wrong answer, more pairs, the lowest versions
test-all: tests
	COURSE_TEST_ALL=1 $(BIN)/pytest --nbval notebooks/
	COURSE_TEST_ALL=1 $(BIN)/pytest tests/
	$(BIN)/python -m tests.lowest

bench: tests
	$(BIN)/python -m tests.bench

# the suite on the oldest versions that pyproject.toml allows
test-lowest: tests
	$(BIN)/python -m tests.lowest

# the versions that are installed here, which were tested, for EXACT=1
constraints: tests
	$(BIN)/python -m tests.constraints

# what each of the above needs; it is installed once
learner classroom:
	@$(INSTALL) $@

tests:
	@$(INSTALL) test
