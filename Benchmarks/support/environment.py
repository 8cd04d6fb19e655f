"""What the figures were made on."""
import datetime
import os
import platform
import subprocess

from .setup import NATS_SERVER, REPOSITORY, package_version, python_package_version, swift_version


def environment():
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": _output("git", "-C", REPOSITORY, "describe", "--always", "--dirty"),
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", ""),
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "swift": swift_version(),
        "nats_server": _output(NATS_SERVER, "--version").removeprefix("nats-server: v"),
        "libnats": package_version("libnats-dev"),
        "nats_py": python_package_version("nats-py") or None,
    }


def sentence(facts):
    return (
        f"{facts['cores']} CPUs ({facts['cpu']}), Linux {facts['kernel']}, {facts['system']}, Swift {facts['swift']}, release; "
        f"nats-server {facts['nats_server']}, libnats {facts['libnats']}"
        + (f", nats-py {facts['nats_py']}" if facts["nats_py"] else "") + f"; commit {facts['commit']}, {facts['date'][:10]}.")


def _output(*command):
    try:
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _cpu_model():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
