"""Whatever is said on any transport in any test is held against the AsyncAPI document."""

from functools import cache

import jsonschema_rs

from realtime import protocol
from realtime.asyncapi import document
from realtime.streams import INVALIDATE, registry


@cache
def validator(name):
    """Of the payload of a message of the document."""
    components = document()["components"]
    return jsonschema_rs.validator_for({**components["messages"][name]["payload"], "components": components})


def check(message):
    """Raises AssertionError for a message, or an event in it, that the document doesn't know."""
    known = {protocol.name_of(one) for one in protocol.FROM_SERVER}
    assert message["type"] in known, f"{message['type']} is not in realtime/protocol.py"
    assert_fits(message["type"], message)
    for event in message["events"] if message["type"] == "frame" else ():
        if event["type"] in registry.events:
            assert_fits(event["type"], event["data"])
        else:
            assert event["type"] == INVALIDATE, f"{event['type']} is no event of the registry"
    return message


def assert_fits(name, value):
    wrong = [str(error) for error in validator(name).iter_errors(value)]
    assert not wrong, f"{name} is not as it is documented:\n{wrong[0]}"
