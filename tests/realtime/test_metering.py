"""What bars use is counted to the message, by all processes together, and priced by one formula."""

import json
import threading
import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from config import costs
from realtime import metering
from realtime.metering import Meter, Used
from realtime.models import StreamHead, Usage
from realtime.wire import text_frame
from tests import factories
from tests.faults.webs import until, web_beside
from tests.realtime.follower import Follower, sub
from tests.stack import end, signal

TODAY = datetime(2026, 11, 21, 12, tzinfo=UTC).date()
SOON = 60.0  # seconds, on a busy machine


class Weighing(Follower):
    """Keeps what comes as it came."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.texts, recv = [], self.socket.recv

        def keep(**options):
            self.texts.append(recv(**options))
            return self.texts[-1]

        self.socket.recv = keep

    @property
    def weight(self):
        """Bytes of the frames that have come."""
        return sum(len(text_frame(text)) for text in self.texts if json.loads(text)["type"] == "frame")


class Still(Meter):
    """Writes when it is told."""

    def _write_forever(self):
        pass


def order(url, member, product, key=None):
    """A sale over HTTP; returns its key."""
    key = key or str(uuid.uuid4())
    body = {"key": key, "lines": [{"product": str(product.pk), "quantity": 1}]}
    address = f"{url}/api/v1/bars/{member.bar_id}/sales"
    answer = httpx.post(address, json=body, headers=factories.bearer(member), timeout=30)
    assert answer.status_code == 201, answer.text
    return key


def used_by(bar):
    """Of all days together: a test may run past midnight."""
    total = Used()
    for row in Usage.objects.filter(stream=f"bar.{bar.pk}"):
        total.add(Used(**{name: getattr(row, name) for name in costs.COUNTS}))
    return total


def written(bar, requests):
    """What a bar has used, once so many requests of it are written."""
    until(lambda: used_by(bar).requests >= requests, SOON)
    return used_by(bar)


@pytest.fixture
def zoes_sale(zoe):
    """Her bar's stream has been written to as well."""
    return factories.sale(zoe, {factories.product(zoe.bar, "Bissap").pk: 1})


def test_requests_messages_and_bytes_are_what_was_served_and_sent(stack, awa, beer, zoe, zoes_sale):
    stream, topic = f"bar.{awa.bar_id}", "stock"
    with Weighing(stack, awa) as first, Weighing(stack, awa) as second, Weighing(stack, zoe) as hers:
        for follower in (first, second):
            follower.hello(sub(stream, topic))
        hers.hello(sub(f"bar.{zoe.bar_id}", topic))
        keys = [order(stack.url, awa, beer) for _ in range(3)]
        order(stack.url, awa, beer, keys[0])
        head = StreamHead.objects.get(stream=stream).seq
        frames = [frame for follower in (first, second) for frame in follower.until(stream, head)]
        until(lambda: used_by(awa.bar).messages >= len(frames) and used_by(awa.bar).requests >= 4, SOON)
        until(lambda: used_by(zoe.bar).seconds > 0, SOON)
        used, hers_used = used_by(awa.bar), used_by(zoe.bar)

    assert (used.requests, used.messages, used.bytes) == (4, len(frames), first.weight + second.weight)
    assert (used.statements > 4, used.seconds > 0, len(frames) >= 2) == (True, True, True)
    assert hers_used == Used(seconds=hers_used.seconds)


def test_what_nobody_may_see_costs_no_bar(stack, awa, zoe, bar, beer):
    address = f"{stack.url}/api/v1/bars/{{}}/products"
    refused = [
        httpx.get(address.format(one), headers=factories.bearer(zoe)).status_code for one in (bar.pk, uuid.uuid4())
    ]
    order(stack.url, awa, beer)

    assert (refused, written(bar, 1).requests) == ([404, 404], 1)


def test_two_processes_count_one_bar_together(stack, tmp_path, awa, bar, beer):
    with web_beside(stack, tmp_path) as beside:
        for _ in range(3):
            order(stack.url, awa, beer)
            order(beside.url, awa, beer)
        used = written(bar, 6)

    assert used.requests == 6


def test_a_killed_process_loses_only_what_it_had_not_written(stack, tmp_path, awa, bar, beer):
    with web_beside(stack, tmp_path) as beside:
        order(beside.url, awa, beer)
        written(bar, 1)
        order(beside.url, awa, beer)
        end(beside.web, signal.SIGKILL)
    order(stack.url, awa, beer)

    assert written(bar, 2).requests in (2, 3)


def test_writes_at_the_same_moment_lose_nothing(transactional_db, known_bar, zoe, zoes_sale):
    bars = (known_bar, zoe.bar)
    used = {f"bar.{one.pk}": Used(requests=1, bytes=7, seconds=0.5) for one in bars}

    def write():
        try:
            for _ in range(25):
                metering.add(TODAY, used)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)

    found = [(one.requests, one.bytes, one.seconds) for one in map(used_by, bars)]
    assert found == [(50, 350, 25.0)] * 2


