"""Passwords that are guessed at all at once are counted like any other."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.utils import timezone

from bars.guesses import Guess
from bars.services.guessing import WINDOW, TooManyGuesses, count_guess, debts_of
from tests.races.gate import run

pytestmark = pytest.mark.django_db(transaction=True)
THREADS, EACH, LIMIT = 8, 5, 10


def debts():
    return debts_of(username="koffi", address="10.0.0.1", device="")


def one_after_the_other(barrier):
    barrier.wait(60)
    for _ in range(EACH):
        try:
            count_guess(debts())
        except TooManyGuesses:
            continue
        yield True


def by_looking_first(barrier):
    """As one writes it first: all look before anybody has counted."""
    for _ in range(EACH):
        found = [Guess.objects.filter(pk=key).first() for key in debts()]
        is_granted = not any(one and one.free_at > timezone.now() + WINDOW - WINDOW / LIMIT for one in found)
        barrier.wait(60)
        if is_granted:
            for key, share in debts().items():
                one, _ = Guess.objects.get_or_create(pk=key, defaults={"free_at": timezone.now()})
                Guess.objects.filter(pk=key).update(free_at=one.free_at + share)
            yield True
        barrier.wait(60)


def granted(way):
    """How many of 40 guesses on 8 connections are tried, and the seconds that they took."""
    barrier, began = Barrier(THREADS), time.monotonic()
    with ThreadPoolExecutor(THREADS) as threads:
        runs = [threads.submit(run, lambda: len(list(way(barrier)))) for _ in range(THREADS)]
        return sum(one.result(100) for one in runs), time.monotonic() - began


def test_c05_guesses_that_come_at_once_are_counted_one_by_one():
    count, seconds = granted(one_after_the_other)

    assert LIMIT <= count <= LIMIT + timedelta(seconds=seconds) / (WINDOW / LIMIT)


def test_c05_counted_by_looking_first_more_would_be_tried():
    """The control."""
    assert granted(by_looking_first)[0] > LIMIT + 1
