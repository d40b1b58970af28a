"""Pure rules of notifications: whom to mail how, which webhook wants which event, how calls are signed and kept inside."""

from apps.notifications.rules.addresses import address_problem, is_public
from apps.notifications.rules.signing import is_signed, signature
from apps.notifications.rules.subjects import OPENS_CASES, default_mode, goes_to_stand_in, subject_of, wants

__all__ = [
    "OPENS_CASES",
    "address_problem",
    "default_mode",
    "goes_to_stand_in",
    "is_public",
    "is_signed",
    "signature",
    "subject_of",
    "wants",
]
