"""Tills that sell through whatever happens, and note what they were told, as the history's checker reads it."""

import random
import threading
import time
import uuid
from collections import Counter

import httpx

from bench.history_checker import Attempt, Outcome
from bench.history_client import lacking_of

PAUSE = 0.03  # seconds between two requests of a till
TIMEOUT = 10.0
GIVES_UP = 0.2  # of the orders, these are never asked for again when no answer comes
EXPECTED = {201, 409, 503}


class Till(threading.Thread):
    """Sells at two addresses until `close`, each order with its key until it is answered. Then `join`."""

    def __init__(self, addresses, counter, scarce, seed):
        super().__init__(daemon=True)
        self.chance = random.Random(seed)
        self.hot, self.scarce = ([str(product.pk) for product in products] for products in (counter.products, scarce))
        headers = {"Authorization": f"Bearer {counter.token}"}
        self.clients = [httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT) for url in addresses]
        self.path = f"/api/v1/bars/{counter.member.bar_id}/sales"
        self.attempts, self.statuses, self.sold_at = [], Counter(), [0.0, 0.0]
        self.closing = threading.Event()

    def run(self):
        while not self.closing.is_set():
            self.serve(self.new_order(), gives_up=self.chance.random() < GIVES_UP)
        for client in self.clients:
            client.close()

    def close(self):
        self.closing.set()

    def new_order(self):
        shelf = self.scarce if self.chance.random() < 0.1 else self.hot
        picked = self.chance.sample(shelf, self.chance.randint(1, 2))
        lines = [{"product": product, "quantity": self.chance.randint(1, 2)} for product in picked]
        return {"key": str(uuid.UUID(int=self.chance.getrandbits(128), version=4)), "lines": lines}

    def serve(self, order, *, gives_up):
        while not self.ask(order) and not gives_up:
            time.sleep(PAUSE)
        time.sleep(PAUSE)

    def ask(self, order):
        """Whether the order is settled."""
        number = self.chance.randrange(2)
        began, answer = time.monotonic(), None
        try:
            answer = self.clients[number].post(self.path, json=order)
            told = answer.json()
        except (httpx.TransportError, ValueError):
            told = {}
        self.statuses[answer.status_code if answer is not None else "none"] += 1
        return self.note(order, answer, told, (began, number))

    def note(self, order, answer, told, asked):
        began, number = asked
        key, now = f"sell {order['key']}", time.monotonic()
        if answer is not None and answer.status_code == 201:
            self.attempts.append(Attempt(began, now, key, Outcome.OK, told["id"]))
            self.sold_at[number] = began
            return True
        if answer is not None and answer.status_code == 409:
            lacking = lacking_of(told.get("shortages", []))
            self.attempts.append(Attempt(began, now, key, Outcome.REFUSED, "", lacking))
            return bool(lacking)  # else somebody else holds the key or the shelf
        self.attempts.append(Attempt(began, now, key, Outcome.UNKNOWN))
        return False
