"""What may happen to Valkey: it dies and comes back empty, it freezes, somebody empties it.

The web process and the relay here have a Valkey of their own. FAULT_SECONDS: how long each fault lasts (2 unless
asked for; F17 wants 10, for an event that waits for the longest). Not produced on one machine: a Valkey whose
network is cut in one direction only, and a replica that is promoted with a part of the data.
"""

import os
import signal
import statistics
import time
from contextlib import ExitStack, contextmanager

import pytest

from bars.models import Member
from tests import factories
from tests.faults.watching import Watch
from tests.faults.webs import MortalValkey, Till, Web, report, until
from tests.realtime.follower import EventSource, Follower, poll, sub
from tests.realtime.numbering import head

SECONDS = float(os.environ.get("FAULT_SECONDS", "2"))
ALONE = 2.0  # seconds: what an event may wait while Valkey is known to be away
SILENT = 10.0  # and until it is found out that Valkey says nothing any more
QUICK = 0.5  # an event that the comparison of heads would bring takes up to five


@pytest.fixture(scope="module")
def servers(running_stack, tmp_path_factory):
    """Web and relay with their own Valkey; the relay that others share steps back."""
    folder = tmp_path_factory.mktemp("own")
    valkey = MortalValkey(folder)
    own = Web(running_stack.database, folder, REDIS_URL=valkey.url, RATE_LIMIT=1_000_000)
    own.valkey = valkey
    running_stack.kill_relay()
    try:
        valkey.start()
        yield own.start()
    finally:
        own.stop()
        valkey.stop()
        running_stack.start_relay()


@pytest.fixture
def own(servers, transactional_db, koffi):
    """With a Valkey that lives, and a hub that knows it: the first who asks begins it."""
    if not servers.valkey.is_alive():
        servers.valkey.start()
    assert poll(servers, koffi, f"user.{koffi.user_id}").status_code == 200
    until(lambda: knows_valkey(servers))
    return servers


def knows_valkey(servers):
    """Whether the web process says that Valkey is there: one that comes back empty has heard nothing for a second."""
    return (report(servers.web, servers.valkey.url) or {}).get("valkey")


@pytest.fixture
def beer(bar):
    return factories.product(bar, "Flag", stock=5000)


def dies(valkey):
    valkey.crash()
    yield
    valkey.start()


def freezes(valkey):
    valkey.process.send_signal(signal.SIGSTOP)
    yield
    valkey.process.send_signal(signal.SIGCONT)


def is_emptied(valkey):
    with valkey.client() as client:
        client.flushall()
    yield


FAULTS = {"f16 killed": dies, "f17 frozen": freezes, "f19 emptied": is_emptied}


@contextmanager
def three_pages(own, koffi, yao, stream):
    """Two sockets and an event source, all live."""
    with ExitStack() as opened:
        sockets = [opened.enter_context(Follower(own, who)) for who in (koffi, yao)]
        for socket in sockets:
            socket.hello(sub(stream))
        source = opened.enter_context(EventSource(own, yao, stream)).opened()
        yield [opened.enter_context(Watch(one)) for one in (*sockets, source)]


@pytest.mark.parametrize("fault", FAULTS)
def test_f16_f17_f19_whatever_happens_to_valkey_sales_go_on_and_pages_miss_nothing(fault, own, koffi, yao, beer):
    stream = f"bar.{koffi.bar_id}"
    start, happening = head(stream), FAULTS[fault](own.valkey)
    with Till(own, koffi, beer) as till, three_pages(own, koffi, yao, stream) as pages:
        calm = till.sell_for(1)
        [page.until(stream) for page in pages]
        next(happening)
        during = till.sell_for(SECONDS)
        waited = max(page.until(stream) for page in pages)
        alone = [late for page in pages for late in page.late]
        next(happening, None)
        healed = time.monotonic()
        till.sell_for(1)
        [page.until(stream) for page in pages]
        until_live = time.monotonic() - healed - 1
        until(lambda: knows_valkey(own))
        told = [len(page.late) for page in pages]
        till.sell_for(1)
        [page.until(stream) for page in pages]
        after = [late for page, first in zip(pages, told, strict=True) for late in page.late[first:]]
        met = greeting(own, koffi, stream)
    ratio = statistics.median(during) / statistics.median(calm)
    print(
        f"\n{fault}: sales {statistics.median(calm) * 1000:.0f} ms before, {statistics.median(during) * 1000:.0f} ms"
        f" during (x {ratio:.1f}, {during[-1] * 1000:.0f} ms at worst); events {max(alone):.1f} s late at worst during,"
        f" {waited:.1f} s after the last sale, live again {until_live:.1f} s after healing,"
        f" then {max(after) * 1000:.0f} ms at worst"
    )

    assert [page.has_all_since(stream, start) for page in pages] == [True] * 3
    assert max(alone) < (SILENT if fault == "f17 frozen" else ALONE + 1)
    assert (until_live < ALONE, max(after) < QUICK) == (True, True)
    assert (ratio < 3, during[-1] < 2) == (True, True)
    assert met == "live"


def greeting(own, member, stream):
    """How one more page is welcomed: nobody is sent to polling for want of a Valkey."""
    with Follower(own, member) as page:
        return page.hello(sub(stream))["mode"]


@pytest.mark.parametrize("fault", ["f16 killed", "f17 frozen"])
def test_f16_f17_without_valkey_who_is_removed_is_closed_all_the_same(fault, own, koffi, beer):
    happening = FAULTS[fault](own.valkey)
    with Follower(own, koffi) as page:
        page.hello(sub(f"bar.{koffi.bar_id}"))
        next(happening)
        began = time.monotonic()
        Member.objects.filter(pk=koffi.pk).update(is_active=False)
        closed = page.next("close")
        took = time.monotonic() - began
        next(happening, None)
    print(f"\n{fault}: closed {took:.1f} s after being removed")

    assert (closed["code"], took < SILENT) == (4003, True)


def test_f16_without_valkey_pages_come_and_are_welcomed(own, koffi, beer):
    """Each process counts its own then: eight of a person are let in, and the ninth polls as ever."""
    stream = f"bar.{koffi.bar_id}"
    own.valkey.crash()
    with ExitStack() as opened:
        pages = [opened.enter_context(Follower(own, koffi)) for _ in range(9)]
        modes = [page.hello(sub(stream))["mode"] for page in pages]
        factories.sale(koffi, {beer.pk: 1})
        frame = pages[0].next("frame")

    assert (modes, frame["stream"]) == (["live"] * 8 + ["poll"], stream)


def test_f19_places_that_were_emptied_are_counted_again_at_once(own, koffi):
    stream = f"bar.{koffi.bar_id}"
    with Follower(own, koffi) as page, own.valkey.client() as valkey:
        page.hello(sub(stream))
        [name] = valkey.keys(f"*:live:{stream}")
        valkey.flushall()
        took = until(lambda: valkey.zcard(name) == 1)

    assert took < ALONE
