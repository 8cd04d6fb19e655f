#!/usr/bin/env python3
"""nats-py on the workloads that our client is measured with: the command line of nats-bench, and its line of JSON.

    nats_py_bench.py pub|sub|request|kv-put|kv-get|kv-watch --url URL [--subject S] [--size N] [--messages N] [--warmup N] [--headers N]
                                     [--inflight N] [--json]
"""
import argparse
import asyncio
import contextlib
import json
import re
import time
from pathlib import Path

import nats
import nats.js

TIMEOUT_SECONDS = 60
KEYS = 1000


class Window:
    """What is measured: wall clock and processor time, without the warm-up."""

    def begin(self):
        self.processor_start, self.start = time.process_time_ns(), time.perf_counter_ns()

    def finish(self):
        self.nanoseconds = time.perf_counter_ns() - self.start
        self.processor_nanoseconds = time.process_time_ns() - self.processor_start


async def publish(client, options, window):
    payload = b"x" * options.size
    headers = {f"Bench-Header-{index}": "0123456789abcdef" for index in range(1, options.headers + 1)} or None
    for count in (options.warmup, options.messages):
        window.begin()
        for _ in range(count):
            await client.publish(options.subject, payload, headers=headers)
        await client.flush(TIMEOUT_SECONDS)
        window.finish()


async def subscribe(client, options, window):
    received, everything = 0, asyncio.Event()

    async def count(message):
        nonlocal received
        if len(message.data) != options.size:
            raise SystemExit("a message of another size")
        if received == options.warmup:
            window.begin()
        received += 1
        if received == options.warmup + options.messages:
            window.finish()
            everything.set()

    await client.subscribe(options.subject, cb=count, pending_msgs_limit=-1, pending_bytes_limit=-1)
    await everything.wait()


async def closed_loop(operation, options, window):
    """`operation` over and over, with its number; --inflight at a time. Returns the latencies."""
    latencies = []

    async def repeat(count):
        for number in range(count):
            start = time.perf_counter_ns()
            await operation(number)
            latencies.append(time.perf_counter_ns() - start)

    async def all_of(count):
        shares = [count * (index + 1) // options.inflight - count * index // options.inflight
                  for index in range(options.inflight)]
        await asyncio.gather(*map(repeat, shares))

    await all_of(options.warmup)
    latencies.clear()
    window.begin()
    await all_of(options.messages)
    window.finish()
    return sorted(latencies)


async def request(client, options, window):
    payload = b"x" * options.size

    async def once(_):
        reply = await client.request(options.subject, payload, timeout=TIMEOUT_SECONDS)
        if len(reply.data) != options.size:
            raise SystemExit("a reply of another size")

    return await closed_loop(once, options, window)


@contextlib.asynccontextmanager
async def bucket(client, options, keys):
    """A bucket with so many keys, k0, k1 …"""
    stream = client.jetstream()
    with contextlib.suppress(nats.js.errors.NotFoundError):
        await stream.delete_key_value("NATS_BENCH")
    store = await stream.create_key_value(config=nats.js.api.KeyValueConfig(
        bucket="NATS_BENCH", storage=nats.js.api.StorageType.MEMORY, direct=True))
    for number in range(keys):
        publish = client.request if (number + 1) % 1000 == 0 or number + 1 == keys else client.publish
        await publish(f"$KV.NATS_BENCH.k{number}", b"x" * options.size)
    yield store
    await stream.delete_key_value("NATS_BENCH")


async def put(client, options, window):
    payload = b"x" * options.size
    async with bucket(client, options, KEYS) as store:
        return await closed_loop(lambda number: store.put(f"k{number % KEYS}", payload), options, window)


async def get(client, options, window):
    async with bucket(client, options, KEYS) as store:
        async def once(number):
            if len((await store.get(f"k{number % KEYS}")).value) != options.size:
                raise SystemExit("a value of another size")

        return await closed_loop(once, options, window)


async def watch(client, options, window):
    total = options.warmup + options.messages
    async with bucket(client, options, total) as store:
        watcher = await store.watchall()
        for received in range(1, total + 1):
            if len((await watcher.updates(TIMEOUT_SECONDS)).value) != options.size:
                raise SystemExit("a value of another size")
            if received == max(options.warmup, 1):
                window.begin()
        window.finish()
        await watcher.stop()


def peak_resident_kilobytes():
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text()).group(1))


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    workloads = {"pub": publish, "sub": subscribe, "request": request, "kv-put": put, "kv-get": get, "kv-watch": watch}
    parser.add_argument("workload", choices=workloads)
    parser.add_argument("--url", required=True)
    parser.add_argument("--subject", default="bench.stream")
    for name, default in (("size", 128), ("messages", 100_000), ("warmup", 0), ("headers", 0), ("inflight", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    client, window = await nats.connect(options.url), Window()
    latencies = await workloads[options.workload](client, options, window)
    seconds = window.nanoseconds / 1e9
    figures = {
        "client": "nats-py", "workload": options.workload, "size": options.size, "headers": options.headers,
        "messages": options.messages, "seconds": seconds, "messages_per_second": options.messages / seconds,
        "megabytes_per_second": options.messages * options.size / seconds / 1e6,
        "cpu_ns_per_message": window.processor_nanoseconds / options.messages,
        "allocations_per_message": None, "peak_rss_kb": peak_resident_kilobytes(), "inflight": options.inflight,
    }
    for name, part in (("p50_us", .5), ("p90_us", .9), ("p99_us", .99), ("p999_us", .999), ("max_us", 1)):
        rank = int(options.messages * part)
        figures[name] = latencies[min(rank, options.messages - 1)] / 1e3 if latencies else None
    print(json.dumps(figures), flush=True)
    await client.close()


asyncio.run(main())
