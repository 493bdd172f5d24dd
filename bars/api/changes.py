"""What was changed of a bar, by the API."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import field_validator

from bars.access import membership
from bars.changes import Change
from bars.pages import newest_first
from bars.permissions import Permission
from bars.queries import changes_of

router = Router(tags=["settings"])


class ChangeOut(Schema):
    id: UUID
    at: datetime
    kind: Change.Kind
    who: str | None = Field(None, alias="who.username", description="None where it was not done in the application.")
    person: UUID | None = Field(alias="person_id", description="Of a member: whose place in the team it is.")
    was: dict[str, Any] | None = Field(description="What has changed, as it stood; None of what is new.")
    became: dict[str, Any] | None = Field(description="The same fields after it.")

    @field_validator("was", "became", mode="before")
    @classmethod
    def without_ids(cls, fields: dict[str, Any] | None) -> dict[str, Any] | None:
        """An operator who hands a membership on may have handed it on from another bar."""
        return fields and {name: value for name, value in fields.items() if not name.endswith("_id")}


class ChangesPage(Schema):
    changes: list[ChangeOut]
    next: UUID | None = Field(description="Send as `before` for the next page; None on the last.")


@router.get("/bars/{uuid:bar_id}/changes", response=ChangesPage, summary="Who changed settings and team, newest first")
def list_changes(request: HttpRequest, bar_id: UUID, before: UUID | None = None) -> dict[str, Any]:
    """Kept by the database, whoever has changed it and by whatever way; nobody can alter it."""
    membership(request.user, bar_id, Permission.CHANGE_SETTINGS)
    changes, following = newest_first(changes_of(bar_id), before)
    return {"changes": changes, "next": following}
