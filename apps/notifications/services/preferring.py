"""What people choose for themselves: how they hear of things, who stands in for them."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_capability
from apps.core.clock import local_date
from apps.core.errors import Conflict, Refusal
from apps.core.history import because
from apps.notifications.choices import OFFERED, Mode
from apps.notifications.models import Preference, StandIn
from apps.notifications.rules import OPENS_CASES

LONGEST_DAYS = 366


class UnknownChoice(Refusal):
    """A subject or a way of telling that does not exist."""

    code = "unknown_choice"


class BadStandIn(Refusal):
    """The stand-in cannot be named so."""

    code = "bad_stand_in"


class AlreadyCovered(Conflict):
    """Somebody stands in for the person on some of these days already."""

    code = "already_covered"


def set_preferences(*, user: User, modes: dict[str, str]) -> None:
    """Set how USER hears of each subject named in MODES; others stay. For the person's own. Refuses unknown words."""
    unknown = [word for word in modes if word not in dict(OFFERED)]
    unknown += [word for word in modes.values() if word not in Mode.values]
    if unknown:
        message = _("“%(word)s” is not a choice. Choose one of those shown.")
        raise UnknownChoice(message % {"word": unknown[0]})
    Preference.objects.bulk_create(
        [Preference(user=user, about=about, mode=mode) for about, mode in modes.items()],
        update_conflicts=True,
        unique_fields=["user", "about"],
        update_fields=["mode", "updated_at"],
    )


def name_stand_in(
    *, user: User, stand_in: User, first_day: date, last_day: date, note: str = "", by: User, now: datetime
) -> StandIn:
    """Name who acts for USER from FIRST_DAY to LAST_DAY, both included. For the person's own absence.

    Refuses: oneself, a closed account, somebody who may not open cases, days in the wrong order, wholly past or longer than
    a year, days already covered, and someone who is away (has a stand-in) on some of these days.
    """
    _check_stand_in(user=user, stand_in=stand_in, first_day=first_day, last_day=last_day, today=local_date(now))
    overlapping = StandIn.objects.filter(ended_at=None, first_day__lte=last_day, last_day__gte=first_day)
    with because("notifications.stand_in_named", by=by), transaction.atomic():
        if away := overlapping.filter(user=stand_in).first():
            facts = {"name": stand_in, "first": away.first_day, "last": away.last_day}
            message = _("%(name)s is away from %(first)s to %(last)s. Name someone who is there.") % facts
            raise BadStandIn(message, field="stand_in")
        try:
            with transaction.atomic():
                return StandIn.objects.create(
                    user=user, stand_in=stand_in, first_day=first_day, last_day=last_day, note=note.strip()
                )
        except IntegrityError:
            known = overlapping.filter(user=user).first()
            message = _("Someone stands in for you on some of these days already%(who)s. End that one first.")
            days = f" ({known.stand_in}, {known.first_day} – {known.last_day})" if known else ""
            raise AlreadyCovered(message % {"who": days}, field="first_day") from None


def _check_stand_in(*, user: User, stand_in: User, first_day: date, last_day: date, today: date) -> None:
    if stand_in.pk == user.pk:
        raise BadStandIn(_("Nobody stands in for themselves. Name someone else."), field="stand_in")
    if not stand_in.is_active:
        raise BadStandIn(
            _("The account of %(name)s is closed. Name someone else.") % {"name": stand_in}, field="stand_in"
        )
    if not users_with_capability(OPENS_CASES).filter(pk=stand_in.pk).exists():
        message = _(
            "%(name)s may not open cases, so nobody would answer yours. Name one of those listed, or ask an administrator "
            "to give %(name)s a role that reads approvals."
        )
        raise BadStandIn(message % {"name": stand_in}, field="stand_in")
    if last_day < first_day:
        raise BadStandIn(_("The last day lies before the first. Swap them or correct one."), field="last_day")
    if last_day < today:
        raise BadStandIn(_("These days are over. Choose a last day from today on."), field="last_day")
    if (last_day - first_day).days > LONGEST_DAYS:
        raise BadStandIn(_("That is longer than a year. Name someone for a year at most."), field="last_day")


def end_stand_in(*, cover: StandIn, by: User, now: datetime) -> StandIn:
    """End a stand-in early, from this moment. For the absent person. Refuses one that has ended."""
    with because("notifications.stand_in_ended", by=by), transaction.atomic():
        in_time = StandIn.objects.filter(pk=cover.pk, ended_at=None, last_day__gte=local_date(now))
        if not in_time.update(ended_at=now):
            raise Conflict(_("This has ended already: there is nothing to end."))
    cover.refresh_from_db()
    return cover
