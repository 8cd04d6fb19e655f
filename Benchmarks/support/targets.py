"""What this client promises: one entry a row of the table of targets. A new promise is a new entry."""
from dataclasses import dataclass

from . import workloads as w

LIBNATS = "libnats"
# Figures of which more is better; of all others less is.
MORE_IS_BETTER = {"messages_per_second"}


@dataclass(frozen=True)
class Target:
    title: str
    # The workload and the form of our client; every backend has to keep the promise.
    workload: str
    form: str
    metric: str
    # The ratio of ours to the reference, or our figure itself without one. None: not promised, only aimed for.
    must: float | None
    aim: float | None
    # A contender of the same workload, or of `reference_workload`; for a form of ours the same backend is taken.
    reference: str | None = LIBNATS
    reference_workload: str | None = None
    # Part of the short run.
    is_gate: bool = False
    # The record in Docs/Decisions that says why this promise may be missed, and by what it is bounded. Still printed.
    decision: int | None = None

    @property
    def is_more_better(self):
        return self.metric in MORE_IS_BETTER

    def is_kept(self, value, tolerance=0.0):
        if self.must is None:
            return True
        if self.is_more_better:
            return value >= self.must * (1 - tolerance)
        return value <= self.must * (1 + tolerance)

    def is_aim_reached(self, value):
        if self.aim is None:
            return self.is_kept(value)
        return value >= self.aim if self.is_more_better else value <= self.aim


def _rate(title, workload, form, must, aim, **more):
    return Target(title, workload.name, form, "messages_per_second", must, aim, **more)


def _publish(workload, must, aim, must_prepared, aim_prepared, is_gate=False, decision_prepared=None):
    yield _rate(workload.name, workload, "bytes", must, aim, is_gate=is_gate)
    yield _rate(f"{workload.name}, prepared", workload, "prepared", must_prepared, aim_prepared, is_gate=is_gate,
                decision=decision_prepared)
    yield _rate(f"{workload.name}, prepared, of preformatted frames", workload, "prepared", None, .5,
                reference="floor: preformatted")
    yield _rate(f"{workload.name}, of the raw formatter", workload, "bytes", None, .5, reference="floor: formatted")


def _receive(workload, is_gate=False):
    for form, must, aim in (("inline", 6, 10), ("batches", 4, 6), ("sequence", 2, 4)):
        yield _rate(f"{workload.name}, {form}", workload, form, must, aim, is_gate=is_gate)
    yield _rate(f"{workload.name}, inline, of the raw scanner", workload, "inline", None, .5, reference="floor: scan")


def _allocations(title, workload, form, must, aim):
    return Target(
        f"allocations: {title}", workload.name, form, "allocations_per_message", must, aim, reference=None)


def _tls(workload, plain, form, metric, must, aim, aim_to_plain, decision=None):
    """To libnats with TLS, and to ourselves without."""
    yield Target(f"{workload.name}, {form}", workload.name, form, metric, must, aim, decision=decision)
    yield Target(f"{workload.name}, {form}, to the same without TLS", workload.name, form, metric, None, aim_to_plain,
                 reference=form, reference_workload=plain.name)


def _stream_publish(storage):
    window, sync = w.STREAM_PUBLISH[storage], w.STREAM_PUBLISH_SYNC[storage]
    for form in ("reactor", "global"):
        yield _rate(f"{window.name}, {form} executor", window, form, 1.2, None, is_gate=storage == "memory", decision=11)
        yield Target(f"{window.name}, {form} executor: CPU per message", window.name, form, "cpu_ns_per_message", 1 / 3, None,
                     decision=11 if form == "global" else None)
        yield _allocations(f"{window.name}, {form} executor", window, form, 1, 0)
        yield _rate(f"{window.name}, {form} executor, of the raw floor", window, form, None, .9, reference="floor: window")
        yield Target(f"{sync.name}, {form} executor: p50", sync.name, form, "p50_us", .9, None,
                     decision=8 if form == "global" else None)
        yield Target(f"{sync.name}, {form} executor: p50 to the raw ping-pong", sync.name, form, "p50_us", None, 1.1,
                     reference="floor: ping-pong")


def _pull(workload):
    for form in w.DELIVERIES:
        yield _rate(f"{workload.name}, {form}", workload, form, 1.5, None, is_gate=workload == w.PULL and form == "batches")
    yield _rate(f"{workload.name}, inline, of the raw floor", workload, "inline", None, .9, reference="floor: pull")
    # What the same requests cost the server: Docs/Decisions/0013.
    yield _rate(f"{workload.name}, inline, of the raw floor with our requests", workload, "inline", None, .9,
                reference="floor: supervised pull")


