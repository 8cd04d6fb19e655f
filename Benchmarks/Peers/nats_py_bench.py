#!/usr/bin/env python3
"""nats-py on the workloads that our client is measured with: the command line of nats-bench, and its line of JSON.

    nats_py_bench.py pub|sub|request --url URL [--subject S] [--size N] [--messages N] [--warmup N] [--headers N]
                                     [--inflight N] [--json]
"""
import argparse
import asyncio
import json
import re
import time
from pathlib import Path

import nats

TIMEOUT_SECONDS = 60


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


async def request(client, options, window):
    payload, latencies = b"x" * options.size, []

    async def repeat(count):
        for _ in range(count):
            start = time.perf_counter_ns()
            reply = await client.request(options.subject, payload, timeout=TIMEOUT_SECONDS)
            if len(reply.data) != options.size:
                raise SystemExit("a reply of another size")
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


def peak_resident_kilobytes():
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text()).group(1))


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    workloads = {"pub": publish, "sub": subscribe, "request": request}
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
