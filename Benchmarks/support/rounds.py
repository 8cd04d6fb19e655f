"""Measures every contender of every workload once a round: what the machine does meanwhile hits all alike."""
import contextlib
import statistics
import sys

from .certificates import certificates as made_certificates
from .processes import Failure, Peer, RealServer, run_for_figures

RUN_SECONDS_LIMIT = 120
# Of the measured messages, before the measured window.
WARMUP_SHARE = .1


class Results:
    """Lines of figures by workload and contender; a round adds one."""

    def __init__(self):
        self.lines = {}
        self.failures = []

    def add(self, workload, contender, line):
        self.lines.setdefault((workload, contender), []).append(line)

    def median(self, workload, contender, metric):
        """None when it was not measured, or does not apply."""
        values = [line.get(metric) for line in self.lines.get((workload, contender), [])]
        values = [value for value in values if value is not None]
        return statistics.median(values) if values else None


@contextlib.contextmanager
def server_for(workload, messages, certificates):
    """A server that the contender doesn't share with anybody, but for nats-server."""
    if workload.server == "flood":
        with Peer("flood", messages, workload.size, 0, workload.headers, certificates=certificates) as flood:
            yield flood.url
        return
    with Peer("sink", certificates=certificates) as sink:
        yield sink.url
        if (counted := sink.report()["messages"]) != messages:
            raise Failure(f"{workload.name}: the sink has counted {counted} messages instead of {messages}")


def warmup(messages):
    return int(messages * WARMUP_SHARE)


def total_messages(workload, contender, scale):
    messages = contender.count(workload, scale)
    return messages + warmup(messages)


def measure(workload, contender, scale, real_server=None, certificates=None, tracer=()):
    messages, total = contender.count(workload, scale), total_messages(workload, contender, scale)
    server = contextlib.nullcontext(real_server.url) if real_server else server_for(workload, total, certificates)
    with server as url:
        return run_for_figures(
            [*tracer, *contender.command(workload, url, messages, total - messages, certificates)], RUN_SECONDS_LIMIT)


def certificates_for(workload):
    return made_certificates() if workload.tls else contextlib.nullcontext()


def real_server_for(workload, certificates=None):
    if workload.server not in ("nats-server", "jetstream"):
        return contextlib.nullcontext()
    return RealServer(certificates, has_jetstream=workload.server == "jetstream")


def one_round(entries, index, scale, results):
    """`entries`: workloads with their contenders. Each round begins with another one."""
    for workload, contenders in entries:
        start = index % len(contenders)
        with certificates_for(workload) as certificates, real_server_for(workload, certificates) as real_server:
            for contender in contenders[start:] + contenders[:start]:
                try:
                    results.add(workload.name, contender.name, measure(workload, contender, scale, real_server, certificates))
                except Failure as failure:
                    results.failures.append(f"{workload.name}, {contender.name}: {failure}")


def all_rounds(entries, count, scale):
    results = Results()
    for index in range(count):
        print(f"round {index + 1} of {count}", file=sys.stderr, flush=True)
        one_round(entries, index, scale, results)
    return results
