"""Installs both Linux wheels and runs them, aarch64 under QEMU: signatures are equal.

The aarch64 interpreter is Debian's, unpacked into a temporary folder; nothing is
installed on this machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEBIAN = (
    "python3.11-minimal libpython3.11-minimal libpython3.11-stdlib libc6 libgcc-s1 "
    "libstdc++6 zlib1g libexpat1 libffi8 libbz2-1.0 liblzma5 libsqlite3-0 libssl3 "
    "libuuid1"
).split()
GLIBC = ("2_34", "2_28", "2_27", "2_17")  # of wheels that Debian 12 takes
CODE = """
import platform
import numpy as np
import edgeferro as ef
chip = ef.Chip.load("watch-hzo-200ns")
rng = np.random.default_rng(0)
x = rng.integers(-7, 8, (100, 4))
controller = ef.Controller(ef.new_image(chip, (4, 8, 2), x / 8, seed=0))
controller.program()
controller.learn(x, (x[:, 0] > x[:, 1]).astype(int))
print(platform.machine(), controller.signature)
"""


def run(*command: object, cwd: Path, **more: str) -> str:
    """Run a command in a folder with more environment; return what it prints."""
    line = [str(part) for part in command]
    own = {**os.environ, **more}
    out = subprocess.PIPE
    done = subprocess.run(line, stdout=out, text=True, check=True, env=own, cwd=cwd)
    return done.stdout


def arm_root(folder: Path) -> Path:
    """Unpack Debian's aarch64 Python 3.11 and its libraries."""
    for name in ("state/lists/partial", "cache/archives/partial", "root"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    config = folder / "apt.conf"
    config.write_text(
        'APT::Architecture "arm64";\nAPT::Architectures { "arm64"; };\n'
        f'Dir::State "{folder}/state";\nDir::State::status "{folder}/status";\n'
        f'Dir::Cache "{folder}/cache";\nAPT::Sandbox::User "root";\n',
        encoding="utf-8",
    )
    own = {"APT_CONFIG": str(config)}
    run("apt-get", "-qq", "update", cwd=folder, **own)
    run("apt-get", "-qq", "download", *DEBIAN, cwd=folder, **own)
    for package in folder.glob("*.deb"):
        run("dpkg", "-x", package, folder / "root", cwd=folder)
    return folder / "root"


def installed(wheel: Path, machine: str, version: str, folder: Path) -> Path:
    """Install a wheel and what it asks for, for a Python on a machine."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder]
    pip += ["--python-version", version, "--implementation", "cp"]
    pip += ["--abi", f"cp{version.replace('.', '')}", "--abi", "abi3"]
    for glibc in GLIBC:
        pip += ["--platform", f"manylinux_{glibc}_{machine}"]
    pip += ["--platform", f"manylinux2014_{machine}", "--only-binary=:all:"]
    run(*pip, wheel, cwd=wheel.parent)
    return folder


def main() -> int:
    """Run both; say if they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dist", type=Path, default=ROOT / "dist")
    dist = parser.parse_args().dist.resolve()
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        root = arm_root(folder / "arm")
        emulated = ("qemu-aarch64", "-L", root, root / "usr" / "bin" / "python3.11")
        for machine, version, python in (
            ("x86_64", own, (sys.executable,)),
            ("aarch64", "3.11", emulated),
        ):
            (wheel,) = dist.glob(f"*manylinux*_{machine}.whl")
            site = installed(wheel, machine, version, folder / machine)
            text = run(*python, "-P", "-c", CODE, cwd=folder, PYTHONPATH=str(site))
            place, found[machine] = text.split()
            print(f"{machine}: Python {version} on {place} ends with {found[machine]}")
            if place != machine:
                return 1
    return int(len(set(found.values())) > 1)


if __name__ == "__main__":
    sys.exit(main())
