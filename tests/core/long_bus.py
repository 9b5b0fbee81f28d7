"""The lockstep of the bus for as long as one likes; by hand, and once a version.

PYTHONPATH=.:tests:tests/support python -m tests.core.long_bus --accesses N --seed S
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from cases_bus import random_case

EACH = 20_000  # accesses of one chip


def one(seed: int) -> int | str:
    """A case's accesses, or what it says where it fails."""
    try:
        return random_case(seed, EACH)
    except AssertionError as error:
        return f"seed {seed}: {error}"


def main() -> int:
    """Run case after case, and say every minute how far it is."""
    parser = argparse.ArgumentParser(description="bus and golden model in lockstep")
    parser.add_argument("--accesses", type=int, default=10**6)
    parser.add_argument("--seed", type=int, default=0, help="of the first chip")
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    count = -(-options.accesses // EACH)
    seeds = range(options.seed, options.seed + count)
    begin = said = time.monotonic()
    done = failed = 0
    with ProcessPoolExecutor(options.processes) as pool:
        for index, found in enumerate(pool.map(one, seeds, chunksize=4)):
            if isinstance(found, str):
                failed += 1
                print(found, flush=True)
            else:
                done += found
            if time.monotonic() - said > 60:
                said = time.monotonic()
                rate = done / (said - begin)
                print(f"{done} accesses, {index + 1} chips, {rate:.0f}/s", flush=True)
    seconds = time.monotonic() - begin
    rate = f"{seconds:.0f} s ({done / seconds:.0f}/s)"
    where = f"{count} chips from seed {options.seed}"
    print(f"{done} accesses on {where} in {rate}: {failed} cases differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
