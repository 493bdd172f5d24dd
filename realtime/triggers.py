"""Publish: the one way for a model to announce a fact, declared in its Meta.triggers."""

from collections.abc import Mapping
from typing import Any

import pgtrigger

from realtime.streams import Event


class Publish(pgtrigger.Trigger):
    """Stage `event` on `stream` for each row that `operation` and `condition` let through.

    `stream` is an SQL expression for the stream's name, or a set of them; `topic` is one too, where
    it isn't the event's own; `data` maps each field of the event's model to an SQL expression over
    NEW and OLD. The fact becomes an event at commit, in the same transaction, or not at all.
    """

    when = pgtrigger.After

    def __init__(
        self,
        event: type[Event],
        *,
        stream: str,
        data: Mapping[str, str],
        operation: pgtrigger.Operation,
        topic: str = "",
        **options: Any,
    ) -> None:
        if set(data) != set(event.model_fields):
            raise ValueError(f"{event.type}: the trigger must fill {sorted(event.model_fields)}, not {sorted(data)}")
        self.event = event
        pairs = ", ".join(f"'{field}', {expression}" for field, expression in data.items())
        super().__init__(
            name=options.pop("name", event.type.replace(".", "_")),
            operation=operation,
            func=f"PERFORM realtime_stage({stream}, {topic or repr(event.topic)}, '{event.type}', "
            f"jsonb_build_object({pairs})); RETURN NULL;",
            **options,
        )
