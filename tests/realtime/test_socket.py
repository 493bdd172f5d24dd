import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from websockets.exceptions import InvalidStatus

from bars.models import AccessToken, User
from tests import factories
from tests.realtime.follower import PROTOCOL, Follower, cookie_of, events, sub
from tests.realtime.numbering import frames_in_log, head, since_now
from tests.realtime.pages import commit
from tests.sessions import session

WEB_ORIGINS = ["http://127.0.0.1:{port}", "http://localhost:{port}"]
FOREIGN_ORIGINS = [
    "https://127.0.0.1:{port}",
    "http://127.0.0.1:1{port}",
    "http://127.0.0.1",
    "http://localhost:9999",
    "ftp://127.0.0.1:{port}",
    "null",
    "file://",
    "http://127.0.0.1:{port}.evil.example",
    "http://evil.example",
    "http://127.0.0.1:{port}@evil.example",
    "http://127.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}",
    "http://127.0.0.1:{port} http://evil.example",
    "",
]


@pytest.fixture
def stream(bar):
    return f"bar.{bar.pk}"


def test_hello_is_welcomed_with_where_each_stream_stands(stack, koffi, beer, stream):
    with Follower(stack, koffi) as page:
        welcome = page.hello(sub(stream), sub(f"user.{koffi.user_id}", since="0"))

    epoch, seq = since_now(stream).split(":")
    assert page.socket.subprotocol == PROTOCOL
    assert welcome | {"connection": "", "time": 0} == {
        "type": "welcome",
        "connection": "",
        "user": str(koffi.user_id),
        "time": 0,
        "ping": 25,
        "mode": "live",
        "limits": {"message": 4096, "streams": 50},
        "subs": [
            {"stream": stream, "epoch": epoch, "seq": int(seq), "result": "live"},
            {"stream": f"user.{koffi.user_id}", "epoch": epoch, "seq": 2, "result": "resumed"},
        ],
    }
    assert uuid.UUID(welcome["connection"])


def test_a_sale_reaches_the_page_as_one_frame(stack, koffi, beer, coke, stream):
    with Follower(stack, koffi) as page:
        start = page.hello(sub(stream))["subs"][0]["seq"]
        sale = factories.sale(koffi, {beer.pk: 2, coke.pk: 1})
        frame = page.next()

    created = {"sale": str(sale.pk), "status": "validated", "total": 2500}
    assert (frame["type"], frame["stream"], frame["prev"], frame["seq"]) == ("frame", stream, start, start + 3)
    assert events([frame]) == frames_in_log(stream)[-1:]
    assert {event["type"]: event["data"] for event in frame["events"]}["sale.created"] == created


def test_i32_what_is_committed_in_quick_succession_comes_as_a_frame_each(stack, koffi, beer, stream):
    call = """SELECT realtime_stage(%s, 'stock', 'invalidate', '{"topics": ["stock"]}')"""
    with Follower(stack, koffi) as page, session() as writer:
        start = page.hello(sub(stream))["subs"][0]["seq"]
        for _ in range(60):
            writer.execute(call, [stream])
            writer.commit()
        frames = page.frames(60)

    assert [frame["seq"] for frame in frames] == [start + number for number in range(1, 61)]
    assert [frame["prev"] for frame in frames] == [start + number for number in range(60)]


def level(one, other):
    """Bring two streams to the same number."""
    low, high = sorted((one, other), key=head)
    if missing := head(high) - head(low):
        commit(low, *range(missing))


def test_c14_i32_a_frame_of_one_bar_never_reaches_another(stack, koffi, beer, stream, zoe):
    other_bar = zoe.bar
    heineken = factories.product(other_bar, "Heineken")
    level(stream, f"bar.{other_bar.pk}")  # what follows on the one would follow on the other
    with Follower(stack, koffi) as there, Follower(stack, zoe) as page:
        there.hello(sub(stream))
        refused = page.hello(sub(f"bar.{other_bar.pk}"), sub(stream))
        page.say("subscribe", id=1, stream=stream)
        unasked = page.next()
        welcome = page.hello(sub(f"bar.{other_bar.pk}"))
        page.say("subscribe", id=2, stream=stream, since="0")
        again = page.next()
        factories.sale(koffi, {beer.pk: 2})
        factories.sale(zoe, {heineken.pk: 1})
        page.next("frame")

    assert [(m["type"], m["code"]) for m in (refused, unasked, again)] == [
        ("error", "not_found"),
        ("error", "bad_frame"),
        ("error", "not_found"),
    ]
    assert [sub["stream"] for sub in welcome["subs"]] == [f"bar.{other_bar.pk}"]
    assert {message["stream"] for message in page.received if message["type"] == "frame"} == {f"bar.{other_bar.pk}"}


@pytest.mark.parametrize(
    "stream",
    [
        "bar.{unknown}",
        "bar.nonsense",
        "bar",
        "user.{koffi}",
        "user.None",
        "platform",
        "platform.",
        "nothing.1",
        "*",
        "",
    ],
)
def test_a_stream_that_is_not_for_you_looks_like_one_that_is_not(stream, stack, zoe, koffi):
    name = stream.format(unknown=uuid.uuid4(), koffi=koffi.user_id)
    with Follower(stack, zoe) as page:
        answer = page.hello(sub(name))

    assert (answer["type"], answer["code"], answer["detail"]) == (
        "error",
        "not_found",
        "There is no such stream for you.",
    )


