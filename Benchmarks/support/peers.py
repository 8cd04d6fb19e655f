"""What the scripts of this folder share: building, and the processes that they measure against."""
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent
REPOSITORY = BENCHMARKS.parent
PEERS = BENCHMARKS / "Peers"
TOOLS = REPOSITORY / ".tools"


def install_packages(*packages):
    """Installs what is missing, by apt."""
    missing = []
    for package in packages:
        status = subprocess.run(
            ["dpkg-query", "-W", "-f=${db:Status-Abbrev}", package], capture_output=True, text=True).stdout
        if not status.startswith("ii"):
            missing.append(package)
    if not missing:
        return
    if not shutil.which("apt-get"):
        sys.exit(f"Install these first: {', '.join(missing)}")
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    print(f"installing {', '.join(missing)}", file=sys.stderr)
    subprocess.run([*as_root, "apt-get", "update", "-qq"], check=True)
    subprocess.run(
        [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq",
         "--no-install-recommends", *missing], check=True, stdout=subprocess.DEVNULL)


def build_peers(*targets):
    subprocess.run(["make", "-s", "-C", PEERS, *targets], check=True)


def build_products(*products):
    """Builds executables of this package for release; returns their paths."""
    build = ["swift", "build", "-c", "release", "--package-path", BENCHMARKS]
    for product in products:
        subprocess.run([*build, "--product", product], check=True, stdout=sys.stderr)
    folder = subprocess.run([*build, "--show-bin-path"], check=True, capture_output=True, text=True).stdout.strip()
    return {product: Path(folder) / product for product in products}


class Peer:
    """A running C program of Peers/ that prints its port, or "ready", as its first line."""

    def __init__(self, name, *arguments):
        self.command = [PEERS / "build" / name, *map(str, arguments)]

    def __enter__(self):
        # The programs end when their standard input does: also when this script is killed.
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().strip()
        self.port = int(line) if line.isdigit() else None
        if not line:
            raise RuntimeError(f"{self.command[0]} did not start")
        # Their reports are not read, but the pipe must not fill.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=10)
