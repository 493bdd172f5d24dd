"""Two web processes with a dashboard of the same bar each, a relay, and a Valkey of their own."""

import signal
import time
from contextlib import ExitStack

import pytest

from stats import queries
from tests import factories
from tests.faults.watching import Watch
from tests.faults.webs import MortalValkey, Web, report, until
from tests.realtime.follower import Follower, poll, sub

CHANGES = 8


@pytest.fixture(scope="module")
def servers(running_stack, tmp_path_factory):
    """The relay that others share steps back."""
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "other")]
    valkey = MortalValkey(folders[0])
    webs = [Web(running_stack.database, folder, REDIS_URL=valkey.url, RATE_LIMIT=1_000_000) for folder in folders]
    webs[0].valkey = valkey
    running_stack.kill_relay()
    try:
        valkey.start()
        webs[0].start()
        webs[1].start_web()
        yield webs
    finally:
        for web in webs:
            web.stop()
        valkey.stop()
        running_stack.start_relay()


@pytest.fixture
def webs(servers, transactional_db, koffi):
    valkey = servers[0].valkey
    if not valkey.is_alive():
        valkey.start()
    for web in servers:
        assert poll(web, koffi, f"user.{koffi.user_id}").status_code == 200
        until(lambda web=web: (report(web.web, valkey.url) or {}).get("valkey"))
    return servers


@pytest.fixture
def beer(bar):
    return factories.product(bar, "Flag", stock=500)


def counted(webs, name):
    """A counter of both, once they have told it anew."""
    began, found = time.time(), []
    for web in webs:
        until(lambda web=web: (report(web.web, webs[0].valkey.url) or {"at": 0})["at"] > began)
        found.append(report(web.web, webs[0].valkey.url)["counters"][name])
    return sum(found)


def shown(page):
    """The sales and the revenue that a dashboard shows; None before it shows any."""
    states = [one["data"] for one in list(page.others) if one["type"] == "state"]
    return (states[-1]["sales"], states[-1]["revenue"]) if states else None


def dashboards(opened, webs, member):
    pages = []
    for web in webs:
        follower = opened.enter_context(Follower(web, member))
        follower.hello(sub(f"bar.{member.bar_id}", "figures"))
        pages.append(opened.enter_context(Watch(follower)))
    for page in pages:
        until(lambda page=page: shown(page))
    return pages


def all_show_the_truth(pages, bar):
    told = queries.tonight(bar)
    return until(lambda: [shown(page) for page in pages] == [(told["sales"], told["revenue"])] * len(pages))


def test_a_change_is_computed_once_for_two_processes(webs, koffi, beer):
    """Without sharing it is two for each; a busy machine may do some of them twice all the same."""
    with ExitStack() as opened:
        before = counted(webs, "states_computed"), counted(webs, "states_taken")
        pages = dashboards(opened, webs, koffi)
        for _ in range(CHANGES):
            factories.sale(koffi, {beer.pk: 1})
            all_show_the_truth(pages, koffi.bar)
            time.sleep(0.3)
        computed = counted(webs, "states_computed") - before[0]
        taken = counted(webs, "states_taken") - before[1]
    print(f"\n{CHANGES} changes and two dashboards: {computed} computed, {taken} taken")

    assert computed + taken == 2 * (CHANGES + 1)
    assert computed <= 1.5 * (CHANGES + 1)


def dies(valkey):
    valkey.crash()
    yield
    valkey.start()


def freezes(valkey):
    valkey.process.send_signal(signal.SIGSTOP)
    yield
    valkey.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("fault", [dies, freezes], ids=["f16 killed", "f17 frozen"])
def test_f16_f17_without_valkey_each_computes_and_all_end_with_the_truth(fault, webs, koffi, beer):
    happening = fault(webs[0].valkey)
    with ExitStack() as opened:
        pages = dashboards(opened, webs, koffi)
        for _ in range(3):
            factories.sale(koffi, {beer.pk: 1})
        all_show_the_truth(pages, koffi.bar)
        next(happening)
        for _ in range(10):
            factories.sale(koffi, {beer.pk: 1})
            time.sleep(0.05)
        during = all_show_the_truth(pages, koffi.bar)
        next(happening, None)
        for _ in range(3):
            factories.sale(koffi, {beer.pk: 1})
        after = all_show_the_truth(pages, koffi.bar)
    print(f"\n{fault.__name__}: right {during:.1f} s after the last sale during, {after:.1f} s after it healed")

    assert (during < 10, after < 10) == (True, True)
