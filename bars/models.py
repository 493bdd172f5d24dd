"""People, bars, and who does what in which bar."""

import hashlib
import secrets
from datetime import timedelta
from typing import Self
from zoneinfo import ZoneInfo, available_timezones

import pgtrigger
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.db.models.lookups import IsNull
from django.utils.translation import gettext_lazy as _

from bars.changes import Change  # noqa: F401 - Django looks for models here
from bars.compiled import Compiled
from bars.events import MemberChanged, UserRegistered, access_of
from bars.guesses import Guess  # noqa: F401 - Django looks for models here
from bars.keys import uuid7_key
from bars.permissions import Permission, permissions_of
from bars.sessions import Session  # noqa: F401 - Django looks for models here
from realtime import clock
from realtime.triggers import Publish

# Postgres raises where it doesn't know the zone, so that no figure can fail on one later.
MOMENT_IN_ZONE = Func(
    F("time_zone"),
    template="timezone(%(expressions)s, timestamptz '2000-01-01 00:00+00')",
    output_field=models.DateTimeField(),
)

MOST_OFFLINE_HOURS = 720
# What the figures of a sale mean; fixed once a bar has sold, by a trigger of the app that knows sales.
TERMS = ("currency", "time_zone", "closing_hour")
MEMBER_EVENT = {"member": "NEW.id", "role": "NEW.role", "active": "NEW.is_active"}
SIGNS_IN = ("password", "is_active", "is_superuser")  # of a person, what their connections rest on
TERMS_STAY = "a_bar_that_has_sold_keeps_its_terms"


class User(AbstractUser):
    """A person. Being an operator (`is_superuser`) is about the platform, never about a bar."""

    id = uuid7_key()

    class Meta(AbstractUser.Meta):
        triggers = [
            Publish(UserRegistered, stream="'user.' || NEW.id", data={"user": "NEW.id"}, operation=pgtrigger.Insert),
            access_of("NEW.id", operation=pgtrigger.UpdateOf(*SIGNS_IN), condition=pgtrigger.AnyChange(*SIGNS_IN)),
        ]

    @property
    def memberships(self) -> "list[Member]":
        """The bars this person works in now, by name; asked each time."""
        return MEMBERSHIPS.all(user=self.pk)


