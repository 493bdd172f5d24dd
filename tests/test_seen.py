"""What is told to whom: nothing of a bar to strangers, and to waiters no cost and nothing of others' sales."""

import asyncio
import json

import pytest
from django.test import Client

from tests import canaries, factories
from tests.canaries import Leak, word_of
from tests.matrix import ROWS
from tests.things import COST, THINGS

# Names of fields that say what something costs, or what should be there.
PRIVATE = {
    "cost",
    "cost_before",
    "unit_cost",
    "lot_price",
    "margin",
    "value",
    "expected",
    "expected_cash",
    "difference",
    "reserved",
    "review",
    "revenue",
}
NOWHERE = {"stock_then", "fingerprint", "password", "digest"}  # names that are in no answer at all
NOT_TOLD = [  # what waiters work with
    "article", "code", "figure", "product", "category", "person", "tab", "count", "conversation", "message",
    "tournament", "token", "entry", "match", "player",
]  # fmt: skip


def keys_of(value):
    """Every name in a JSON document that stands for something."""
    if isinstance(value, dict):
        return {name for name in value if value[name] is not None} | {
            name for below in value.values() for name in keys_of(below)
        }
    return {name for below in value for name in keys_of(below)} if isinstance(value, list) else set()


def heard(world, name):
    """All that this person is answered by every address: its text, and the names of its fields."""
    text, keys = [], set()
    for row in ROWS:
        if row.address.endswith(("/accept", "/join/{code}", "/receipts/{receipt}")):  # who has it is let in, or told
            continue
        world.make(row)
        with world.asked_by(name) as person:
            world.make_own(row)
            answer = person.ask(row, "token" if row.is_api else "cookie", world.ours.thing)
            if answer.streaming:  # written by another connection, which sees nothing of this transaction
                continue
            content = answer.content
            text.append(content.decode())
            if content and "application/json" in answer.headers.get("Content-Type", "") and "openapi" not in row.name:
                keys |= keys_of(json.loads(content))
    return "\n".join(text), keys


def everything_others_have_made(world):
    """Ids of all things that a waiter doesn't work with."""
    names = [name for name in THINGS if not name.endswith(":own") and name.partition(":")[0] not in NOT_TOLD]
    return {name: world.ours.thing(name) for name in names if not name.startswith("member")}


def test_c19_a_waiter_is_told_no_cost_and_nothing_of_others_sales(world):
    ids = everything_others_have_made(world)

    text, keys = heard(world, "waiter")

    assert keys & (PRIVATE | NOWHERE) == set()
    assert world.ours.secret not in text
    assert str(COST) not in text
    assert {name for name, pk in ids.items() if pk in text} == set()
    assert world.ours.word in text


def test_c19_an_owner_is_told_of_them(world):
    """The control of the test above: what it looks for is there to be found."""
    ids = everything_others_have_made(world)

    text, keys = heard(world, "owner")

    assert (PRIVATE - keys, NOWHERE & keys) == (set(), set())
    assert world.ours.secret in text
    assert str(COST) in text
    assert {name for name, pk in ids.items() if pk not in text} <= {"expense", "supply"}


def test_i35_c17_a_stranger_hears_no_word_of_the_bar(world):
    ids = everything_others_have_made(world)

    text, _ = heard(world, "stranger")

    assert [pk for pk in (world.ours.word, world.ours.secret, *ids.values()) if pk in text] == []
    assert world.theirs.word in text


# The scan of every answer, which every test has


@pytest.fixture
def leaking(monkeypatch, other_bar, koffi, zoe):
    """Koffi's shelf and history are those of Zoé's bar."""
    from stock.api import products
    from stock.queries import shelf

    factories.product(other_bar, f"Heineken {word_of(other_bar)}")
    monkeypatch.setattr(products, "shelf", lambda bar_id: shelf(other_bar.pk))
    monkeypatch.setattr("sales.views.till.shelf", lambda bar_id: shelf(other_bar.pk))


@pytest.mark.parametrize("page", ["api/v1/bars/{}/products", "bars/{}/till"])
def test_c10_a_word_of_another_bar_is_found_in_any_answer(page, leaking, koffi, zoe):
    clients = {member: Client() for member in (koffi, zoe)}
    for member, client in clients.items():
        client.force_login(member.user)

    with pytest.raises(Leak, match="Heineken|tells koffi of"):
        clients[koffi].get(f"/{page.format(koffi.bar_id)}")

    assert word_of(zoe.bar) in clients[zoe].get(f"/{page.format(zoe.bar_id)}").content.decode()


def test_c17_a_word_is_found_in_streams_and_spreadsheets(koffi, other_bar, monkeypatch):
    from sales.api import exporting
    from stock.files.sheets import Format, write

    word = word_of(other_bar)
    client = Client(headers=factories.bearer(koffi))

    async def leak():
        yield "a;b"
        yield word[:9]
        yield word[9:]

    async def read(chunks):
        return [chunk async for chunk in chunks]

    monkeypatch.setattr(exporting, "export_sales", lambda member, days: leak())
    answer = client.get(f"/api/v1/bars/{koffi.bar_id}/sales/export?from=2026-01-01&to=2026-01-02")

    with pytest.raises(Leak):
        asyncio.run(read(answer.streaming_content))
    sheet = write([[word]], Format.XLSX)
    assert word.encode() not in sheet
    assert word.encode() in canaries.readable(sheet)
