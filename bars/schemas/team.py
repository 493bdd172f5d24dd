"""What the API of a bar's team takes and gives."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema
from pydantic import AfterValidator, ConfigDict, model_validator

from bars.models import Member, User
from bars.services.joining import Newcomer
from bars.services.team import NewPerson
from bars.texts import CleanText


def as_django_keeps_it(username: str) -> str:
    username = User.normalize_username(username)
    try:
        User.username_validator(username)
    except ValidationError:
        raise ValueError(_("a username is of letters, digits and @ . + - _")) from None
    return username


Name = Annotated[CleanText, Field(min_length=1, max_length=50)]
Username = Annotated[CleanText, Field(max_length=150), AfterValidator(as_django_keeps_it)]


class PersonIn(Schema):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"key": "0d9c3c63-6f2e-4f3a-9a52-3f0e8a1c2b4d", "name": "Moussa K.", "role": "waiter"}
        },
    )
    key: UUID = Field(description="Minted by the client; asking again with it adds once.")
    name: Name = Field(description="As the team calls them.")
    role: Member.Role
    username: Username | None = Field(None, description="With a password: they get an account.")
    password: str | None = Field(None, max_length=128)

    @model_validator(mode="after")
    def both_or_none(self) -> "PersonIn":
        if (self.username is None) != (self.password is None):
            raise ValueError(_("an account needs a username and a password; a name alone needs neither"))
        return self

    def person(self) -> NewPerson:
        return NewPerson(
            key=self.key,
            name=self.name,
            role=self.role,
            username=self.username or "",
            password=self.password or "",
        )


class RoleIn(Schema):
    model_config = ConfigDict(extra="forbid")
    role: Member.Role


class NameIn(Schema):
    model_config = ConfigDict(extra="forbid")
    name: Name


class MemberOut(Schema):
    id: UUID
    person: UUID = Field(alias="user_id", description="Who a sale is credited to: `sold_by`.")
    name: str = Field(alias="user.first_name")
    username: str | None = Field(description="null for who can't sign in.")
    role: Member.Role
    is_active: bool
    since: datetime = Field(alias="created_at")


class SellerOut(Schema):
    person: UUID = Field(alias="user_id", description="Send as `sold_by`.")
    name: str
    role: Member.Role

    @staticmethod
    def resolve_name(member: Member) -> str:
        return member.user.first_name or member.user.username


class InvitationIn(Schema):
    model_config = ConfigDict(extra="forbid")
    role: Member.Role


class InvitationOut(Schema):
    id: UUID
    role: Member.Role
    created_by: str = Field(alias="created_by.first_name")
    created_at: datetime
    expires_at: datetime


class NewInvitation(InvitationOut):
    code: str = Field(description="Told once: pass it on to the person.")


class CodeIn(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"code": "7QKF-3MZX-9T2W-HB4C"}})
    code: str = Field(min_length=1, max_length=40)


class JoinIn(Schema):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "key": "0d9c3c63-6f2e-4f3a-9a52-3f0e8a1c2b4d",
                "code": "7QKF-3MZX-9T2W-HB4C",
                "name": "Moussa K.",
                "username": "moussa.k",
                "password": "la-biere-est-fraiche",
            }
        },
    )
    key: UUID = Field(description="Minted by the client; asking again with it joins once.")
    code: str = Field(min_length=1, max_length=40)
    name: Name = Field(description="As the team will call you.")
    username: Annotated[Username, Field(min_length=1)]
    password: str = Field(min_length=1, max_length=128)

    def newcomer(self) -> Newcomer:
        return Newcomer(**self.model_dump())


class JoinedOut(Schema):
    bar: UUID = Field(alias="bar_id", description="Sign in with your new account to work there.")
