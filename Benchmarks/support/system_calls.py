"""System calls per message, by strace, in runs of their own that nothing else is taken from.

A contender runs twice, the first time with next to no messages: the difference is what the messages cost. strace makes
every call slow, so that threads meet otherwise and more bytes gather between two calls; it does so for everybody.
"""
import sys
import tempfile
from pathlib import Path

from . import workloads as w
from .processes import Failure
from .rounds import measure, real_server_for, total_messages

WORKLOADS = (w.PUBLISH_128, w.PUBLISH_64K, w.RECEIVE_128, w.REQUEST, w.REQUESTS_1024)
SCALE = .3
SCALE_OF_NOTHING = .001
# Calls that are fewer aren't named.
PART_MIN = .005
# Calls that carry bytes of the connection; with a ring, io_uring_enter is the only one.
TRANSFERS = {
    "read", "readv", "recvfrom", "recvmsg", "write", "writev", "send", "sendto", "sendmsg", "io_uring_enter"}


def measure_system_calls(contenders_of):
    """One entry a workload and contender."""
    rows, failures = [], []
    for workload in WORKLOADS:
        for contender in contenders_of(workload):
            try:
                rows.append(_row(workload, contender))
            except Failure as failure:
                failures.append(f"system calls, {workload.name}, {contender.name}: {failure}")
    return rows, failures


def _row(workload, contender):
    print(f"system calls: {workload.name}, {contender.name}", file=sys.stderr, flush=True)
    start, whole = (_count(workload, contender, scale) for scale in (SCALE_OF_NOTHING, SCALE))
    messages = total_messages(workload, contender, SCALE) - total_messages(workload, contender, SCALE_OF_NOTHING)
    calls = {name: max(0, count - start.get(name, 0)) / messages for name, count in whole.items()}
    calls = dict(sorted(calls.items(), key=lambda item: -item[1]))
    transfers = sum(rate for name, rate in calls.items() if name in TRANSFERS)
    return {
        "workload": workload.name, "contender": contender.name, "calls_per_message": sum(calls.values()),
        "bytes_per_transfer": workload.wire_bytes() / transfers if transfers and workload.kind != "request" else None,
        "by_name": {name: rate for name, rate in calls.items() if rate > PART_MIN * sum(calls.values())},
    }


def _count(workload, contender, scale):
    with tempfile.TemporaryDirectory() as folder, real_server_for(workload) as real_server:
        output = Path(folder) / "calls"
        tracer = ["strace", "--follow-forks", "--summary-only", "--summary-columns=name,calls", "--output", output]
        measure(workload, contender, scale, real_server, tracer=tracer)
        counts = {}
        for line in output.read_text().splitlines():
            words = line.split()
            if len(words) == 2 and words[1].isdigit() and words[0] != "total":
                counts[words[0]] = counts.get(words[0], 0) + int(words[1])
        return counts
