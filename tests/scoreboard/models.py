"""A goal is told on two streams at once: its tournament's and its match's."""

import uuid

import pgtrigger
from django.db import models

from realtime.triggers import Publish
from tests.scoreboard.streams import GoalScored


class Goal(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    tournament = models.UUIDField()
    match = models.UUIDField()
    home = models.BooleanField()

    class Meta:
        triggers = [
            Publish(
                GoalScored,
                stream="unnest(ARRAY['cup.' || NEW.tournament, 'game.' || NEW.match])",
                data={"goal": "NEW.id", "match": "NEW.match", "home": "NEW.home"},
                operation=pgtrigger.Insert,
            )
        ]

    def __str__(self) -> str:
        return f"a goal of {self.match}"
