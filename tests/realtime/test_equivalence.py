"""A snapshot and the frames after it are a fresh snapshot: for whatever changes a bar, and for each role.

The reducers are those of the pages, run by Node. Where one says that only a fresh list can show it, the page reads
one: that counts as equal, and is counted in the table that the test prints.
"""

import json
import subprocess
from collections import Counter
from typing import Any, NamedTuple

import pytest
from django.db import connection

from realtime.streams import registry
from tests import matrix
from tests.js.test_js import HERE as JS
from tests.js.test_js import NODE
from tests.realtime.acting import acts, told
from tests.settling import settle

pytestmark = pytest.mark.django_db
ROLES = ("waiter", "manager", "co_owner", "owner")
SHELF, TONIGHT = "products", "tonight"
# Snapshots with a cursor that no page patches: who follows since it must be told whenever they are out of date.
LISTS = ("inventory", "sales", "returns", "tabs", "credits", "consignments", "supplies", "expenses", "closes")
PLACES = [*((role, SHELF) for role in ROLES), ("owner", TONIGHT), *(("owner", name) for name in LISTS)]
ACTS = acts()
DRAWN = ("id", "name", "category", "price", "available", "alert_threshold")  # all that the till reads of a product

SEEN = ("stock_", "sales_", "bars_bar", "bars_member", "bars_user")  # tables whose rows the places show
WRITTEN = "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_all_tables WHERE schemaname = 'public'"


class Seen(NamedTuple):
    body: Any
    cursor: str


class Change(NamedTuple):
    """What one act did to what one role sees, and what they were told."""

    act: str
    role: str
    place: str
    before: Seen
    after: Seen
    frames: list[dict[str, Any]]

    @property
    def has_changed(self) -> bool:
        return self.before.body != self.after.body

    @property
    def types(self) -> set[str]:
        return {event["type"] for frame in self.frames for event in frame["events"]}

    @property
    def case(self) -> dict[str, Any]:
        """For the reducers."""
        seen = {"rows": self.before.body, "since": self.before.cursor, "fresh": self.after.body}
        return seen | {"messages": self.frames}


def look(world: Any, role: str, place: str) -> Seen:
    address = f"/api/v1/bars/{{bar}}/{place}"
    row = next(row for row in matrix.ROWS if (row.address, row.method) == (address, "GET"))
    answer = world.people[role].ask(row)
    assert answer.status_code == 200, f"{role} reads {address}: {answer.content}"
    return Seen(answer.json(), answer.headers["Cursor"])


def look_everywhere(world: Any) -> dict[tuple[str, str], Seen]:
    settle()
    return {place: look(world, *place) for place in PLACES}


def written() -> dict[str, int]:
    """How many rows this transaction has written so far, by table."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return dict(cursor.fetchall())


def changes(world: Any) -> list[Change]:
    """Each act done, and undone, between two looks at all places, where it has written what one can see there."""
    for act in sorted(ACTS, key=lambda act: "expired" not in act.title):  # which lets all expire that wait
        act.prepare(world)
    base = look_everywhere(world)
    found = []
    for act in ACTS:
        with world.asked_by(act.actor) as person:
            before = look_everywhere(world) if act.make_own(world) else base
            rows = written()
            assert act.do(world, person), act.title
            if any(table.startswith(SEEN) and count != rows.get(table) for table, count in written().items()):
                found += changes_since(world, act.title, before)
    return found


def changes_since(world: Any, act: str, before: dict[tuple[str, str], Seen]) -> list[Change]:
    """What is seen now, and what was told since."""
    stream, since = f"bar.{world.ours.bar.pk}", int(before["owner", SHELF].cursor.partition(":")[2])
    after = look_everywhere(world)
    shelf = {role: told(world.people[role].user, stream, since, ["stock"]) for role in ROLES}
    every = told(world.people["owner"].user, stream, since)
    return [
        Change(act, role, place, before[role, place], seen, shelf[role] if place == SHELF else every)
        for (role, place), seen in after.items()
    ]


@pytest.fixture(scope="module")
def found(lasting_world):
    return changes(lasting_world)


def reduced(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the till ends with, and how it got there."""
    command = [NODE, "--import", JS / "static.mjs", JS / "reducers.mjs"]
    run = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def drawn(products: list[dict[str, Any]]) -> list[list[Any]]:
    return [[product[name] for name in DRAWN] for product in products]


def are_right(found: list[Change], ended: list[dict[str, Any]]) -> list[bool]:
    """Whether each till ends with what a fresh one shows."""
    pairs = zip(found, ended, strict=True)
    return [drawn(end["products"]) == drawn(change.after.body) for change, end in pairs]


def test_i32_the_till_of_every_role_ends_where_a_fresh_one_begins(found, capsys):
    tills = [change for change in found if change.place == SHELF]

    ended = reduced([change.case for change in tills])

    print_table(capsys, {(till.act, end["fate"]) for till, end in zip(tills, ended, strict=True)})
    wrong = [till.act for till, is_right in zip(tills, are_right(tills, ended), strict=True) if not is_right]
    assert set(wrong) == set()
    assert {end["fate"] for end in ended} == {"patched", "refetched", "untouched"}


def test_a_till_that_is_not_told_or_does_not_read_afresh_goes_wrong(found):
    """The control of the one above."""
    changed = [till for till in found if till.place == SHELF and drawn(till.before.body) != drawn(till.after.body)]

    unheard = are_right(changed, reduced([till.case | {"messages": []} for till in changed]))
    stubborn = are_right(changed, reduced([till.case | {"isDeaf": True} for till in changed]))

    assert unheard == [False] * len(changed)
    assert stubborn.count(True) > 15 * len(ROLES)
    assert stubborn.count(False) > 5 * len(ROLES)


def print_table(capsys: pytest.CaptureFixture[str], fates: set[tuple[str, str]]) -> None:
    with capsys.disabled():
        print(
            f"\nthe till of {len(ROLES)} roles, after each of {len(ACTS)} acts that has written what is seen anywhere:"
        )
        for fate, count in sorted(Counter(fate for _, fate in fates).items()):
            titles = sorted(act for act, its in fates if its == fate and fate == "refetched")
            print(f"  {fate}: {count}" + "".join(f"\n    {title}" for title in titles))


def test_whatever_changes_a_list_is_told_to_who_reads_it(found):
    """So that a program that reads a list again at each frame is never out of date."""
    changed = [change for change in found if change.place in LISTS and change.has_changed]

    assert {change.act for change in changed if not change.frames} == set()
    assert {change.place for change in changed} == set(LISTS)


def test_whatever_changes_the_figures_has_them_computed_again(found):
    """A board is drawn from the whole value; it is stale only if what happened isn't among what it depends on."""
    moved = [change for change in found if change.place == TONIGHT and change.has_changed]
    shown = {change.act: {state.topic for state in registry.states_of("bar.1", change.types)} for change in moved}

    assert {act for act, topics in shown.items() if "figures" not in topics} == set()
    assert len(moved) > 10
