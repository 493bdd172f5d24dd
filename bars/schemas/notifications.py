"""What the API of notifications gives."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Schema


class NotificationOut(Schema):
    id: UUID
    stream: str
    topic: str
    kind: str
    subject: str = Field(description="What it is about: the id of a product, of a sale.")
    data: dict[str, Any]
    created_at: datetime
    resolved_at: datetime | None = Field(description="Since when it has settled by itself.")
    read_at: datetime | None = Field(description="By you.")


class NotificationsPage(Schema):
    notifications: list[NotificationOut]
    next: UUID | None = Field(description="Send as `before` for older ones; null at the end.")
    cursors: dict[str, str] = Field(description="Follow each of these streams since its cursor.")
