"""Instruction counts that are committed, one file for each minor version of Swift."""
import json

from .setup import BENCHMARKS, swift_version

FOLDER = BENCHMARKS / "Thresholds"
TOLERANCE_PERCENT = 3
# Operations that may differ by more, each with its reason.
WIDER_TOLERANCES_PERCENT = {}


def file():
    """Of the compiler that is in use: Thresholds/6.3/instructions.json."""
    return FOLDER / ".".join(swift_version().split(".")[:2]) / "instructions.json"


def read():
    """None for a compiler without thresholds."""
    return json.loads(file().read_text()) if file().exists() else None


def write(counts):
    """Keeps those of operations that were not counted now."""
    file().parent.mkdir(parents=True, exist_ok=True)
    file().write_text(json.dumps({**(read() or {}), **counts}, indent=2, sort_keys=True) + "\n")


def differences(counts, committed):
    """A sentence for each operation that moved further than it may, in either direction."""
    for operation, count in counts.items():
        if operation not in committed:
            yield f"{operation} has no threshold: Benchmarks/instructions --update {operation}"
            continue
        percent = (count / committed[operation] - 1) * 100
        if abs(percent) <= WIDER_TOLERANCES_PERCENT.get(operation, TOLERANCE_PERCENT):
            continue
        advice = "find out why, or accept it" if percent > 0 else "well done: keep it"
        yield (
            f"{operation}: {count:.1f} instructions instead of {committed[operation]:.1f} ({percent:+.1f} %); "
            f"{advice} by Benchmarks/instructions --update {operation}")
