"""What is measured, and who takes part."""
from dataclasses import dataclass, replace

from .setup import PEER_PROGRAMS, PEERS

BACKENDS = ("epoll", "io_uring")


@dataclass(frozen=True)
class Workload:
    name: str
    group: str
    # As nats-bench calls it: pub, sub, request, js-pub, kv-put, …
    kind: str
    # What it runs against: sink, flood, nats-server with a responder, or jetstream: the same with streams.
    server: str
    size: int
    # For our client; others are given a share, so that nobody takes much longer or shorter.
    messages: int
    headers: int = 0
    tasks: int = 1
    inflight: int = 1
    tls: bool = False
    # Of JetStream: where the stream keeps its messages, memory or file.
    storage: str = ""
    # Of JetStream: each message is acknowledged.
    ack: bool = False

    @property
    def subject(self):
        return "bench.echo" if self.kind == "request" else "bench.stream"

    def wire_bytes(self):
        """Size of one frame, as the peers and clients send it."""
        headers = len("NATS/1.0\r\n\r\n") + self.headers * len("Bench-Header-1: 0123456789abcdef\r\n")
        sizes = f"{headers} {headers + self.size}" if self.headers else str(self.size)
        sid = " 1" if self.kind == "sub" else ""
        verb = ("H" if self.headers else "") + ("MSG" if self.kind == "sub" else "PUB")
        return len(f"{verb} {self.subject}{sid} {sizes}\r\n\r\n") + self.size + (headers if self.headers else 0)


PUBLISH_16 = Workload("publish 16 B", "publish", "pub", "sink", 16, 4_000_000)
PUBLISH_128 = Workload("publish 128 B", "publish", "pub", "sink", 128, 3_000_000)
PUBLISH_HEADERS = Workload("publish 128 B, 3 headers", "publish", "pub", "sink", 128, 1_500_000, headers=3)
PUBLISH_64K = Workload("publish 64 KiB", "publish", "pub", "sink", 64 << 10, 20_000)
PUBLISH_TASKS = Workload("publish 128 B, 4 tasks", "publish", "pub", "sink", 128, 3_000_000, tasks=4)
PUBLISH_SERVER = Workload("publish 128 B, nats-server", "publish", "pub", "nats-server", 128, 1_500_000)
RECEIVE_16 = Workload("receive 16 B", "receive", "sub", "flood", 16, 5_000_000)
RECEIVE_128 = Workload("receive 128 B", "receive", "sub", "flood", 128, 4_000_000)
RECEIVE_HEADERS = Workload("receive 128 B, 3 headers", "receive", "sub", "flood", 128, 3_000_000, headers=3)
REQUEST = Workload("request 128 B", "request", "request", "nats-server", 128, 5_000)
REQUESTS_1024 = Workload("request 128 B, 1024 in flight", "request", "request", "nats-server", 128, 200_000, inflight=1024)
PUBLISH_TLS = replace(PUBLISH_128, name="publish 128 B, TLS", group="tls", tls=True)
PUBLISH_64K_TLS = replace(PUBLISH_64K, name="publish 64 KiB, TLS", group="tls", tls=True, messages=10_000)
RECEIVE_TLS = replace(RECEIVE_128, name="receive 128 B, TLS", group="tls", tls=True)
REQUEST_TLS = replace(REQUEST, name="request 128 B, TLS", group="tls", tls=True)
STREAM_PUBLISH = {
    storage: Workload(f"stream publish 128 B, {storage}, window of 4096", "jetstream", "js-pub", "jetstream", 128, 400_000,
                      inflight=4096, storage=storage) for storage in ("memory", "file")}
STREAM_PUBLISH_SYNC = {
    storage: Workload(f"stream publish 128 B, {storage}, awaiting each", "jetstream", "js-pub-sync", "jetstream", 128, 10_000,
                      storage=storage) for storage in ("memory", "file")}
PULL = Workload("pull 128 B", "jetstream", "js-consume", "jetstream", 128, 500_000, inflight=500, storage="memory")
PULL_16 = replace(PULL, name="pull 16 B", size=16)
PULL_FILE = replace(PULL, name="pull 128 B, file", storage="file")
PULL_16_FILE = replace(PULL_16, name="pull 16 B, file", storage="file")
PULL_ACK = replace(PULL, name="pull 128 B, acknowledged", ack=True, messages=300_000)
FETCH = replace(PULL, name="fetch 500 times 128 B", kind="js-fetch")
KV_PUT = Workload("KV put 128 B", "key-value", "kv-put", "jetstream", 128, 10_000, storage="memory")
KV_PUT_64 = replace(KV_PUT, name="KV put 128 B, 64 in flight", messages=100_000, inflight=64)
KV_GET = replace(KV_PUT, name="KV get 128 B", kind="kv-get")
KV_GET_64 = replace(KV_PUT_64, name="KV get 128 B, 64 in flight", kind="kv-get")
KV_WATCH = replace(KV_PUT, name="KV watch 128 B", kind="kv-watch", messages=200_000)
# The same without TLS: measured with them, so that their ratio is of one run.
COUNTERPARTS_OF_TLS = (PUBLISH_128, PUBLISH_64K, RECEIVE_128, REQUEST)
WORKLOADS = (
    PUBLISH_16, PUBLISH_128, PUBLISH_HEADERS, PUBLISH_64K, PUBLISH_TASKS, PUBLISH_SERVER, RECEIVE_16, RECEIVE_128,
    RECEIVE_HEADERS, REQUEST, REQUESTS_1024, PUBLISH_TLS, PUBLISH_64K_TLS, RECEIVE_TLS, REQUEST_TLS,
    *STREAM_PUBLISH.values(), *STREAM_PUBLISH_SYNC.values(), PULL, PULL_16, PULL_FILE, PULL_16_FILE, PULL_ACK, FETCH,
    KV_PUT, KV_PUT_64, KV_GET, KV_GET_64, KV_WATCH)