@pytest.mark.parametrize("spelling", [str.upper, lambda key: key.replace("-", "")])
def test_a_bar_spelt_otherwise_is_no_stream(spelling, stack, koffi, bar):
    """It would be followed in silence for good: events go to the one name."""
    with Follower(stack, koffi) as page:
        answer = page.hello(sub(f"bar.{spelling(str(bar.pk))}"))

    assert (answer["type"], answer["code"]) == ("error", "not_found")


def expired(member):
    text, row = AccessToken.issue(member.user)
    AccessToken.objects.filter(pk=row.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    return {"Authorization": f"Bearer {text}"}


def suspended(member):
    headers = factories.bearer(member)
    User.objects.filter(pk=member.user_id).update(is_active=False)
    return headers


@pytest.mark.parametrize(
    "headers",
    [
        lambda member: {},
        lambda member: {"Authorization": "Bearer nonsense"},
        lambda member: {"Authorization": "Bearer "},
        lambda member: {"Authorization": "Bearer \xff\xfe"},
        lambda member: {"Authorization": factories.bearer(member)["Authorization"].replace("Bearer", "Basic")},
        expired,
        suspended,
        cookie_of,
        lambda member: {"Cookie": "sessionid=nonsense"},
    ],
    ids=["nobody", "unknown", "empty", "bytes", "basic", "expired", "suspended", "cookie of a program", "bad cookie"],
)
def test_who_is_not_signed_in_is_told_so_and_closed(headers, stack, koffi):
    with Follower(stack, headers=headers(koffi)) as page:
        told, closed = page.hello(sub(f"bar.{koffi.bar_id}")), page.next()

    assert (told["type"], told["code"]) == ("error", "sign_in")
    assert closed == {"type": "close", "code": 4001}


def test_a_suspended_person_is_closed_with_a_good_cookie(stack, koffi):
    headers = cookie_of(koffi)
    User.objects.filter(pk=koffi.user_id).update(is_active=False)

    with Follower(stack, headers=headers, origin=stack.url) as page:
        refused = [page.hello(sub(f"bar.{koffi.bar_id}"))["type"], page.next()]
    assert refused == ["error", {"type": "close", "code": 4001}]


@pytest.mark.parametrize("origin", WEB_ORIGINS)
def test_our_own_pages_open_the_socket_with_their_cookie(origin, stack, koffi, stream):
    with Follower(stack, headers=cookie_of(koffi), origin=origin.format(port=stack.port)) as page:
        assert page.hello(sub(stream))["type"] == "welcome"


@pytest.mark.parametrize("headers", [cookie_of, factories.bearer])
def test_c06_no_other_page_opens_the_socket(headers, stack, koffi):
    headers, refused = headers(koffi), []
    for origin in FOREIGN_ORIGINS:
        with pytest.raises(InvalidStatus) as refusal:
            Follower(stack, headers={**headers, "Origin": origin.format(port=stack.port)})
        refused.append(refusal.value.response.status_code)

    assert refused == [403] * len(FOREIGN_ORIGINS)


def test_two_origins_are_one_too_many(stack, koffi):
    headers = [*cookie_of(koffi).items(), ("Origin", stack.url), ("Origin", stack.url)]

    with pytest.raises(InvalidStatus) as refusal:
        Follower(stack, headers=headers)

    assert refusal.value.response.status_code == 400


def test_figures_arrive_on_joining_and_after_each_sale(stack, koffi, beer, stream):
    with Follower(stack, koffi) as page:
        page.hello(sub(stream, "figures"))
        first = page.next()
        factories.sale(koffi, {beer.pk: 2})
        second = page.next()

    assert [(m["type"], m["key"], m["stream"]) for m in (first, second)] == [("state", "figures", stream)] * 2
    assert [(m["data"]["revenue"], m["data"]["sales"]) for m in (first, second)] == [(0, 0), (2000, 1)]
    assert [m["type"] for m in page.received[1:]] == ["state", "state"]


def test_figures_and_log_come_on_one_subscription(stack, koffi, beer, stream):
    with Follower(stack, koffi) as page:
        page.hello(sub(stream, "figures", "sales"))
        page.next("state")
        factories.sale(koffi, {beer.pk: 2})
        told = {message["type"]: message for message in (page.next(), page.next())}

    assert [event["type"] for event in told["frame"]["events"]] == ["sale.created"]
    assert told["state"]["data"]["revenue"] == 2000


@pytest.mark.parametrize("topic", ["sales", "figures", "consignments"])
def test_a_waiter_is_not_admitted_to_what_is_not_for_waiters(topic, stack, awa, stream):
    with Follower(stack, awa) as page:
        alone, mixed = page.hello(sub(stream, topic)), page.hello(sub(stream, "stock", topic))

    assert [(m["type"], m["code"]) for m in (alone, mixed)] == [("error", "not_found")] * 2


def test_a_waiter_hears_of_the_own_sales_and_of_nobody_elses(stack, awa, koffi, beer, stream):
    mine = f"user.{awa.user_id}"
    with Follower(stack, awa) as page:
        page.hello(sub(stream), sub(mine))
        factories.sale(koffi, {beer.pk: 3})
        sale = factories.sale(awa, {beer.pk: 2})
        frames = page.frames(3)

    stock = [("stock.changed", {"product": str(beer.pk), "stock": 21, "available": left}) for left in (21, 19)]
    told = {
        name: [event for frame in frames if frame["stream"] == name for event in events([frame])[0][1]]
        for name in (stream, mine)
    }
    assert told == {
        stream: stock,
        mine: [("sale.created", {"sale": str(sale.pk), "status": "pending", "total": 2000})],
    }