class Bar(models.Model):
    """A tenant: its own products, sales, people, currency, zone and hours."""

    class Mode(models.TextChoices):
        FULL = "full", _("full: every waiter has an account")
        SIMPLIFIED = "simplified", _("simplified: one device for all")

    id = uuid7_key()
    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("short name"), max_length=40, unique=True)
    currency = models.CharField(_("currency"), max_length=3, default="XOF", validators=[RegexValidator(r"^[A-Z]{3}$")])
    time_zone = models.CharField(_("time zone"), max_length=40, default="Africa/Abidjan")
    closing_hour = models.PositiveSmallIntegerField(
        _("closing hour"),
        default=6,
        validators=[MaxValueValidator(23)],
        help_text=_("Sales before it belong to the day before."),
    )
    mode = models.CharField(_("operating mode"), max_length=10, choices=Mode, default=Mode.FULL)
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    offline_hours = models.PositiveSmallIntegerField(
        _("offline window"), default=72, help_text=_("Hours for which a phone without network may sell at old prices.")
    )
    discount_limit = models.PositiveSmallIntegerField(
        _("highest discount"), default=20, help_text=_("In percent of a sale.")
    )
    consignment_days = models.PositiveSmallIntegerField(
        _("consignments are kept"), default=7, help_text=_("Days after which a client's bottle expires.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("bar")
        verbose_name_plural = _("bars")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="currency_is_a_code"),
            models.CheckConstraint(condition=Q(closing_hour__lte=23), name="closing_hour_is_an_hour"),
            models.CheckConstraint(
                condition=Q(offline_hours__gte=1, offline_hours__lte=MOST_OFFLINE_HOURS),
                name="offline_window_is_30_days_at_most",
            ),
            models.CheckConstraint(condition=Q(discount_limit__lte=100), name="discount_limit_is_a_percentage"),
            models.CheckConstraint(
                condition=Q(consignment_days__gte=1, consignment_days__lte=90),
                name="consignments_are_kept_90_days_at_most",
            ),
            models.CheckConstraint(
                # Postgres refuses an unknown zone here, so that no figure can fail on one later.
                condition=IsNull(MOMENT_IN_ZONE, False),
                name="time_zone_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.time_zone not in available_timezones():
            message = _("%(name)s is not a time zone, such as Africa/Abidjan.")
            raise ValidationError({"time_zone": ValidationError(message, params={"name": self.time_zone})})

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class MemberQuerySet(models.QuerySet["Member"]):
    def active(self) -> Self:
        return self.filter(is_active=True, user__is_active=True, bar__is_active=True)


class Member(models.Model):
    """A person in a bar, with a role. Leaving makes it inactive, so that history keeps its names."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        CO_OWNER = "co_owner", _("co-owner")
        MANAGER = "manager", _("manager")
        WAITER = "waiter", _("waiter")

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="members", verbose_name=_("bar"), db_index=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"), db_index=False)
    role = models.CharField(_("role"), max_length=10, choices=Role)
    is_active = models.BooleanField(_("active"), default=True)
    key = models.UUIDField(_("key"), null=True, blank=True, editable=False)  # of who was added by the API
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["bar", "user"], name="a_person_is_in_a_bar_once"),
            models.UniqueConstraint(fields=["bar", "id"], name="member_belongs_to_its_bar"),
            models.UniqueConstraint(fields=["bar", "key"], name="a_key_adds_one_member"),
            models.UniqueConstraint(
                fields=["user", "key"], condition=Q(key__isnull=False), name="a_key_opens_one_bar_of_a_person"
            ),
            models.CheckConstraint(
                condition=Q(role__in=["owner", "co_owner", "manager", "waiter"]), name="role_is_known"
            ),
        ]
        indexes = [models.Index(fields=["user", "bar"], condition=Q(is_active=True), name="member_active_of_user")]
        triggers = [
            Publish(
                MemberChanged,
                stream="'bar.' || NEW.bar_id",
                data=MEMBER_EVENT,
                operation=pgtrigger.Insert,
                name="member_joined",
            ),
            Publish(
                MemberChanged,
                stream="'bar.' || NEW.bar_id",
                data=MEMBER_EVENT,
                operation=pgtrigger.UpdateOf("role", "is_active"),
                condition=pgtrigger.AnyChange("role", "is_active"),
            ),
            access_of(
                "coalesce(NEW.user_id, OLD.user_id)",
                name="access_begins_or_ends",
                operation=pgtrigger.Insert | pgtrigger.Delete,
            ),
            access_of(
                "OLD.user_id",
                operation=pgtrigger.UpdateOf("role", "is_active", "bar_id", "user_id"),
                condition=pgtrigger.AnyChange("role", "is_active", "bar", "user"),
            ),
            access_of(
                "NEW.user_id",
                name="access_handed_on",
                operation=pgtrigger.UpdateOf("user_id"),
                condition=pgtrigger.AnyChange("user"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.bar}"

    @property
    def permissions(self) -> frozenset[Permission]:
        return permissions_of(self.role, self.bar.mode)

    def can(self, permission: Permission) -> bool:
        return permission in self.permissions

    @property
    def username(self) -> str | None:
        """What they sign in with; None for a name alone, whose username nobody has chosen."""
        return self.user.username if self.user.has_usable_password() else None


MEMBERSHIPS = Compiled(
    lambda user: Member.objects.active().filter(user_id=user).select_related("bar").order_by("bar__name", "bar_id")
)


class Invitation(models.Model):
    """An open door into a bar's team, for who knows its code; only the code's SHA-256 digest is kept."""

    LIFETIME = timedelta(days=7)

    id = uuid7_key()
    bar = models.ForeignKey(Bar, models.PROTECT, related_name="invitations", verbose_name=_("bar"), db_index=False)
    role = models.CharField(_("role"), max_length=10, choices=Member.Role)
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"), db_index=False)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    expires_at = models.DateTimeField(_("expires"))
    accepted_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("accepted by"), null=True, blank=True, db_index=False
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(fields=["bar", "id"], name="invitation_belongs_to_its_bar"),
            models.CheckConstraint(
                condition=Q(role__in=["owner", "co_owner", "manager", "waiter"]), name="invited_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.bar}"


class AccessToken(models.Model):
    """A bearer token of the API. Only its SHA-256 digest is kept, so a stolen table signs nobody in."""

    LIFETIME = timedelta(days=30)

    id = uuid7_key()
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("person"))
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    auth_hash = models.CharField(_("digest of the password"), max_length=64)  # another password ends the token
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        triggers = [
            access_of("OLD.user_id", name="access_ended", operation=pgtrigger.Delete),
            access_of("OLD.user_id", operation=pgtrigger.Update, condition=pgtrigger.AnyChange()),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.expires_at:%Y-%m-%d}"

    @classmethod
    def issue(cls, user: User) -> tuple[str, Self]:
        """A new token for this user: the text, told once, and its row."""
        text = secrets.token_urlsafe(32)
        return text, cls.objects.create(
            user=user,
            digest=digest(text),
            auth_hash=user.get_session_auth_hash(),
            expires_at=clock.now() + cls.LIFETIME,
        )


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
