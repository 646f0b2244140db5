# `make demo` and `make test` set up all they need.

PYTHON := .venv/bin/python

# What the settings ask for before types can be read; nothing connects.
TYPES := DAYMARK_DOOR=owner DAYMARK_SECRET_KEY=types DAYMARK_KEY_RING=types \
	DATABASE_URL=postgresql://types@localhost/types

# A file stays with one of two workers, and so does what stands for all of its tests.
BY_FILE := -n 2 --dist loadfile --no-loadscope-reorder

# What is looked at without running it is looked at beside the tests.
MAKEFLAGS += --jobs=2

.PHONY: demo test all check lint house prove bench words clean

demo: .venv/run.ready
	@.venv/bin/daymark demo

test: lint all

all: .venv/dev.ready
	@command -v chromium >/dev/null || echo "There is no Chromium here: the tests that need a \
	browser are skipped, and listed at the end. To have them, install it (Debian: apt-get install \
	chromium libatomic1) and start again."
	$(PYTHON) -m pytest $(BY_FILE)

check: lint house

lint: .venv/dev.ready
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(TYPES) $(PYTHON) -m mypy
	.venv/bin/lint-imports

house: .venv/dev.ready
	$(PYTHON) -m pytest -q $(BY_FILE) tests/house

# The same properties as in `test`, over 10,000 worlds and mutations each.
prove: .venv/dev.ready
	DAYMARK_PROVE=1 $(PYTHON) -m pytest -n 2

bench: .venv/dev.ready
	$(PYTHON) -m bench

# After a change of words at the public door: what is new stands in the catalogues, still empty.
words: .venv/dev.ready
	PYTHONPATH=src $(PYTHON) -m tests.catalogues

# The data folder stays: what was reported is nobody's to clean away.
clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests bench -name __pycache__ -prune -exec rm -rf {} +

.venv/%.ready: requirements/%.txt requirements/install pyproject.toml
	@requirements/install $*
