"""What an idle connection costs, seen from outside: memory, wake-ups and CPU time of the process, by /proc."""
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from .processes import Failure, RealServer, end
from .targets import IDLE
from .workloads import BACKENDS, our_name

CONNECTIONS_MORE = 200
# nats-server measures the round trip 2 s after a connection was made.
SETTLE_SECONDS = 3
WINDOW_SECONDS = 5


def measure_idle(probe, rounds, results):
    """Adds `rounds` lines for each backend. The window lies between two PINGs, which come every two minutes."""
    with RealServer() as server:
        for _ in range(rounds):
            for backend in BACKENDS:
                try:
                    results.add(IDLE, our_name(IDLE, backend), one_round(probe, server.url, backend))
                except Failure as failure:
                    results.failures.append(f"idle, {backend}: {failure}")


def one_round(probe, url, backend, more=CONNECTIONS_MORE, authority=None):
    """What one idle connection costs, and how much each of `more` further ones; with an authority, over TLS."""
    one = _observe(probe, url, backend, 1, authority)
    many = _observe(probe, url, backend, 1 + more, authority)
    return {
        "wake_ups_per_second": one["switches"] / WINDOW_SECONDS,
        "cpu_percent": one["cpu_ns"] / WINDOW_SECONDS / 1e9 * 100,
        "resident_mib": one["resident_kib"] / 1024,
        "anonymous_mib": one["anonymous_kib"] / 1024,
        "resident_kib_per_connection": (many["resident_kib"] - one["resident_kib"]) / more,
        "wake_ups_per_second_of_all": many["switches"] / WINDOW_SECONDS,
        "cpu_percent_of_all": many["cpu_ns"] / WINDOW_SECONDS / 1e9 * 100,
    }


def _observe(probe, url, backend, connections, authority):
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [probe, url, str(connections), *([authority] if authority else [])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            env=os.environ | {"NATS_REACTOR_BACKEND": backend}, preexec_fn=_allow_many_descriptors)
        try:
            if process.stdout.readline().strip() != "ready":
                raise ProcessLookupError
            time.sleep(SETTLE_SECONDS)
            before = _scheduling(process.pid)
            time.sleep(WINDOW_SECONDS)
            after = _scheduling(process.pid)
            differences = [[new - old for old, new in zip(before[task], after[task])] for task in before.keys() & after.keys()]
            return {
                "switches": sum(switches for switches, _ in differences),
                "cpu_ns": sum(nanoseconds for _, nanoseconds in differences),
                "resident_kib": _status(f"/proc/{process.pid}", "VmRSS"),
                "anonymous_kib": _status(f"/proc/{process.pid}", "RssAnon"),
            }
        except OSError:
            errors.seek(0)
            raise Failure(f"idle-probe has ended: {errors.read()[-1000:]}") from None
        finally:
            end(process)


def _allow_many_descriptors():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _scheduling(pid):
    """Of each thread: how often it went to sleep, and its nanoseconds on a CPU."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return {
        task.name: (_status(task, "voluntary_ctxt_switches"), int((task / "schedstat").read_text().split()[0]))
        for task in tasks}


def _status(folder, name):
    for line in (Path(folder) / "status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise Failure(f"no {name} in {folder}/status")
