"""Where things are, how they are built, and what is installed when it is missing."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent
REPOSITORY = BENCHMARKS.parent
PEERS = BENCHMARKS / "Peers"
PEER_PROGRAMS = PEERS / "build"
NATS_SERVER = REPOSITORY / ".tools" / "nats-server"
PYTHON_ENVIRONMENT = BENCHMARKS / ".venv"


def install_packages(*packages):
    """Installs what is missing, by apt."""
    missing = [package for package in packages if not package_version(package)]
    if not missing:
        return
    if not shutil.which("apt-get"):
        sys.exit(f"Install these first: {', '.join(missing)}")
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    print(f"installing {', '.join(missing)}", file=sys.stderr)
    subprocess.run([*as_root, "apt-get", "update", "-qq"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq",
         "--no-install-recommends", *missing], check=True, stdout=subprocess.DEVNULL)


def package_version(package):
    """The version that dpkg has installed, or an empty text."""
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f=${db:Status-Abbrev} ${Version}", package], capture_output=True, text=True).stdout
    return answer.split()[1] if answer.startswith("ii") else ""


def python_with(requirement):
    """The interpreter of a virtual environment of our own in which `requirement` is installed."""
    python = PYTHON_ENVIRONMENT / "bin" / "python"
    name = requirement.partition("==")[0]
    if python_package_version(name):
        return python
    print(f"installing {requirement} into {PYTHON_ENVIRONMENT.relative_to(REPOSITORY)}", file=sys.stderr)
    shutil.rmtree(PYTHON_ENVIRONMENT, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", PYTHON_ENVIRONMENT], check=True)
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement], check=True,
        stdout=sys.stderr)
    return python


def python_package_version(name):
    python = PYTHON_ENVIRONMENT / "bin" / "python"
    if not python.exists():
        return ""
    source = f"import importlib.metadata; print(importlib.metadata.version({name!r}))"
    return subprocess.run([python, "-c", source], capture_output=True, text=True).stdout.strip()


def build_peers(*targets):
    subprocess.run(["make", "-s", "-C", PEERS, *targets], check=True, stdout=sys.stderr)


# How a release binary is linked: the options of `swift build`.
LINKINGS = {
    "dynamic": [],
    "static Swift libraries": ["--static-swift-stdlib"],
    "static executable": ["-Xswiftc", "-static-executable"],
}


def build_product(product, linking="dynamic"):
    """Builds an executable of this package for release; returns its path."""
    build = ["swift", "build", "-c", "release", "--package-path", BENCHMARKS]
    if linking != "dynamic":
        build += [*LINKINGS[linking], "--scratch-path", BENCHMARKS / ".build" / linking.replace(" ", "-")]
    subprocess.run([*build, "--product", product], check=True, stdout=sys.stderr)
    folder = subprocess.run([*build, "--show-bin-path"], check=True, capture_output=True, text=True).stdout.strip()
    return Path(folder) / product


def swift_version():
    """As in "6.3.1"."""
    words = subprocess.run(["swift", "--version"], check=True, capture_output=True, text=True).stdout.split()
    return words[words.index("version") + 1]
