"""Whom each step of an appeal is told to, and the systems that asked to hear of rulings."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import open_accounts, users_with_capability
from apps.assessments.models import Appeal
from apps.assessments.selectors.givers import givers_in_appeal
from apps.core.clock import local_date
from apps.core.month import Month
from apps.core.wording import day_text, month_text
from apps.notifications.services import emit_webhook, notify
from apps.staff.selectors.colleagues import accounts_leading

ADMIT = "assessments.admit_appeals"
KIND = "assessments.appeal"
RULED_EVENT = "assessments.appeal_ruled"


def subject_words(appeal: Appeal) -> str:
    """What an appeal is about: the person, or the department, and the line."""
    about = str(appeal.person or appeal.department)
    return f"{about}, {appeal.indicator.name}" if appeal.indicator else about


def filed(appeal: Appeal, *, now: datetime) -> None:
    """Those who admit appeals, and the appellant."""
    words = _("%(name)s disagrees with the score of %(month)s: %(about)s. Admit the appeal or say why not.")
    tell(appeal, users_with_capability(ADMIT), "filed", _("An appeal was filed"), words, now)
    words = _("Your appeal against the score of %(month)s is on its way: %(about)s. You are answered by %(due)s.")
    tell(appeal, [appeal.filed_by], "received", _("Your appeal was received"), words, now)


def admitted(appeal: Appeal, *, now: datetime) -> None:
    """The reviewer, the appellant and those who lead the department; for a person those who can give the part anew."""
    words = _("You review the appeal of %(name)s against the score of %(month)s: %(about)s. Rule on it by %(due)s.")
    tell(appeal, [appeal.reviewer], "review", _("An appeal waits for your ruling"), words, now)
    words = _("%(reviewer)s reviews the appeal against the score of %(month)s: %(about)s.")
    tell(appeal, concerned(appeal, now), "admitted", _("The appeal was admitted"), words, now)
    if appeal.person_id:
        words = _(
            "%(reviewer)s reviews the appeal of %(name)s against the score of %(month)s. If the personal part is to be "
            "another one, give it anew before the ruling, by %(due)s: what is upheld counts what is given by then."
        )
        url = reverse("assessments:appraise", args=[Month.of(appeal.run.month)])
        givers = givers_in_appeal(appeal, local_date(now))
        tell(appeal, givers, "anew", _("An appeal is about a personal part"), words, now, url=url)


def rejected(appeal: Appeal, *, now: datetime) -> None:
    """The appellant and those who lead the department."""
    words = _("The appeal against the score of %(month)s was not admitted: %(about)s. %(ruling)s")
    tell(appeal, concerned(appeal, now), "rejected", _("The appeal was not admitted"), words, now)


def withdrawn(appeal: Appeal, *, now: datetime) -> None:
    """Those who admit appeals."""
    words = _("%(name)s withdrew the appeal against the score of %(month)s: %(about)s.")
    tell(appeal, users_with_capability(ADMIT), "withdrawn", _("An appeal was withdrawn"), words, now)


def ruled(appeal: Appeal, *, now: datetime) -> None:
    """The appellant, those who lead the department, HR (which hands a corrected version in), and systems."""
    words = _("%(state)s: the appeal against the score of %(month)s, %(about)s. %(ruling)s")
    tell(appeal, concerned(appeal, now), "ruled", _("The appeal was ruled on"), words, now)
    if appeal.revision is not None:
        words = _(
            "%(state)s: %(about)s. Version %(version)s corrects %(month)s: hand it in for approval, then publish it."
        )
    tell(appeal, users_with_capability(ADMIT), "ruled-hr", _("An appeal was ruled on"), words, now)
    facts = {
        "appeal": appeal.pk,
        "month": str(Month.of(appeal.run.month)),
        "department": appeal.department_id,
        "indicator": appeal.indicator.code if appeal.indicator else None,
        "is_personal": appeal.person_id is not None,
        "level": appeal.level,
        "ruling": appeal.state,
        "version": appeal.revision.version if appeal.revision else None,
        "ruled_at": now.isoformat(),
    }
    emit_webhook(event=RULED_EVENT, key=str(appeal.pk), payload=facts, now=now)


def taken_higher(appeal: Appeal, *, now: datetime) -> None:
    """The GM who rules, the appellant, those who lead the department, HR."""
    words = _("%(name)s asks you about the appeal against the score of %(month)s: %(about)s. Rule on it by %(due)s.")
    tell(appeal, [appeal.reviewer], "review", _("An appeal came to the second level"), words, now)
    words = _("The appeal against the score of %(month)s went to the second level: %(about)s.")
    others = [*concerned(appeal, now), *users_with_capability(ADMIT)]
    tell(appeal, others, "higher", _("An appeal came to the second level"), words, now)


def handed_up(appeal: Appeal, *, by: User, reason: str, now: datetime) -> None:
    """The GM, the appellant and those who lead the department."""
    extra = {"by": by.name, "why": reason}
    words = _("%(by)s asks you to rule on the appeal against the score of %(month)s: %(about)s. %(why)s")
    tell(appeal, [appeal.reviewer], "review-gm", _("An appeal waits for your ruling"), words, now, **extra)
    words = _("The appeal against the score of %(month)s was handed to the general manager: %(about)s.")
    tell(appeal, concerned(appeal, now), "handed-up", _("The general manager rules on the appeal"), words, now)


def overdue(appeal: Appeal, *, managers: Iterable[User], now: datetime) -> None:
    """The GM, and whoever has to answer. Safe to repeat: each person is told once."""
    waiting = [appeal.reviewer] if appeal.reviewer else list(users_with_capability(ADMIT))
    words = _("The appeal of %(name)s against the score of %(month)s was to be answered by %(due)s: %(about)s.")
    tell(appeal, [*managers, *waiting], "overdue", _("An appeal is overdue"), words, now)


def concerned(appeal: Appeal, now: datetime) -> list[User]:
    """The appellant and, unless it is about one person, those who lead the department. Two queries."""
    leaders = set() if appeal.person_id else accounts_leading([appeal.department_id], local_date(now))
    return list(open_accounts().filter(pk__in={appeal.filed_by_id, *leaders}))


def tell(
    appeal: Appeal,
    users: Iterable[User | None],
    step: str,
    subject: str,
    words: str,
    now: datetime,
    *,
    url: str = "",
    **extra: Any,
) -> None:
    """Tell USERS that an appeal took a STEP, each of them once. URL: where they go on, if not to the appeal."""
    facts = {
        "name": appeal.filed_by.name,
        "month": month_text(Month.of(appeal.run.month)),
        "about": subject_words(appeal),
        "due": day_text(local_date(appeal.due_at)),
        "reviewer": appeal.reviewer.name if appeal.reviewer else "",
        "state": appeal.get_state_display(),
        "ruling": appeal.ruling,
        "version": appeal.revision.version if appeal.revision else "",
        **extra,
    }
    notify(
        users=[user for user in users if user is not None],
        kind=KIND,
        subject=f"{subject}: {subject_words(appeal)}",
        body=words % facts,
        url=url or appeal.get_absolute_url(),
        key=f"appeal-{appeal.pk}-{step}",
        now=now,
    )
