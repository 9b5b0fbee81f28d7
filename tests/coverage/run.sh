#!/bin/sh
# run.sh BIN BUILD: the fast tests on an extension that counts, and floors.py on what ran.
# What builds a package of its own is left out. Threads count atomically.
set -eu

bin=$1
build=$2
rm -rf "$build/package" "$build/python" "$build/reports"
find "$build" -name '*.gcda' -delete 2>/dev/null || true
mkdir -p "$build/package" "$build/python" "$build/reports"

count='--coverage -O1'
cmake -S . -B "$build/extension" -DSKBUILD=2 -DPython_EXECUTABLE="$bin/python" \
    -DSKBUILD_SOABI=abi3 -DCMAKE_C_FLAGS="$count -fprofile-update=atomic" >/dev/null
cmake --build "$build/extension" --parallel 2 >/dev/null
cmake -S . -B "$build/c" -DCMAKE_C_FLAGS="$count" >/dev/null
cmake --build "$build/c" --parallel 2 >/dev/null
cp -r edgeferro csrc firmware_models "$build/package/"
rm -f "$build"/package/edgeferro/_core*.so
cp "$build"/extension/_core*.so "$build/package/edgeferro/_core.abi3.so"
ctest --test-dir "$build/c" --output-on-failure

COVERAGE_FILE=$build/python/data COVERAGE_RCFILE=$(pwd)/pyproject.toml
PYTHONSAFEPATH=1 PYTHONPATH=$build/package # not the checkout, whose package has no extension
export COVERAGE_FILE COVERAGE_RCFILE PYTHONSAFEPATH PYTHONPATH
"$bin/coverage" run -m pytest -n 2 -p no:cacheprovider \
    -m "not slow and not mutation" --ignore tests/house
"$bin/coverage" combine --quiet
"$bin/coverage" json --quiet -o "$build/reports/python.json"
"$bin/coverage" report --skip-covered >"$build/reports/python.txt"
"$bin/gcovr" --root . "$build" --filter csrc/ --filter firmware_models/ \
    --merge-mode-functions=separate --gcov-suspicious-hits-threshold=0 \
    --json-summary "$build/reports/c.json" --txt "$build/reports/c.txt" >/dev/null
"$bin/python" -P tests/coverage/floors.py "$build/reports"
