"""1,000 requests in 15 minutes, whoever asks at once, from wherever, with Valkey or without."""

import signal
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import Client

from config.valkey import Valkey
from realtime import valkey_threads
from realtime.addresses import client_address
from realtime.rate import WINDOW, Limiter, Memory, share_of
from realtime.streams import POLL_EVERY
from realtime.valkey import key
from realtime.valkey_threads import ThreadedValkey
from tests import factories
from tests.config.problems import check_problem

LIMIT, ASKED = 1000, 2000
SHARE = share_of(LIMIT) / 1_000_000  # seconds that give one request back


@pytest.fixture
def who():
    return f"user.{uuid.uuid4()}"


@pytest.fixture
def budget(settings):
    """Three requests in 15 minutes, for people and addresses that no other test has counted."""
    settings.RATE_LIMIT = 3
    valkey_threads.valkey.ask(forget_all)
    yield settings
    valkey_threads.valkey.ask(forget_all)


def forget_all(client):
    for name in client.scan_iter(key("rate", "*")):
        client.delete(name)


def storm(take):
    """How many of 2,000 requests on 16 threads are granted, and the seconds that it took."""
    started = time.monotonic()
    with ThreadPoolExecutor(16) as threads:
        granted = sum(threads.map(lambda _: take(), range(ASKED)))
    return granted, time.monotonic() - started


def naive_take(line, who):
    """The same arithmetic, read and then written: between the two, others read what was."""
    name, now = key("rate", who), time.time()

    def take(client):
        free_at = max(float(client.get(name) or 0), now)
        if free_at + SHARE - now > LIMIT * SHARE:
            return False
        client.set(name, free_at + SHARE, px=10_000)
        return True

    return line.ask(take)


def test_c33_of_2000_parallel_requests_1000_pass(who):
    """By two limiters, as of two processes. Each 0.9 s that the storm takes gives one more back."""
    limiters = [Limiter(ThreadedValkey()), Limiter(ThreadedValkey())]
    turn = iter(range(10 * ASKED))

    granted, seconds = storm(lambda: limiters[next(turn) % 2].take(who, LIMIT).is_granted)

    assert LIMIT <= granted <= LIMIT + seconds / SHARE


def test_c33_counted_by_reading_and_writing_more_would_pass(who):
    """The control."""
    line = ThreadedValkey()

    granted, seconds = storm(lambda: naive_take(line, who))

    assert granted > LIMIT + seconds / SHARE


@pytest.mark.parametrize("where", ["valkey", "memory"])
def test_time_gives_back_one_request_after_another(where, who):
    """A limit so high that a request comes back after 0.1 s, and who owes nearly all of it."""
    share = 100_000
    limit = WINDOW // share
    limiter = Limiter(ThreadedValkey() if where == "valkey" else ThreadedValkey("unix:///nowhere"))
    owe(limiter, who, WINDOW - share)

    first, second = limiter.take(who, limit), limiter.take(who, limit)
    time.sleep(0.11)
    third, fourth = limiter.take(who, limit), limiter.take(who, limit)

    assert [one.is_granted for one in (first, second, third, fourth)] == [True, False, True, False]
    assert [(one.remaining, one.retry_after) for one in (first, second)] == [(0, 1), (0, 1)]
    assert (first.reset, first.limit) == (900, limit)


def owe(limiter, who, debt):
    """As after many requests."""
    limiter._here._free_at[who] = time.monotonic_ns() // 1000 + debt
    free_at = round(time.time() * 1_000_000) + debt
    valkey_threads.valkey.ask(lambda client: client.set(key("rate", who), free_at, px=5000))


def test_a_process_alone_remembers_so_many_and_forgets_who_owes_nothing(monkeypatch):
    monkeypatch.setattr("realtime.rate.MOST_REMEMBERED", 50)
    memory = Memory()

    for number in range(500):
        memory.take(f"address.{number}", 1)

    assert len(memory._free_at) <= 50


@pytest.fixture
def own_valkey(tmp_path):
    server = Valkey(tmp_path, temporary=True)
    server.start()
    yield server
    server.stop()


def test_f17_a_frozen_valkey_costs_one_request_a_quarter_of_a_second(own_valkey, who, monkeypatch):
    monkeypatch.setattr(valkey_threads, "REST", 1.0)
    line = ThreadedValkey(own_valkey.url)
    limiter = Limiter(line)
    before = [limiter.take(who, 4).is_granted for _ in range(2)]
    own_valkey.process.send_signal(signal.SIGSTOP)
    try:
        started = time.monotonic()
        frozen, waits = zip(*(timed(limiter, who) for _ in range(50)), strict=True)
        took = time.monotonic() - started
    finally:
        own_valkey.process.send_signal(signal.SIGCONT)
    time.sleep(1.0)
    after = [limiter.take(who, 4).is_granted for _ in range(2)]

    assert (before, list(frozen)) == ([True] * 2, [True] * 4 + [False] * 46)
    assert (sum(wait > 0.1 for wait in waits), took < 0.6) == (1, True)
    assert (after, line.is_away) == ([True, False], False)  # the one that waited was counted in the end


def timed(limiter, who):
    started = time.monotonic()
    return limiter.take(who, 4).is_granted, time.monotonic() - started


