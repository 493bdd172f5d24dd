"""The AsyncAPI document: valid, complete, and true."""

import copy
import hashlib
import json
import re
import shutil
import subprocess
import tarfile

import jsonschema_rs
import pytest
from django.test import Client

from realtime import protocol
from realtime.asyncapi import document, events_page
from realtime.streams import registry
from tests.realtime import spoken
from tests.stack import ROOT

SPECS = "@asyncapi/specs@6.11.1"  # the official JSON schemas of AsyncAPI; no package of PyPI carries them
SHA512 = "0375812ea00a1a8276fba15616da63065090d6814272ce06c45ef3b081af36aa"  # its beginning


@pytest.fixture(scope="session")
def official(tmp_path_factory):
    """Validates as AsyncAPI 3.0 says. Where there is no npm, or no network, the other tests must do."""
    if not (npm := shutil.which("npm")):
        pytest.skip("npm brings the official schema")
    folder = tmp_path_factory.mktemp("asyncapi")
    packed = subprocess.run(
        [npm, "pack", "--silent", SPECS], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    if packed.returncode:
        pytest.skip(f"npm could not: {packed.stderr[-200:]}")
    archive = folder / packed.stdout.split()[-1]
    assert hashlib.sha512(archive.read_bytes()).hexdigest().startswith(SHA512)
    with tarfile.open(archive) as files:
        return jsonschema_rs.validator_for(json.load(files.extractfile("package/schemas/3.0.0.json")))


def test_the_document_is_asyncapi_3(official):
    assert [str(error) for error in official.iter_errors(document())] == []


@pytest.mark.parametrize("spoil", [
    lambda d: d["info"].pop("version"),
    lambda d: d["operations"]["tell"].update(action="publish"),
    lambda d: d["channels"]["socket"].update(adress="/ws/"),
    lambda d: d["components"]["securitySchemes"]["token"].update(type="bearer"),
])  # fmt: skip
def test_a_document_that_is_wrong_is_found_so(spoil, official):
    """The control."""
    wrong = copy.deepcopy(document())
    spoil(wrong)

    assert not official.is_valid(wrong)


def test_the_document_says_which_streams_are_public():
    channels = document()["channels"]

    told = {kind: channels[kind]["x-public"] for kind in registry.streams}
    assert told == {kind: stream.is_public for kind, stream in registry.streams.items()}
    assert told["bar"] is False


def references(value):
    if isinstance(value, dict):
        yield from (found for one in value.values() for found in references(one))
        yield from [value["$ref"]] if "$ref" in value else []
    elif isinstance(value, list):
        yield from (found for one in value for found in references(one))


def test_whatever_the_document_refers_to_is_in_it():
    for reference in set(references(document())):
        place = document()
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_every_event_message_and_action_is_in_the_document_and_every_event_on_some_stream():
    messages = document()["components"]["messages"]
    streams = [channel for name, channel in document()["channels"].items() if name != "socket"]
    spoken_of = {protocol.name_of(one) for one in (*protocol.FROM_CLIENT, *protocol.FROM_SERVER)}

    assert set(messages) == spoken_of | set(registry.events) | {f"send:{name}" for name in registry.sends}
    assert {name for channel in streams for name in channel["messages"]} >= set(registry.events)


def test_every_close_code_of_the_servers_is_explained():
    code = "\n".join(path.read_text() for path in (ROOT / "realtime").glob("*.py") if path.name != "protocol.py")
    used = {int(found) for found in re.findall(r"\b4[0-2]\d\d\b", code)}

    assert used - {4096} <= set(protocol.CLOSE_CODES)


def test_anybody_may_read_the_document():
    answer = Client().get("/api/v1/asyncapi.json")

    assert (answer.status_code, answer.json()) == (200, document())


def test_the_page_of_events_is_up_to_date():
    """Otherwise: python -m realtime.asyncapi > docs/events.md."""
    assert (ROOT / "docs" / "events.md").read_text() == events_page()


FRAME = {"type": "frame", "stream": "bar.1", "epoch": "e", "seq": 1, "prev": 0, "at": ""}
GOOD = {"type": "unsubscribed", "id": 1, "stream": "bar.1"}


@pytest.mark.parametrize("message", [
    GOOD | {"more": 1},
    {"type": "unsubscribed", "id": 1},
    GOOD | {"type": "gone"},
    FRAME | {"events": [{"type": "nothing.made", "data": {}}]},
    FRAME | {"events": [{"type": "sale.created", "data": {"sale": "1"}}]},
])  # fmt: skip
def test_what_is_not_documented_cannot_be_said_unnoticed(message):
    """The control of what the clients of the tests check of all that they receive."""
    spoken.check(GOOD)
    with pytest.raises(AssertionError):
        spoken.check(message)
