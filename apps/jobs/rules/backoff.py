"""How long to wait before trying or sending again."""

from datetime import timedelta

FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)
FIRST_NUDGE = timedelta(seconds=15)
LONGEST_NUDGE = timedelta(minutes=10)
MOST_DOUBLINGS = 12


def retry_wait(attempt: int, *, jitter: float) -> timedelta:
    """Wait after the ATTEMPTth failure (from 1): 5 s doubling to 1 h, spread by JITTER (0 to 1) over its upper half.

    The spread keeps many runs that failed together (the database was away) from coming back together.
    """
    whole: timedelta = min(FIRST_RETRY * 2 ** min(max(attempt - 1, 0), MOST_DOUBLINGS), LONGEST_RETRY)
    return whole / 2 + whole / 2 * min(max(jitter, 0.0), 1.0)


def nudge_wait(sent_count: int) -> timedelta:
    """How long a waiting row stays unsent again after SENT_COUNT nudges: 15 s doubling to 10 min.

    Short at first, because the broker may have lost the nudge; long later, because all workers may simply be busy.
    """
    wait: timedelta = min(FIRST_NUDGE * 2 ** min(max(sent_count - 1, 0), MOST_DOUBLINGS), LONGEST_NUDGE)
    return wait