@pytest.fixture
def known_bar(awa, beer, bar):
    """Something has happened there."""
    factories.sale(awa, {beer.pk: 1})
    return bar


def test_what_cannot_be_written_is_written_the_next_time(transactional_db, known_bar):
    meter = Still()
    meter.start()
    meter.served(f"bar.{known_bar.pk}", statements=3)
    with pytest.raises(IntegrityError):
        meter.write(None)
    meter.handed(f"bar.{known_bar.pk}", 2, 100)
    meter.handed(f"user.{known_bar.pk}", 2, 100)
    meter.write(TODAY)
    meter.write(TODAY)

    assert used_by(known_bar) == Used(requests=1, statements=3, messages=2, bytes=100)


def test_an_invented_bar_leaves_no_row(db):
    invented = f"bar.{uuid.uuid4()}"
    metering.add(TODAY, {invented: Used(requests=1)})

    assert not Usage.objects.filter(stream=invented).exists()


# What it costs

PRICES = {
    "month": 10,
    "requests": 1,
    "statements": 2,
    "messages": 3,
    "gigabytes": 4,
    "connections": 5,
    "target": 12.5,
}


@pytest.fixture
def prices(settings):
    settings.PRICES = PRICES


def use(bar, day=TODAY, **counts):
    Usage.objects.create(stream=f"bar.{bar.pk}", day=day, **dict.fromkeys(costs.COUNTS, 0) | counts)


@pytest.fixture
def used(prices, bar, other_bar):
    """A million and more of everything for one bar; nearly nothing for the other."""
    use(bar, requests=10**6, statements=10**6, messages=10**6, bytes=10**9, seconds=30 * 86400)
    use(other_bar)


@pytest.fixture
def used_today(used, bar, other_bar):
    Usage.objects.filter(day=TODAY).update(day=datetime.now(UTC).date())
    return bar, other_bar


def test_a_bar_costs_its_share_of_the_month_and_what_it_uses(used, bar, other_bar):
    first, second = costs.costs(TODAY)

    assert [(one.name, one.cost, one.is_over) for one in (first, second)] == [
        (bar.name, 5 + 1 + 2 + 3 + 4 + 5, True),
        (other_bar.name, 5, False),
    ]


def test_polling_would_have_asked_for_everything_every_two_seconds(used):
    """15 days of seconds are as many polls of a month: each a request with three statements, and no message."""
    first, second = costs.costs(TODAY)
    polls = 30 * 86400 / 2

    assert first.polling == pytest.approx(5 + (10**6 + polls) / 10**6 * 1 + (10**6 + 3 * polls) / 10**6 * 2)
    assert second.polling == 5


def test_a_month_is_thirty_days_with_today(prices, bar):
    for ago in (0, 29, 30):
        use(bar, TODAY - timedelta(days=ago), requests=10**ago if ago < 2 else ago)
    use(bar, TODAY + timedelta(days=1), requests=500)

    assert [one.requests for one in costs.costs(TODAY)] == [1 + 29]


def test_days_older_than_thirteen_months_are_forgotten(bar):
    for ago in (400, 401):
        use(bar, TODAY - timedelta(days=ago))
    metering.forget_old(TODAY)

    assert list(Usage.objects.filter(stream=f"bar.{bar.pk}").values_list("day", flat=True)) == [
        TODAY - timedelta(days=400)
    ]


@pytest.mark.parametrize(("by", "order"), [("cost", [0, 1]), ("messages", [1, 0])])
def test_operators_see_the_most_expensive_first_or_by_another_column(by, order, used_today, client, operator):
    Usage.objects.filter(stream=f"bar.{used_today[1].pk}").update(messages=2 * 10**6)
    client.force_login(operator)
    shown = client.get(reverse("office_costs"), {"by": by}, headers={"Accept-Language": "en"})
    page = shown.content.decode()

    assert [one.name for one in shown.context["bars"]] == [used_today[place].name for place in order]
    assert (page.count("is-over"), "Nothing yet." in page) == (1, False)
    assert client.get(reverse("office_costs"), {"by": "name; DROP"}).status_code == 400


def test_the_page_says_where_nothing_was_used(db, client, operator):
    client.force_login(operator)

    assert "Nothing yet." in client.get(reverse("office_costs"), headers={"Accept-Language": "en"}).content.decode()


def test_the_api_answers_with_the_same_figures(used_today, operator):
    first, second = used_today
    answer = Client(headers=factories.bearer(operator)).get("/api/v1/monitoring/costs").json()

    assert {name: answer[name] for name in ("days", "target", "cost")} == {"days": 30, "target": 12.5, "cost": 25.0}
    assert [(one["bar"], one["cost"], one["is_over"]) for one in answer["bars"]] == [
        (str(first.pk), 20.0, True),
        (str(second.pk), 5.0, False),
    ]
