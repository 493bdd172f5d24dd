"""docs/asvs.md names tests that exist, and what it says of ASVS alone is shown here."""

import ast
import re
from collections import Counter

import pytest
from channels.layers import get_channel_layer
from channels_redis.serializers import MsgPackSerializer
from cryptography.fernet import InvalidToken
from django.test import Client

from bars.models import AccessToken
from tests.controls import ROOT

PAGE = (ROOT / "docs/asvs.md").read_text()
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if re.match(r"\| \d", line)]
TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")


def names_in(path):
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_each_requirement_stands_there_once_in_order():
    numbers = [tuple(map(int, row[0].split("."))) for row in ROWS]

    assert (len(numbers), numbers) == (70, sorted(set(numbers)))


def test_the_page_counts_right():
    counts = Counter(row[2] for row in ROWS)

    assert set(counts) == {"met", "not applicable", "not met"}
    assert ", ".join(f"{counts[one]} {one}" for one in ("met", "not applicable", "not met")) + "." in PAGE


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_is_met_is_shown_by_a_test_that_exists_and_what_is_not_says_why(row):
    shown = TEST.findall(row[3])

    assert [name for path, name in shown if name not in names_in(path)] == []
    assert shown or (row[2] != "met" and row[3])


def test_how_soon_a_vulnerable_part_is_replaced_is_written_where_one_deploys():
    page = " ".join((ROOT / "docs/deploy.md").read_text().split())

    assert re.search(r"How soon a vulnerable part is replaced .* two days .* seven .* thirty", page)


def test_a_password_is_covered_and_may_be_filled_in_by_a_program(koffi, client):
    page = client.get("/login/").content.decode()
    client.force_login(koffi.user)
    account = client.get("/account/").content.decode()

    fields = re.findall(
        r'<input name="(password|current|new)" type="password"[^>]*autocomplete="([\w-]+)"', page + account
    )
    assert fields == [
        ("password", "current-password"),
        ("current", "current-password"),
        ("new", "new-password"),
    ]
    assert "onpaste" not in page + account


@pytest.mark.parametrize(("typed", "status"), [(" Une Bière ", 302), ("Une Bière", 200), (" une bière ", 200)])
def test_a_password_is_taken_as_it_was_typed(typed, status, koffi, client):
    koffi.user.set_password(" Une Bière ")
    koffi.user.save()

    assert client.post("/login/", {"username": "koffi", "password": typed}).status_code == status


def test_keys_of_sessions_and_tokens_are_long_and_each_another(koffi):
    """32 characters of 36 are 165 bits, 43 of 64 are 256."""
    sessions = []
    for _ in range(5):
        browser = Client()
        browser.force_login(koffi.user)
        sessions.append(browser.session.session_key)
    tokens = [AccessToken.issue(koffi.user)[0] for _ in range(5)]

    assert len({*sessions, *tokens}) == 10
    assert [key for key in sessions if not re.fullmatch(r"[a-z0-9]{32}", key)] == []
    assert [key for key in tokens if not re.fullmatch(r"[\w-]{43}", key)] == []


@pytest.mark.parametrize("path", [".git/HEAD", ".git/config", "manage.py", "static/../manage.py", "static/.git/HEAD"])
def test_no_file_of_the_repository_is_served(path, client, db):
    assert client.get(f"/{path}").status_code == 404


def test_c45_frames_between_processes_are_encrypted():
    """Whoever reads what goes through Valkey, or writes to it, reads no word of ours and says none."""
    layer, frame = get_channel_layer(), {"type": "frames", "word": "canary"}
    sealed = layer.serialize(frame)

    assert b"canary" not in sealed
    assert layer.deserialize(sealed) == frame
    with pytest.raises(InvalidToken):
        layer.deserialize(MsgPackSerializer().serialize(frame))
