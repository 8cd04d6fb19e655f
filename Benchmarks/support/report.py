"""The tables that a run ends with."""
from .workloads import BACKENDS

UNITS = {
    "messages_per_second": ("M/s", 1e-6, 2), "cpu_ns_per_message": ("ns CPU", 1, 0), "ns_per_message": ("ns", 1, 1),
    "p50_us": ("µs", 1, 1), "allocations_per_message": ("", 1, 3),
}


def print_tables(verdicts, results, calls):
    print_verdicts(verdicts)
    print()
    print_medians(results)
    if calls:
        print()
        print_calls(calls)


def print_verdicts(verdicts):
    """One row a promise; a column for each backend."""
    by_target = {}
    for verdict in verdicts:
        by_target.setdefault(verdict.target, {})[verdict.backend] = verdict
    _row("", "must", "aim", "reference", *BACKENDS, *(f"ratio, {backend}" for backend in BACKENDS), "")
    _rule(5 + 2 * len(BACKENDS))
    for target, columns in by_target.items():
        row = [columns[backend] for backend in BACKENDS]
        words = {verdict.word for verdict in row}
        is_ratio = target.reference is not None
        _row(
            target.title, _limit(target, target.must), _limit(target, target.aim),
            _figure(target.metric, row[0].reference), *(_figure(target.metric, verdict.ours) for verdict in row),
            *(f"{verdict.value:.2f}" if is_ratio and verdict.value is not None else "" for verdict in row),
            words.pop() if len(words) == 1 else ", ".join(f"{verdict.backend} {verdict.word}" for verdict in row))


def print_medians(results):
    """Everything that was measured."""
    _row("", "client", "messages/s", "least to most", "MB/s", "CPU ns", "p50 µs", "p99 µs", "allocations", "peak RSS, MiB")
    _rule(10)
    for workload, contender in results.lines:
        if results.median(workload, contender, "messages_per_second") is None:
            continue
        values = {metric: results.median(workload, contender, metric) for metric in (
            "messages_per_second", "megabytes_per_second", "cpu_ns_per_message", "p50_us", "p99_us",
            "allocations_per_message", "peak_rss_kb")}
        rates = [line["messages_per_second"] for line in results.lines[workload, contender]]
        _row(
            workload, contender, f"{values['messages_per_second']:,.0f}", f"{min(rates):,.0f} to {max(rates):,.0f}",
            _number(values["megabytes_per_second"], 0),
            _number(values["cpu_ns_per_message"], 0), _number(values["p50_us"], 1), _number(values["p99_us"], 1),
            _number(values["allocations_per_message"], 3), _number((values["peak_rss_kb"] or 0) / 1024, 1))


def print_calls(rows):
    _row("", "client", "system calls per 1000 messages", "bytes per transfer", "which, per 1000 messages")
    _rule(5)
    for row in rows:
        names = ", ".join(f"{name} {1000 * rate:.3g}" for name, rate in row["by_name"].items())
        _row(
            row["workload"], row["contender"], f"{1000 * row['calls_per_message']:.3g}",
            "" if row["bytes_per_transfer"] is None else f"{row['bytes_per_transfer']:,.0f}", names)


def _limit(target, value):
    if value is None:
        return ""
    return f"{'≥' if target.is_more_better else '≤'} {value:g}"


def _figure(metric, value):
    if value is None:
        return ""
    unit, scale, decimals = UNITS.get(metric, ("", 1, 2))
    return f"{value * scale:.{decimals}f} {unit}".strip()


def _number(value, decimals):
    return "" if value is None else f"{value:,.{decimals}f}"


def _row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def _rule(count):
    print("|---" * count + "|")