@dataclass(frozen=True)
class Contender:
    name: str
    # The program, and the workload's name on its command line.
    program: tuple
    # More options: name and value.
    options: tuple = ()
    # Its share of the workload's messages.
    share: float = 1

    def count(self, workload, scale):
        return int(max(1_000, workload.messages * self.share) * scale)

    def command(self, workload, url, messages, warmup, certificates=None):
        command = [
            *self.program, "--url", url, "--subject", workload.subject, "--size", workload.size, "--messages", messages,
            "--warmup", warmup, "--headers", workload.headers, "--inflight", workload.inflight, *self.options]
        command += ["--tasks", workload.tasks] if workload.tasks > 1 else []
        command += ["--ack"] if workload.ack else []
        command += ["--tls-ca", certificates.authority] if workload.tls else []
        return [*command, "--json"]


LIBNATS = PEER_PROGRAMS / "libnats_bench"
FLOOR = PEER_PROGRAMS / "floor"
# By workload kind: the forms in which our client offers it, each with the option that chooses it.
PAYLOADS = {form: ("--payload", form) for form in ("bytes", "prepared", "span", "string")}
DELIVERIES = {form: ("--delivery", form) for form in ("inline", "batches", "sequence")}
EXECUTORS = {form: ("--executor", form) for form in ("reactor", "global")}
# Polls longer than an answer takes.
BUSY_POLLING = {"reactor, busy polling": ("--executor", "reactor", "--busy-poll", 500)}


def our_name(form, backend):
    return f"{form}, {backend}"


def our_forms(workload):
    if workload.kind == "sub":
        return {"inline": DELIVERIES["inline"]} if workload.tls else DELIVERIES
    if workload.kind == "js-consume":
        return DELIVERIES
    if workload.kind == "js-fetch":
        return {"fetch": ()}
    if workload.server == "jetstream":
        return EXECUTORS
    if workload.kind == "request":
        return EXECUTORS | (BUSY_POLLING if workload.inflight == 1 and not workload.tls else {})
    if workload.tls:
        return {"bytes": PAYLOADS["bytes"]}
    forms = tuple(PAYLOADS) if workload == PUBLISH_128 else ("bytes", "prepared")
    return {form: PAYLOADS[form] for form in forms}


def our_contenders(workload, bench):
    for form, option in our_forms(workload).items():
        storage = ("--storage", workload.storage) if workload.storage else ()
        for backend in BACKENDS:
            yield Contender(our_name(form, backend), (bench, workload.kind), (*option, *storage, "--backend", backend))


def floors(workload):
    if workload.kind == "js-consume" and not workload.ack:
        yield Contender("floor: pull", (FLOOR, "pull"), ("--style", workload.storage))
        yield Contender("floor: supervised pull", (FLOOR, "pull-supervised"), ("--style", workload.storage))
    if workload.kind == "js-pub":
        yield Contender("floor: window", (FLOOR, "js-pub"), ("--style", workload.storage))
    if workload.kind == "js-pub-sync" or workload == KV_PUT:
        # A put is a publish to a stream.
        yield Contender("floor: ping-pong", (FLOOR, "js-pub-sync"), ("--style", workload.storage))
    if workload.tls or workload.server == "jetstream":
        return
    if workload.kind == "sub":
        yield Contender("floor: scan", (FLOOR, "scan"), share=2)
    elif workload.inflight > 1:
        yield Contender("floor: window", (FLOOR, "window"), share=2)
    elif workload.kind == "request":
        yield Contender("floor: ping-pong", (FLOOR, "pingpong"))
    elif workload.tasks == 1:
        yield Contender("floor: formatted", (FLOOR, "formatted"), share=2)
        yield Contender("floor: preformatted", (FLOOR, "preformatted"), share=2)


def peers(workload, python):
    if workload.server == "jetstream":
        # libnats of Debian has one way to pull.
        kind = "js-fetch" if workload.kind == "js-consume" else workload.kind
        yield Contender("libnats", (LIBNATS, kind), ("--style", workload.storage))
        if python is not None and workload.group == "key-value":
            share = 1 if workload.inflight == 1 and workload != KV_WATCH else .1
            yield Contender("nats-py", (python, PEERS / "nats_py_bench.py", kind), share=share)
        return
    if workload.inflight > 1:
        yield Contender("libnats", (LIBNATS, "request"), ("--style", "inbox"))
        yield Contender("libnats, request calls", (LIBNATS, "request"), ("--style", "threads"), share=.05)
    else:
        yield Contender("libnats", (LIBNATS, workload.kind), share=.4 if workload.kind == "sub" else 1)
    if python is not None and workload.tasks == 1 and not workload.tls:
        share = 1 if workload.kind == "request" and workload.inflight == 1 else .05
        yield Contender("nats-py", (python, PEERS / "nats_py_bench.py", workload.kind), share=share)


def contenders(workload, bench, python):
    return [*peers(workload, python), *floors(workload), *our_contenders(workload, bench)]
