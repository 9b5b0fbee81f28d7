# The habits. `make demo` and `make check` work on a fresh machine.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: demo check dev cross sanitize bench format clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

demo: $(BIN)/python
	$(BIN)/pip install --quiet '.[demo]'
	$(BIN)/edgeferro train

check: $(BIN)/python
	sh tests/install_tools.sh
	$(BIN)/pip install --quiet '.[test]'
	$(BIN)/ruff format --check edgeferro tests benchmarks
	$(BIN)/ruff check edgeferro tests benchmarks
	$(BIN)/mypy
	$(PYTHON) tests/c/check_symbols.py
	$(MAKE) sanitize cross
	$(BIN)/python -P -m pytest -n 2

# The extension beside the sources, for work in the checkout.
dev: $(BIN)/python
	$(BIN)/pip install --quiet '.[test]'
	cp $$($(BIN)/python -P -c 'import edgeferro._core as c; print(c.__file__)') edgeferro/
	$(BIN)/pip uninstall --quiet --yes edgeferro
	echo $(CURDIR) > $$($(BIN)/python -P -c 'import site; print(site.getsitepackages()[0])')/edgeferro-dev.pth

cross:
	$(PYTHON) tests/c/cross.py

sanitize:
	for compiler in gcc clang; do \
	    cmake -S . -B build/sanitize-$$compiler -DCMAKE_C_COMPILER=$$compiler \
	        -DCMAKE_C_FLAGS=-O1 -DEF_SANITIZE=ON -DEF_VERIFY=ON >/dev/null && \
	    cmake --build build/sanitize-$$compiler >/dev/null && \
	    ctest --test-dir build/sanitize-$$compiler --output-on-failure || exit 1; \
	done

bench: $(BIN)/python
	$(BIN)/pip install --quiet '.[test]'
	$(BIN)/python -P -m pytest benchmarks --benchmark-only

format:
	$(BIN)/ruff format edgeferro tests benchmarks
	$(BIN)/ruff check --fix edgeferro tests benchmarks

clean:
	rm -rf build $(VENV) dist edgeferro/_core*.so
