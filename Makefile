# Two commands: `make lab` to learn, `make test` to check. Both install into .venv the first time.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed

.PHONY: lab test notebooks bench slides slides-pdf site

lab: $(INSTALLED)
	$(BIN)/jupyter lab --ServerApp.ip=127.0.0.1 notebooks/00_welcome.ipynb

test: $(INSTALLED)
	$(BIN)/pytest --nbval notebooks/
	$(BIN)/pytest tests/

# execute every notebook anew; on one machine this leaves byte-identical files
notebooks: $(INSTALLED)
	$(BIN)/python -m course_lib.classroom.notebooks

# one HTML file a notebook, into slides/; with -pdf also printed, which needs Chromium or Chrome
slides: $(INSTALLED)
	$(BIN)/python -m course_lib slides

slides-pdf: $(INSTALLED)
	$(BIN)/python -m course_lib slides --pdf

# the course as web pages, into site/
site: $(INSTALLED)
	$(BIN)/python -m course_lib site

bench: $(INSTALLED)
	$(BIN)/python -m tests.bench

# the stamp is written last: an interrupted installation starts again
$(INSTALLED): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("the course needs Python 3.11 or later, but $(PYTHON) is " + sys.version.split()[0] + ": try make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -e .
	touch $@