PROMISES = (
    *_publish(w.PUBLISH_16, 2, 3, 2.5, 4),
    *_publish(w.PUBLISH_128, 2, 3, 2.5, 4, is_gate=True, decision_prepared=8),
    _rate("publish 128 B, 3 headers", w.PUBLISH_HEADERS, "bytes", 2, 4, is_gate=True),
    _rate("publish 64 KiB", w.PUBLISH_64K, "bytes", 1.2, 2),
    _rate("publish 128 B, 4 tasks, to libnats' single producer", w.PUBLISH_TASKS, "bytes", 1, 1.5,
          reference_workload=w.PUBLISH_128.name),
    Target("CPU per published message, 128 B, nats-server", w.PUBLISH_SERVER.name, "bytes", "cpu_ns_per_message", .6, .35),
    *_receive(w.RECEIVE_16),
    *_receive(w.RECEIVE_128, is_gate=True),
    Target("receive 128 B, 3 headers not read: time to that without headers", w.RECEIVE_HEADERS.name, "inline",
           "ns_per_message", 1.4, 1.2, reference="inline", reference_workload=w.RECEIVE_128.name, decision=8),
    _rate("receive 128 B, 3 headers not read, of the raw scanner", w.RECEIVE_HEADERS, "inline", .5, .8,
          reference="floor: scan"),
    Target("request p50, on the reactor's executor", w.REQUEST.name, "reactor", "p50_us", .9, None, is_gate=True,
           decision=8),
    Target("request p50, on the reactor's executor, to the raw ping-pong", w.REQUEST.name, "reactor", "p50_us", 1.25, 1.1,
           reference="floor: ping-pong"),
    Target("request p50, on the reactor's executor, busy polling, to the raw ping-pong", w.REQUEST.name,
           "reactor, busy polling", "p50_us", None, 1, reference="floor: ping-pong"),
    Target("request p50, on the global executor", w.REQUEST.name, "global", "p50_us", 1, .9, decision=8),
    # The one call of libnats that does the same: waits for its own reply, until a timeout.
    _rate("1024 requests in flight, to libnats' request calls", w.REQUESTS_1024, "global", 2, 4,
          reference="libnats, request calls", is_gate=True),
    # Replies that are only counted, without a deadline or a caller of their own. See Docs/Performance.md.
    _rate("1024 requests in flight, to a window over one inbox in libnats", w.REQUESTS_1024, "global", None, 1),
    *_tls(w.PUBLISH_TLS, w.PUBLISH_128, "bytes", "messages_per_second", 1, 2, .5),
    *_tls(w.PUBLISH_64K_TLS, w.PUBLISH_64K, "bytes", "messages_per_second", 1, 1.2, .3),
    *_tls(w.RECEIVE_TLS, w.RECEIVE_128, "inline", "messages_per_second", 2, 4, .3),
    *_tls(w.REQUEST_TLS, w.REQUEST, "reactor", "p50_us", 1, .9, 1.3),
    *_tls(w.REQUEST_TLS, w.REQUEST, "global", "p50_us", 1, .9, 1.3, decision=8),
    *(promise for pull in (w.PULL, w.PULL_16, w.PULL_FILE, w.PULL_16_FILE) for promise in _pull(pull)),
    *(_rate(f"{w.PULL_ACK.name}, {form}", w.PULL_ACK, form, 1, 1.5) for form in w.DELIVERIES),
    _rate(w.FETCH.name, w.FETCH, "fetch", 1, 1.5),
    *(Target(f"CPU per message, {workload.name}, {form}", workload.name, form, "cpu_ns_per_message", .34, .2)
      for workload in (w.PULL, w.PULL_16, w.PULL_FILE, w.PULL_16_FILE, w.PULL_ACK) for form in w.DELIVERIES),
    *(_allocations(f"{w.PULL.name}, {form}", w.PULL, form, 0, 0) for form in w.DELIVERIES),
    *(_allocations(f"publish, {form}", w.PUBLISH_128, form, 0, 0) for form in w.PAYLOADS),
    _allocations("publish, 3 headers", w.PUBLISH_HEADERS, "bytes", 0, 0),
    *(_allocations(f"receive, {form}", w.RECEIVE_128, form, 0, 0) for form in w.DELIVERIES),
    _allocations("request, reactor's executor", w.REQUEST, "reactor", 2, 1),
    _allocations("request, global executor", w.REQUEST, "global", 2, 1),
    *(promise for storage in ("memory", "file") for promise in _stream_publish(storage)),
)

IDLE = "idle"
RESOURCE_PROMISES = (
    Target("idle connection: wake-ups per second", IDLE, IDLE, "wake_ups_per_second", 0, 0, reference=None),
    Target("idle connection: CPU, %", IDLE, IDLE, "cpu_percent", 0, 0, reference=None),
    Target("RSS with one idle connection, MiB", IDLE, IDLE, "resident_mib", 8, None, reference=None),
    Target("RSS of each further connection, KiB", IDLE, IDLE, "resident_kib_per_connection", 24, None, reference=None),
)
