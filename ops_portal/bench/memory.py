"""The most memory this process held, since it was last forgotten."""

from pathlib import Path

FORGET_PEAK = "5"
"""What Linux wants to be told for it: proc(5), clear_refs."""


def forget_peak() -> None:
    """From now on the peak counts anew, so that a part of a run does not hide behind a larger one before it."""
    Path("/proc/self/clear_refs").write_text(FORGET_PEAK, encoding="ascii")


def peak_mb() -> float:
    """The most memory in MB (2**20 bytes) this process held since the peak was last forgotten."""
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
