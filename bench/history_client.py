"""One client of the history: attempts things at a bar, one after the other, and writes down what it was told."""

import os
import random
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from bench.history_checker import Attempt, Outcome

PROCESSES = 4
# Of a hundred attempts. What is shared is tried by all processes at about the same time, with the same key.
KINDS = {"sell": 44, "pend": 14, "offline": 4, "share": 9, "again": 3, "scarcely": 5, "supply": 4, "validate": 5,
         "reject": 2, "cancel": 4, "take_back": 3, "restock": 3}  # fmt: skip
Answer = tuple[UUID | None, dict[str, int]]  # a document, and what was lacking for it

done: Any = None  # how many attempts all processes have made


class Scene(NamedTuple):
    """A bar to attempt things in; ids as texts, so that it can be sent to a process."""

    bar: str
    people: tuple[str, str, str]  # owner, manager, waiter
    hot: list[str]
    scarce: list[str]
    seed: int


def prepare(counter: Any, environment: dict[str, str]) -> None:
    """In a new process."""
    global done  # noqa: PLW0603
    done = counter
    os.environ.update(environment)
    import django

    django.setup()


def make_attempts(scene: Scene, number: int, attempts: int) -> list[Attempt]:
    return Client(scene, number).run(attempts)


class Client:
    def __init__(self, scene: Scene, number: int) -> None:
        from bars.access import find_member
        from bars.models import User

        members = (find_member(User.objects.get(pk=person), scene.bar) for person in scene.people)
        self.owner, self.manager, self.waiter = members
        self.hot, self.scarce = ([UUID(pk) for pk in pks] for pks in (scene.hot, scene.scarce))
        self.random, self.together = random.Random(f"{scene.seed} {number}"), random.Random(scene.seed)
        self.history: list[Attempt] = []
        self.sold: list[UUID] = []
        self.waiting: list[UUID] = []
        self.returned: list[UUID] = []
        self.last = self.basket(self.random, self.hot)

    def run(self, attempts: int) -> list[Attempt]:
        self.shared = [self.basket(self.together, self.hot) for _ in range(max(1, attempts * KINDS["share"] // 100))]
        kinds = self.random.choices(list(KINDS), list(KINDS.values()), k=attempts)
        for number, kind in enumerate(kinds):
            self.progress = number / attempts
            getattr(self, kind)()
            with done.get_lock():
                done.value += 1
        return self.history

    # What is attempted

    def sell(self) -> None:
        self.last = self.basket(self.random, self.hot)
        self.keep(self.sold, self.attempt_to_sell(self.manager, self.last))

    def again(self) -> None:
        self.attempt_to_sell(self.manager, self.last)

    def share(self) -> None:
        near = int(self.progress * len(self.shared)) + self.random.randint(-1, 1)
        basket = self.shared[min(max(near, 0), len(self.shared) - 1)]
        self.keep(self.sold, self.attempt_to_sell(self.manager, basket))

    def scarcely(self) -> None:
        member = self.random.choice([self.manager, self.waiter])
        ids = self.sold if member is self.manager else self.waiting
        self.keep(ids, self.attempt_to_sell(member, self.basket(self.random, self.scarce)))

    def pend(self) -> None:
        self.keep(self.waiting, self.attempt_to_sell(self.waiter, self.basket(self.random, self.hot)))

    def offline(self) -> None:
        from django.utils import timezone

        basket = self.basket(self.random, self.hot + self.scarce, sold_at=timezone.now())
        self.keep(self.waiting, self.attempt_to_sell(self.waiter, basket))

    def supply(self) -> None:
        from django.utils import timezone

        from stock.models import Supply
        from stock.services.supplies import Delivery, receive

        key, product = self.key(self.random), self.random.choice(self.scarce)
        delivery = Delivery(key, product, self.random.randint(1, 3), 1, 500, Supply.Payment.CASH)
        self.attempt(f"supply {key}", lambda: (receive(self.manager, delivery, at=timezone.now()).supply.pk, {}))

    def validate(self) -> None:
        from sales.services.deciding import validate

        if sale := self.one_of(self.waiting):
            decided = self.attempt(f"validated {sale}", lambda: (validate(self.manager, sale).pk, {}))
            self.keep(self.sold, decided)
        else:
            self.sell()

    def reject(self) -> None:
        from sales.services.deciding import reject

        if sale := self.one_of(self.waiting):
            self.attempt(f"rejected {sale}", lambda: (reject(self.manager, sale, reason="error").pk, {}))
        else:
            self.sell()

    def cancel(self) -> None:
        from sales.services.deciding import cancel

        if sale := self.one_of(self.sold):
            self.attempt(f"cancelled {sale}", lambda: (cancel(self.owner, sale, reason="error").pk, {}))
        else:
            self.sell()

    def take_back(self) -> None:
        from sales.models import Line, Return
        from sales.services.returns import Request, ask_return

        if sale := self.one_of(self.sold):
            line = Line.objects.filter(sale=sale).order_by("pk").values_list("pk", flat=True)[0]
            request = Request(self.key(self.random), line, 1, Return.Reason.WRONG_ITEM)
            work = lambda: (ask_return(self.manager, request).returned.pk, {})  # noqa: E731
            self.keep(self.returned, self.attempt(f"return {request.key}", work))
        else:
            self.sell()

    def restock(self) -> None:
        from sales.services.returns import restock_return

        if returned := self.one_of(self.returned):
            self.attempt(f"restocked {returned}", lambda: (restock_return(self.manager, returned).pk, {}))
        else:
            self.sell()

    # How

    def attempt_to_sell(self, member: Any, basket: Any) -> UUID | None:
        from django.utils import timezone

        from sales.services.selling import sell

        def work() -> Answer:
            sold = sell(member, basket, at=timezone.now())
            short = (sold.sale.review or {}).get("short", []) if not sold.is_replay else []
            return sold.sale.pk, lacking_of(short)

        return self.attempt(f"sell {basket.key}", work)

    def attempt(self, key: str, work: Callable[[], Answer]) -> UUID | None:
        from django.db import OperationalError

        from realtime.errors import Problem
        from stock.services.shelf import OutOfStock

        document: UUID | None = None
        lacking: dict[str, int] = {}
        began, outcome = time.monotonic(), Outcome.OK  # one clock for all processes of a machine
        try:
            document, lacking = work()
        except OutOfStock as short:
            outcome, lacking = Outcome.REFUSED, lacking_of(short.data["shortages"])
        except Problem:
            outcome = Outcome.REFUSED
        except OperationalError:
            outcome = Outcome.UNKNOWN
        self.history.append(Attempt(began, time.monotonic(), key, outcome, str(document or ""), lacking))
        return document

    def basket(self, chance: random.Random, products: list[UUID], **fields: Any) -> Any:
        from sales.basket import Basket
        from sales.models import Sale

        picked = chance.sample(products, chance.randint(1, 3))
        quantities = {product: chance.randint(1, 2) for product in picked}
        return Basket(self.key(chance), Sale.Payment.CASH, quantities, **fields)

    def key(self, chance: random.Random) -> UUID:
        return UUID(int=chance.getrandbits(128), version=4)

    def one_of(self, ids: list[UUID]) -> UUID | None:
        """One of the latest, where others may be at it too."""
        return self.random.choice(ids[-20:]) if ids else None

    def keep(self, ids: list[UUID], document: UUID | None) -> None:
        if document:
            ids.append(document)


def lacking_of(shortages: list[dict[str, Any]]) -> dict[str, int]:
    return {one["product"]: one["wanted"] for one in shortages}
