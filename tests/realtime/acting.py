"""Everything that changes a bar: each mutating row of the matrix, rows with other bodies, and the jobs of the night."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from realtime.log import frame_text, frames_between, heads, seen_by
from realtime.streams import EVERY, registry
from sales.services.consignments import expire_of_bar
from sales.services.expiring import expire_sales_of
from tests import matrix
from tests.things import IMPORT, written

ACTORS = ("owner", "manager", "waiter", "stranger")  # the first who may, acts
AS_WAITER = ("POST sales", "POST sales/batch", "POST returns#own", "POST sales/{sale:own}/undo")  # waits for a decision
SIGNS_OUT = ("PUT /api/v1/account/password",)  # those who look at the places: nothing of the bar changes
OTHER_BODIES = {
    "PATCH products/{product}": [
        {"price": 1250},
        {"name": "Flag"},
        {"sku": "FLG-65"},
        {"category": "{category:second}"},
        {"is_active": False},
        {"price": 1250, "is_active": False},
    ],
    "POST sales": [
        {"key": "KEY", "lines": [{"product": "{product}", "quantity": 3}], "payment": "tab", "tab": "{tab}"},
        {"key": "KEY", "lines": [{"product": "{product}", "quantity": 60}]},
    ],
    "POST supplies": [
        {"key": "KEY", "product": "{product}", "lots": 2, "lot_size": 12, "lot_price": 9000, "payment": "credit"}
    ],
}
MANY = b"name,category,price\n" + b"".join(b"Flag %d,Boissons,800\n" % number for number in range(201))


class Act(NamedTuple):
    """`prepare(world)` makes what it takes and `make_own` what must be the actor's own; `do(world, person)` does it.

    The last two are called as the actor; `do` tells whether it was done.
    """

    title: str
    actor: str
    prepare: Callable[[Any], object]
    do: Callable[[Any, Any], bool]
    make_own: Callable[[Any], list] = lambda world: []


def asking(row: matrix.Row, actor: str, body: Any = None) -> Act:
    def do(world: Any, person: Any) -> bool:
        return person.ask(row, "token", world.ours.thing, body).status_code < 300

    def prepare(world: Any) -> None:
        world.make(row)
        written(body, world.ours.thing)

    title = f"{row.method} {row.name.removeprefix('/api/v1/')} {body or ''}"
    return Act(title.strip()[:100], actor, prepare, do, lambda world: world.make_own(row))


def importing_many() -> Act:
    def do(world: Any, person: Any) -> bool:
        url = f"/api/v1/bars/{world.ours.bar.pk}/products/import"
        return person.send("token", "POST", url, MANY, "text/csv").status_code == 200

    return Act(f"{IMPORT} of 201", "owner", lambda world: None, do)


def night(title: str, thing: str, job: Callable[[Any], int]) -> Act:
    return Act(title, "owner", lambda world: world.ours.thing(thing), lambda world, person: job(world.ours.bar.pk) > 0)


def acts() -> list[Act]:
    """All of them."""
    found = []
    for row in matrix.ROWS:
        if row.method not in ("POST", "PUT", "PATCH", "DELETE") or not row.is_api or row.key in SIGNS_OUT:
            continue
        may = [name for name in ACTORS if 200 <= row.expected[name] < 300]
        others = ["waiter"] if row.key in AS_WAITER and may[0] != "waiter" else []
        found += [asking(row, name) for name in may[:1] + others]
        found += [asking(row, may[0], body) for body in OTHER_BODIES.get(row.key, ())]
    later = timezone.now() + timedelta(days=400)
    found.append(importing_many())
    found.append(night("nobody decides a sale", "sale:pending", lambda bar: expire_sales_of(bar, later)))
    found.append(night("nobody fetches a bottle", "consignment", lambda bar: expire_of_bar(bar, at=later)))
    return found


def told(user: Any, stream: str, since: int, topics: list[str] | None = None) -> list[dict[str, Any]]:
    """The frames that this person's page is sent after a number of the stream, as the hub writes them."""
    shown = registry.admitted(user, stream, topics or [EVERY]) or frozenset()
    frames, prev = [], since
    for frame in frames_between(stream, since, heads([stream])[stream]) or ():
        if events := seen_by(frame, shown):
            frames.append(json.loads(frame_text(frame, events, prev)))
            prev = frame.last
    return frames
