"""Primary keys: uuidv7, made by Postgres, so that rows of psql and of the application are alike."""

from typing import Any

from django.db import models

# Unique, and rising with the time of creation.
UUID7 = models.Func(function="uuidv7", output_field=models.UUIDField())


def uuid7_key(**options: Any) -> models.UUIDField:
    """The primary key of every business row."""
    return models.UUIDField(primary_key=True, db_default=UUID7, editable=False, **options)
