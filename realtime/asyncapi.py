"""The AsyncAPI document: streams, events and messages as they are declared; and a page of the events for people.

`python -m realtime.asyncapi > docs/events.md` writes the page.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import pgtrigger
from django.conf import settings
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from realtime import protocol
from realtime.streams import Event, registry
from realtime.triggers import Publish

KIND = re.compile(r"'([a-z]+)\.'")
DESCRIPTION = """
One WebSocket carries every stream that a client follows. What is committed reaches whoever may see it and comes back,
once and in order: each frame is one transaction, and a cursor, `epoch:number`, resumes on any transport. The same over
HTTP is in the OpenAPI file: `/api/v1/sync/stream` (server-sent events), `/api/v1/sync/poll` and `/api/v1/sync/send`.
Channels with `x-public` are for everybody, signed in or not; the others are for who may see what they tell of.
"""
SPOKEN = (*protocol.FROM_CLIENT, *protocol.FROM_SERVER)
SIGNING_IN = {
    "token": {"type": "http", "scheme": "bearer", "description": "From `POST /api/v1/auth/token`."},
    "session": {
        "type": "httpApiKey",
        "in": "cookie",
        "name": settings.SESSION_COOKIE_NAME,
        "description": "Of a page of ours.",
    },
}


@cache
def document() -> dict[str, Any]:
    """The whole document: made once, and the same for the same declarations."""
    bodies = [one.body for one in registry.sends.values()]
    references, schemas = schemas_of([*SPOKEN, *registry.events.values(), *bodies])
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "BarTender, live", "version": "1", "description": DESCRIPTION.strip()},
        "defaultContentType": "application/json",
        "servers": {"bar": server()},
        "channels": {"socket": socket(), **{kind: stream(kind) for kind in sorted(registry.streams)}},
        "operations": operations(),
        "components": {"messages": messages(references), "schemas": schemas, "securitySchemes": SIGNING_IN},
    }


def schemas_of(models: Iterable[type[BaseModel]]) -> tuple[dict[type[BaseModel], Any], dict[str, Any]]:
    """A reference for each model, and the schemas by their names."""
    asked = [(model, "validation") for model in dict.fromkeys(models)]
    found, schemas = models_json_schema(asked, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    return {model: reference for (model, _), reference in found.items()}, dict(sorted(schemas["$defs"].items()))  # type: ignore[misc]


def server() -> dict[str, Any]:
    host = {"default": "localhost", "description": "Where the pages come from, too."}
    security = [{"$ref": f"#/components/securitySchemes/{name}"} for name in SIGNING_IN]
    return {"host": "{host}", "protocol": "wss", "variables": {"host": host}, "security": security}


def socket() -> dict[str, Any]:
    said = [*map(protocol.name_of, SPOKEN), *actions()]
    return {
        "address": "/ws/",
        "title": "The socket",
        "description": "Sub-protocol `bartender.v1.json`. Messages are text: JSON objects with a `type`.",
        "servers": [{"$ref": "#/servers/bar"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in said},
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
        "x-close-codes": {str(code): meaning for code, meaning in protocol.CLOSE_CODES.items()},
        "x-close-ranges": protocol.RANGES,
    }


def stream(kind: str) -> dict[str, Any]:
    """A family of streams: its address is what a client names when it subscribes on the socket or over HTTP."""
    names = [event.type for event in events_of(kind)] or ["state"]
    channel: dict[str, Any] = {
        "address": kind,
        "title": f"Streams of kind {kind}",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "x-states": sorted(topic for of, topic in registry.states if of == kind),
        "x-public": registry.streams[kind].is_public,
    }
    if any(kind in kinds_of(trigger) for trigger in publishers()):
        channel |= {"address": f"{kind}.{{key}}", "parameters": {"key": {"description": "The id of what it is of."}}}
    return channel


def operations() -> dict[str, Any]:
    """Seen from the server: it receives what clients say, and sends the rest."""
    found = {protocol.name_of(message): heard(message) for message in protocol.FROM_CLIENT}
    found["tell"] = told("socket", map(protocol.name_of, protocol.FROM_SERVER))
    return found | {f"publish_{kind}": told(kind, stream(kind)["messages"]) for kind in sorted(registry.streams)}


def heard(message: type[BaseModel]) -> dict[str, Any]:
    names = [protocol.name_of(message), *(actions() if message is protocol.Send else ())]
    operation = {"action": "receive", "channel": {"$ref": "#/channels/socket"}, "messages": on("socket", names)}
    answers = [protocol.name_of(answer) for answer in protocol.ANSWERS.get(message, ())]
    reply = {"channel": {"$ref": "#/channels/socket"}, "messages": on("socket", answers)}
    return operation | ({"reply": reply} if answers else {})


def told(channel: str, names: Iterable[str]) -> dict[str, Any]:
    return {"action": "send", "channel": {"$ref": f"#/channels/{channel}"}, "messages": on(channel, names)}


def on(channel: str, names: Iterable[str]) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names]


def actions() -> list[str]:
    return [f"send:{name}" for name in sorted(registry.sends)]


def messages(references: Mapping[type[BaseModel], Any]) -> dict[str, Any]:
    """What an event carries is the `data` of its place in a frame; any other message is the whole of one."""
    spoken = {name: message(name, one, references[one]) for one in SPOKEN if (name := protocol.name_of(one))}
    events = {
        name: message(name, event, references[event]) | {"tags": [{"name": event.topic}]}
        for name, event in sorted(registry.events.items())
    }
    sends = {f"send:{name}": action(name, references[one.body]) for name, one in sorted(registry.sends.items())}
    return spoken | events | sends


def message(name: str, model: type[BaseModel], payload: Any) -> dict[str, Any]:
    return {"name": name, "summary": summary(model) or model.__name__, "payload": payload}


def summary(model: type[BaseModel]) -> str:
    return " ".join((vars(model).get("__doc__") or "").split())


def action(name: str, body: Any) -> dict[str, Any]:
    properties = {"type": {"const": "send"}, "id": {}, "action": {"const": name}, "data": body}
    payload = {"type": "object", "required": ["type", "action"], "properties": properties}
    return {"name": f"send:{name}", "summary": f"`send` with the action `{name}`.", "payload": payload}


def publishers() -> list[Publish]:
    return [trigger for _, trigger in pgtrigger.registered() if isinstance(trigger, Publish)]


def kinds_of(trigger: Publish) -> set[str]:
    """The kinds of streams that a trigger names; none where the row itself names its stream."""
    return set(KIND.findall(str(trigger.func))) & registry.streams.keys()


def events_of(kind: str) -> list[type[Event]]:
    """What may happen on streams of a kind, as the triggers say: where none names a stream, on any that is kept."""
    if not registry.streams[kind].is_logged:
        return []
    named = {event: set[str]() for event in registry.events.values()}
    for trigger in publishers():
        named[trigger.event] |= kinds_of(trigger) or registry.streams.keys()
    return [event for _, event in sorted(registry.events.items()) if kind in (named[event] or registry.streams)]


def events_page() -> str:
    """Markdown: every event, the streams that it comes on, its topic and what it carries."""
    rows = [f"| `{name}` | {streams_of(event)} | {cell(event)} |" for name, event in sorted(registry.events.items())]
    head = ["# Events", "", "Written by `python -m realtime.asyncapi > docs/events.md` from what the apps declare.", ""]
    return "\n".join([*head, "| event | comes on | carries |", "| --- | --- | --- |", *rows]) + "\n"


def streams_of(event: type[Event]) -> str:
    kinds = [f"`{stream(kind)['address']}`" for kind in sorted(registry.streams) if event in events_of(kind)]
    return f"{', '.join(kinds)}; topic `{event.topic}`"


def cell(event: type[Event]) -> str:
    """The fields as TypeScript would write them, and what they mean."""
    fields = event.model_json_schema()["properties"]
    written = ", ".join(f"{name}: {typed(schema)}" for name, schema in fields.items())
    return f"`{{ {written} }}` {summary(event)}".strip()


def typed(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(map(repr, schema["enum"]))
    plain = {"integer": "number", "null": "null"}.get(schema.get("type", "any"), schema.get("type", "any"))
    return f"{plain} /* {schema['format']} */" if "format" in schema else str(plain)


if __name__ == "__main__":
    import django

    django.setup()
    from realtime.asyncapi import events_page  # of the registry that the apps have filled

    print(events_page(), end="")
