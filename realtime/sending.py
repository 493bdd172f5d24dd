"""What a client may send, by its name: read, authorised by the app that declares it, done in a thread."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ValidationError

from realtime.errors import InvalidRequest, Problem
from realtime.hub import hub
from realtime.streams import Action, Signal, registry
from realtime.threads import in_thread


class UnknownAction(Problem):
    code, title = "unknown_type", _("Nobody knows what that is.")


async def perform(user: Any, name: Any, data: Any) -> Any:
    """Do what a client has asked for; returns what it is told. Raises UnknownAction, InvalidRequest, or as the app."""
    declared = registry.sends.get(name) if isinstance(name, str) else None
    if declared is None:
        told = _("%(name)s can't be sent.") % {"name": repr(str(name)[:40])}
        raise UnknownAction(told, allowed=sorted(registry.sends))
    body = read(declared.body, data)
    if isinstance(declared, Action):
        return await in_thread(declared.perform)(user, body)
    return await pass_on(user, declared, body)


async def pass_on(user: Any, declared: Signal, body: BaseModel) -> None:
    stream, topic, told = await in_thread(declared.route)(user, body)
    await hub().signal(stream, topic, declared.name, told)


def read(body: type[BaseModel], data: Any) -> BaseModel:
    """The data as what is expected. Raises InvalidRequest."""
    try:
        return body.model_validate(data if data is not None else {})
    except ValidationError as error:
        raise InvalidRequest.of(error.errors()) from None
