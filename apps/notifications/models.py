"""What people and systems are told."""

from datetime import date
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.history import tracked
from apps.core.models import BaseModel
from apps.jobs.models import Outbox
from apps.notifications.choices import Channel, Mode, Subject


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Chainable words about notifications."""

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at=None)


class Notification(BaseModel):
    """One thing told to one person, shown in the portal whatever they chose about mail. The same key twice is told once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications", db_index=False)
    kind = models.CharField(_("kind"), max_length=80)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), blank=True)
    url = models.CharField(_("address"), max_length=500, blank=True)
    key = models.CharField(max_length=200)
    about = models.CharField(_("about"), max_length=20, choices=Subject, default=Subject.GENERAL)
    on_behalf_of = models.ForeignKey(
        User,
        verbose_name=_("standing in for"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    told_at = models.DateTimeField(_("told at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    objects: ClassVar[models.Manager["Notification"]] = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ("-told_at", "-id")
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="notifications_told_once"),)
        indexes = (
            models.Index(fields=("user",), condition=Q(read_at=None), name="notifications_unread"),
            models.Index(fields=("user", "-told_at"), name="notifications_of_user"),
            # Nearly all rows stand for nobody: an index of all would be written two hundred thousand times for nothing.
            models.Index(
                fields=("on_behalf_of",), condition=Q(on_behalf_of__isnull=False), name="notifications_on_behalf"
            ),
        )

    def __str__(self) -> str:
        return self.subject


class Delivery(BaseModel):
    """A notification's way by mail. Whether it was sent is told by its outbox message; a digest's waits without one."""

    notification = models.OneToOneField(Notification, on_delete=models.CASCADE, related_name="delivery")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    message = models.ForeignKey(
        Outbox, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    collected_at = models.DateTimeField(_("put into a mail at"), null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = (
            models.Index(
                fields=("notification",),
                condition=Q(channel="digest", collected_at=None),
                name="notifications_for_digest",
            ),
            models.Index(fields=("message",), condition=Q(message__isnull=False), name="notifications_by_message"),
        )

    def __str__(self) -> str:
        return f"{self.notification} ({self.get_channel_display()})"


class Preference(BaseModel):
    """How one person wants to hear of one subject; none means the standing rule."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    about = models.CharField(_("subject"), max_length=20, choices=Subject)
    mode = models.CharField(_("how"), max_length=10, choices=Mode)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "about"), name="notifications_preference_once"),)

    def __str__(self) -> str:
        return f"{self.get_about_display()}: {self.get_mode_display()}"


class StandInQuerySet(models.QuerySet["StandIn"]):
    """Chainable words about stand-ins."""

    def in_force(self, day: date) -> "StandInQuerySet":
        return self.filter(first_day__lte=day, last_day__gte=day, ended_at=None)


@tracked()
class StandIn(BaseModel):
    """Who acts for an absent person, from one day to another, both included. One at a time for each person."""

    user = models.ForeignKey(User, verbose_name=_("absent"), on_delete=models.CASCADE, related_name="+")
    stand_in = models.ForeignKey(User, verbose_name=_("stand-in"), on_delete=models.CASCADE, related_name="+")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    ended_at = models.DateTimeField(_("ended early at"), null=True, blank=True)

    objects: ClassVar[models.Manager["StandIn"]] = StandInQuerySet.as_manager()

    class Meta:
        ordering = ("-first_day",)
        constraints = (
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="notifications_stand_in_days"),
            models.CheckConstraint(condition=~Q(user=F("stand_in")), name="notifications_stand_in_is_another"),
            ExclusionConstraint(
                name="notifications_one_stand_in_at_a_time",
                expressions=(
                    ("user", RangeOperators.EQUAL),
                    (
                        Func(
                            F("first_day"),
                            F("last_day"),
                            Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ),
                condition=Q(ended_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.stand_in} for {self.user}"


@tracked(exclude=("sealed_secret", "failure_count"))
class WebhookEndpoint(BaseModel):
    """An address of another system that is told of events. The secret is kept sealed and shown once."""

    name = models.CharField(_("name"), max_length=100)
    url = models.CharField(_("address"), max_length=500)
    wanted_events = ArrayField(models.CharField(max_length=80), verbose_name=_("events"), default=list)
    sealed_secret = models.TextField(editable=False)
    owner = models.ForeignKey(User, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="+")
    is_active = models.BooleanField(_("active"), default=True)
    paused_reason = models.CharField(_("why paused"), max_length=300, blank=True)
    failure_count = models.PositiveIntegerField(_("failures in a row"), default=0)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("name",), name="notifications_endpoint_name_once"),)

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(BaseModel):
    """One event on its way to one endpoint. Whether it arrived is told by its outbox message, each try by an attempt."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(_("event"), max_length=80)
    event_id = models.UUIDField(_("event id"))
    payload = models.JSONField(_("payload"), default=dict)
    message = models.OneToOneField(Outbox, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "webhook deliveries"
        constraints = (
            models.UniqueConstraint(fields=("endpoint", "event_id"), name="notifications_event_once_per_endpoint"),
        )

    def __str__(self) -> str:
        return f"{self.event} → {self.endpoint}"


class WebhookAttempt(BaseModel):
    """One call: what was answered, how long it took, or why there was no answer."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="attempts")
    attempted_at = models.DateTimeField(_("at"))
    status = models.PositiveSmallIntegerField(_("answer"), null=True)
    error = models.CharField(_("what went wrong"), max_length=500, blank=True)
    excerpt = models.CharField(_("answer's beginning"), max_length=500, blank=True)
    duration_ms = models.PositiveIntegerField(_("milliseconds"), default=0)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.attempted_at:%Y-%m-%d %H:%M:%S} {self.status or self.error}"