def test_f16_a_valkey_that_is_gone_refuses_nobody_and_fails_nobody(own_valkey, who):
    limiter = Limiter(ThreadedValkey(own_valkey.url))
    limiter.take(who, 3)
    own_valkey.stop()

    assert [limiter.take(who, 3).is_granted for _ in range(4)] == [True, True, True, False]


def test_a_thread_keeps_its_connection(own_valkey, who):
    line = ThreadedValkey(own_valkey.url)
    limiter = Limiter(line)

    def ask_often():
        for _ in range(20):
            limiter.take(who, LIMIT)

    threads = [threading.Thread(target=ask_often) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    made = line.ask(lambda client: client.info("stats")["total_connections_received"])
    assert made <= 3 + 2  # and this thread's, and the one that asked whether the server is up


# Over HTTP


def test_the_budget_of_a_person_is_told_and_kept(budget, till, yao):
    answers = [till.get(till.address) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"3"}
    problem = check_problem(answers[3], 429, "too_many_requests")
    assert (problem["retry_after"], answers[3].headers["Retry-After"]) == (300, "300")
    assert answers[3].headers["RateLimit-Reset"] == "900"
    assert Client(headers=factories.bearer(yao)).get(till.address).status_code == 200


def test_what_is_refused_has_sold_nothing(budget, till, order, koffi):
    for _ in range(3):
        till.get(till.address)

    assert till.post(till.address, order, "application/json").status_code == 429
    assert koffi.bar.sales.count() == 0


def test_an_answer_that_has_not_changed_counts_too(budget, till):
    tag = till.get(till.address).headers["ETag"]

    answer = till.get(till.address, headers={"If-None-Match": tag})

    assert (answer.status_code, answer.headers["RateLimit-Remaining"]) == (304, "1")


def test_c33_an_event_stream_counts_as_a_request(budget, till, koffi):
    address = f"/api/v1/sync/stream?streams=bar.{koffi.bar_id}"

    assert [till.get(address).headers["RateLimit-Remaining"] for _ in range(3)] == ["2", "1", "0"]
    check_problem(till.get(address), 429, "too_many_requests")


def test_c33_who_is_nobody_is_counted_by_address(budget, till):
    guesses = [Client(headers={"Authorization": f"Bearer {n}"}) for n in range(3)]

    assert [guess.get(till.address).status_code for guess in guesses] == [401] * 3
    check_problem(Client().get(till.address), 429, "too_many_requests")
    assert Client(REMOTE_ADDR="10.0.0.9").get(till.address).status_code == 401
    assert till.get(till.address).status_code == 200


def test_c33_passwords_are_guessed_at_no_more_often_than_anything_else(budget, db):
    def guess():
        return Client().post("/api/v1/auth/token", {"username": "x", "password": "y"}, "application/json")

    assert [guess().status_code for _ in range(4)] == [401, 401, 401, 429]


@pytest.mark.parametrize(("proxies", "last"), [([], 429), (["127.0.0.1"], 401)])
def test_c37_an_address_is_what_our_own_proxy_says(proxies, last, budget, till):
    """With a proxy at our end, what it adds last counts; else nothing that a client writes does."""
    budget.TRUSTED_PROXIES = proxies

    answers = [Client(headers={"X-Forwarded-For": f"6.6.6.6, 10.0.0.{n}"}).get(till.address) for n in range(4)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, last]


HOPS = [
    ("9.9.9.9", "1.2.3.4", [], "9.9.9.9"),
    ("9.9.9.9", "1.2.3.4", ["10.0.0.1"], "9.9.9.9"),
    ("10.0.0.1", "1.2.3.4", ["10.0.0.1"], "1.2.3.4"),
    ("10.0.0.1", "6.6.6.6, 1.2.3.4", ["10.0.0.1"], "1.2.3.4"),
    ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", ["10.0.0.1", "10.0.0.2"], "1.2.3.4"),
    ("10.0.0.1", "", ["10.0.0.1"], "10.0.0.1"),
    ("10.0.0.1", " , ", ["10.0.0.1"], "10.0.0.1"),
    ("10.0.0.1", "10.0.0.2", ["10.0.0.1", "10.0.0.2"], "10.0.0.2"),
    ("", "1.2.3.4", [], ""),
]


@pytest.mark.parametrize(("peer", "forwarded", "proxies", "address"), HOPS)
def test_c37_the_first_hop_that_is_not_ours_is_the_client(peer, forwarded, proxies, address):
    assert client_address(peer, forwarded, proxies) == address


@pytest.mark.parametrize("every", [POLL_EVERY, 15.0])
def test_c34_polling_leaves_most_of_the_budget_to_work_with(every):
    """Two tabs of a till that poll all evening; and 500 sales from offline, 50 a batch."""
    window = WINDOW / 1_000_000

    assert 900 / POLL_EVERY == 180
    assert 2 * window / every + 500 / 50 <= 0.4 * LIMIT


def test_without_a_limit_nobody_is_counted(till, settings):
    settings.RATE_LIMIT = 0

    answer = till.get(till.address)

    assert (answer.status_code, "RateLimit-Limit" in answer.headers) == (200, False)
