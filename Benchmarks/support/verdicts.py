"""Holds the promises against what was measured."""
from dataclasses import dataclass

from .targets import Target
from .workloads import BACKENDS, our_name

# Figures that are rounded before they are judged. Allocations: what is paid once, or once for a burst (a buffer grows,
# Swift resumes a task), isn't paid for a message; allocation-check counts exactly.
DECIMALS = {"allocations_per_message": 1, "cpu_percent": 2}


@dataclass(frozen=True)
class Verdict:
    target: Target
    backend: str
    ours: float | None
    reference: float | None
    # The ratio, or our figure when there is no reference. None: not measured.
    value: float | None
    is_kept: bool
    is_aim_reached: bool

    @property
    def word(self):
        if self.value is None:
            return "not measured"
        if self.is_aim_reached:
            return "aim reached"
        if self.target.must is None:
            return "below the aim"
        if self.is_kept:
            return "kept"
        return "missed" if self.target.decision is None else f"missed, decision {self.target.decision}"

    @property
    def is_excused(self):
        return self.value is not None and self.target.decision is not None


def verdicts(targets, results, tolerance=lambda target: 0.0):
    """`tolerance`: of a target, by how much of what was promised it may be missed."""
    return [_verdict(target, backend, results, tolerance) for target in targets for backend in BACKENDS]


def _verdict(target, backend, results, tolerance):
    ours = _figure(results, target.workload, our_name(target.form, backend), target.metric)
    reference = value = None
    if target.reference is None:
        value = None if ours is None else round(ours, DECIMALS.get(target.metric, 6))
    else:
        workload = target.reference_workload or target.workload
        # A form of ours is compared on the same backend.
        names = (target.reference, our_name(target.reference, backend))
        figures = [_figure(results, workload, name, target.metric) for name in names]
        reference = next((figure for figure in figures if figure is not None), None)
        value = ours / reference if ours is not None and reference else None
    is_measured = value is not None
    return Verdict(
        target, backend, ours, reference, value, is_measured and target.is_kept(value, tolerance(target)),
        is_measured and target.is_aim_reached(value))


def _figure(results, workload, contender, metric):
    if metric == "ns_per_message":
        rate = results.median(workload, contender, "messages_per_second")
        return 1e9 / rate if rate else None
    return results.median(workload, contender, metric)
