"""What an idle connection costs, seen from outside: memory, wake-ups and CPU time of the process, by /proc."""
import subprocess
import tempfile
import time
from pathlib import Path

from .processes import Failure, RealServer, end
from .targets import IDLE
from .workloads import BACKENDS, our_name

CONNECTIONS_MORE = 200
CONNECT_SECONDS_LIMIT = 20
# The idle threads of Swift's global executor end after five seconds.
SETTLE_SECONDS = 7
WINDOW_SECONDS = 5
# The program ends itself long after it has been looked at.
DURATION_SECONDS = 60


def measure_idle(bench, rounds, results):
    """Adds `rounds` lines for each backend. The window lies between two PINGs, which come every two minutes."""
    with RealServer() as server:
        for _ in range(rounds):
            for backend in BACKENDS:
                try:
                    results.add(IDLE, our_name(IDLE, backend), _one_round(bench, server.url, backend))
                except Failure as failure:
                    results.failures.append(f"idle, {backend}: {failure}")


def _one_round(bench, url, backend):
    one = _observe(bench, url, backend, 1, WINDOW_SECONDS)
    many = _observe(bench, url, backend, 1 + CONNECTIONS_MORE, 0)
    return {
        "wake_ups_per_second": one["switches"] / WINDOW_SECONDS,
        "cpu_percent": one["cpu_ns"] / WINDOW_SECONDS / 1e9 * 100,
        "resident_mib": one["resident_kib"] / 1024,
        "anonymous_mib": one["anonymous_kib"] / 1024,
        "resident_kib_per_connection": (many["resident_kib"] - one["resident_kib"]) / CONNECTIONS_MORE,
    }


def _observe(bench, url, backend, connections, window_seconds):
    command = [
        bench, "idle", "--url", url, "--connections", connections, "--backend", backend, "--duration", DURATION_SECONDS,
        "--json"]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors)
        try:
            _await_sockets(process, connections)
            time.sleep(SETTLE_SECONDS)
            before = _scheduling(process.pid)
            time.sleep(window_seconds)
            after = _scheduling(process.pid)
            # A thread that ends meanwhile is none of the connection's.
            differences = [[new - old for old, new in zip(before[task], after[task])] for task in before.keys() & after.keys()]
            return {
                "switches": sum(switches for switches, _ in differences),
                "cpu_ns": sum(nanoseconds for _, nanoseconds in differences),
                "resident_kib": _status(f"/proc/{process.pid}", "VmRSS"),
                "anonymous_kib": _status(f"/proc/{process.pid}", "RssAnon"),
            }
        except OSError:
            errors.seek(0)
            raise Failure(f"nats-bench idle has ended: {errors.read()[-1000:]}") from None
        finally:
            end(process)


def _await_sockets(process, count):
    deadline = time.monotonic() + CONNECT_SECONDS_LIMIT
    while time.monotonic() < deadline:
        links = [descriptor.readlink() for descriptor in Path(f"/proc/{process.pid}/fd").iterdir()]
        if sum(str(link).startswith("socket:") for link in links) >= count:
            return
        if process.poll() is not None:
            raise ProcessLookupError
        time.sleep(.05)
    raise Failure(f"{count} connections are not made after {CONNECT_SECONDS_LIMIT} s")


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
