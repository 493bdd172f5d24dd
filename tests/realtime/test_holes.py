"""What Socket.IO's connection state recovery is known to lose, by name, and cursors that mean harm.

Each of the first has a client beside it that comes back without a cursor, as most do: it misses what the other gets.
The cursors that mean harm have one that doesn't.
"""

import signal
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from bars.models import Member
from realtime.log import MOST_REPLAYED
from tests import factories
from tests.realtime.follower import EventSource, Follower, cursor, events, poll, sell, sub
from tests.realtime.numbering import frames_in_log, head, since_now
from tests.sessions import session
from tests.stack import Stack, end

STAGE = """
SELECT realtime_stage(%s, 'stock', 'stock.changed',
                      jsonb_build_object('product', gen_random_uuid(), 'stock', n, 'available', n))
FROM generate_series(1, %s) n
"""
TRIM = "DELETE FROM realtime_event WHERE stream = %s AND seq <= %s"


@pytest.fixture
def stream(bar):
    return f"bar.{bar.pk}"


@pytest.fixture(scope="module")
def second(running_stack, tmp_path_factory):
    """Another web process beside the stack's own, to be killed."""
    second = Stack(running_stack.database, tmp_path_factory.mktemp("second"))
    try:
        second.start_web()
        yield second
    finally:
        second.stop()


@pytest.fixture
def node(second, stack):
    return second


def cut(page):
    """The line goes, without a goodbye."""
    page.socket.socket.shutdown(socket.SHUT_RDWR)
    page.close()


def come_back(server, who, stream, since, count):
    """What a page is answered that comes back since a cursor, and the frames it then gets."""
    with Follower(server, who) as page:
        [answer] = page.hello(sub(stream, since=since))["subs"]
        return answer["result"], page.frames(count)


def first_heard(server, who, stream, happens):
    """The first frame of a page that comes back without a cursor, after something more has happened."""
    with Follower(server, who) as page:
        page.hello(sub(stream))
        happens()
        return page.frames(1)[0]


# Connection state recovery


def test_hole_resume_after_the_node_has_crashed(node, stack, koffi, yao, beer):
    """The session isn't in the node: another one knows as much, and so does the one that is started again."""
    stream = f"bar.{koffi.bar_id}"
    with Follower(node, koffi) as page:
        page.hello(sub(stream))
        sell(koffi, beer, 2)
        at = cursor(page.frames(2)[-1])
        end(node.web, signal.SIGKILL)
        closed = page.next("close")
    sell(koffi, beer, 3)
    elsewhere = come_back(stack, koffi, stream, at, 3)
    node.start_web()
    again = come_back(node, koffi, stream, at, 3)
    forgetful = first_heard(node, yao, stream, lambda: sell(koffi, beer, 1))

    assert closed["code"] == 1006
    assert elsewhere == again
    assert (again[0], events(again[1])) == ("resumed", frames_in_log(stream)[-4:-1])
    assert forgetful["seq"] > again[1][-1]["seq"]


def test_hole_resume_twice_in_a_row(stack, koffi, beer, stream):
    """The second time cut off in the middle of the replay, the third at its end."""
    start = since_now(stream)
    sell(koffi, beer, 4)
    for _ in range(2):
        page = Follower(stack, koffi)
        page.say("hello", subs=[sub(stream, since=start)])
        cut(page)
    first = come_back(stack, koffi, stream, start, 1)
    second = come_back(stack, koffi, stream, cursor(first[1][-1]), 3)
    third = come_back(stack, koffi, stream, cursor(second[1][-1]), 0)
    forgetful = first_heard(stack, koffi, stream, lambda: sell(koffi, beer, 1))

    assert [result for result, _ in (first, second, third)] == ["resumed"] * 3
    assert events(first[1] + second[1]) == frames_in_log(stream)[-5:-1]
    assert forgetful["seq"] > second[1][-1]["seq"]


def test_hole_resume_at_once_after_connecting(stack, koffi, yao, beer, stream):
    """Cut off before anything has come: the cursor of the snapshot, or of the welcome, is all that it takes."""
    answer = httpx.get(f"{stack.url}/api/v1/bars/{koffi.bar_id}/products", headers=factories.bearer(koffi))
    page = Follower(stack, koffi)
    page.say("hello", subs=[sub(stream, since=answer.headers["Cursor"])])
    cut(page)
    with Follower(stack, koffi) as page:
        [welcome] = page.hello(sub(stream))["subs"]
    sell(koffi, beer, 2)
    of_snapshot = come_back(stack, koffi, stream, answer.headers["Cursor"], 2)
    of_welcome = come_back(stack, koffi, stream, cursor(welcome), 2)
    forgetful = first_heard(stack, yao, stream, lambda: sell(koffi, beer, 1))

    assert of_snapshot == of_welcome
    assert events(of_snapshot[1]) == frames_in_log(stream)[-3:-1]
    assert forgetful["seq"] > of_snapshot[1][-1]["seq"]


def by_each(server, who, stream, since):
    """How the three transports answer a cursor with something after it, each in a word, and all they said.

    The word is resumed, reset, or why not.
    """
    with Follower(server, who) as page:
        hello = page.hello(sub(stream, since=since))
        by_socket = hello["subs"][0]["result"] if hello["type"] == "welcome" else hello["code"]
        page.say("subscribe", id=1, stream=f"user.{who.user_id}")
        page.next("subscribed" if hello["type"] == "welcome" else "error")
    polled = poll(server, who, stream, since=since)
    by_poll = word(polled.status_code, polled.json(), polled.json().get("messages", []))
    by_events, said = ask_for_events(server, who, stream, since)
    return [by_socket, by_events, by_poll], f"{page.received}{polled.text}{said}"


def ask_for_events(server, who, stream, since):
    asked = {"streams": stream}
    headers = factories.bearer(who) | ({"Last-Event-ID": since} if since.isprintable() and since.isascii() else {})
    if "Last-Event-ID" not in headers:
        asked["since"] = since
    url = f"{server.url}/api/v1/sync/stream"
    with httpx.stream("GET", url, params=asked, headers=headers, timeout=10) as answer:
        if answer.status_code != 200:
            return word(answer.status_code, httpx.Response(200, content=answer.read()).json(), []), answer.text
        lines = answer.iter_lines()
        name = next(line for line in lines if line.startswith("event: "))
        said = next(line for line in lines if line.startswith("data: "))
        return ("reset" if name == "event: reset" else "resumed"), said


def word(status, body, messages):
    if status != 200:
        return body["code"]
    return "reset" if [message["type"] for message in messages][:1] == ["reset"] else "resumed"


def fill(stream, count):
    """So many events, in transactions that are still told one by one."""
    with session() as writer:
        for done in range(0, count, 200):
            writer.execute(STAGE, [stream, min(200, count - done)])
            writer.commit()


def test_hole_resume_after_a_long_idle(stack, node, koffi, beer, stream):
    """Of the same epoch, and as long as the log has it; a reset says so where it hasn't, and the page goes on."""
    start = since_now(stream)
    fill(stream, MOST_REPLAYED)
    kept = [by_each(server, koffi, stream, start)[0] for server in (stack, node)]
    forgetful = first_heard(stack, koffi, stream, lambda: fill(stream, 1))
    after = int(start.partition(":")[2]) + MOST_REPLAYED + 1
    first_heard(stack, koffi, stream, lambda: fill(stream, 200))  # a frame: whole ones are remembered
    too_old = [by_each(server, koffi, stream, start)[0] for server in (stack, node)]
    with Follower(stack, koffi) as page:
        [answer] = page.hello(sub(stream, since=start))["subs"]
        sell(koffi, beer, 1)
        live = page.frames(1)

    assert (kept, forgetful["seq"]) == ([["resumed"] * 3] * 2, after)
    assert too_old == [["reset"] * 3] * 2
    assert (answer["result"], answer["seq"], live[0]["seq"]) == ("reset", live[0]["prev"], head(stream))
    assert (answer["epoch"], live[0]["epoch"]) == (start.partition(":")[0],) * 2


def test_hole_resume_after_the_log_was_trimmed(node, koffi, beer, stream):
    """On a node where nobody has followed the stream: nothing is remembered."""
    start = since_now(stream)
    epoch, seq = start.split(":")
    for _ in range(4):
        fill(stream, 1)
    with session() as owner:
        owner.execute(TRIM, [stream, int(seq) + 2])

    answers = [by_each(node, koffi, stream, f"{epoch}:{int(seq) + after}")[0] for after in range(4)]
    forgetful = first_heard(node, koffi, stream, lambda: fill(stream, 1))

    assert forgetful["seq"] == int(seq) + 5
    assert answers == [["reset"] * 3, ["reset"] * 3, ["resumed"] * 3, ["resumed"] * 3]


def test_hole_what_happens_while_nobody_is_connected_to_any_node(stack, node, koffi, yao, beer):
    """The layer keeps nothing for those who are away: nor does it have to."""
    stream = f"bar.{koffi.bar_id}"
    with Follower(node, koffi) as page:
        at = cursor(page.hello(sub(stream))["subs"][0])
    sell(koffi, beer, 3)
    told = [come_back(server, koffi, stream, at, 3) for server in (stack, node)]
    forgetful = first_heard(stack, yao, stream, lambda: sell(koffi, beer, 1))

    assert told[0] == told[1]
    assert events(told[0][1]) == frames_in_log(stream)[-4:-1]
    assert forgetful["seq"] > told[0][1][-1]["seq"]


def test_hole_order_across_reconnects_from_node_to_node_and_from_transport_to_transport(
    stack, node, koffi, beer, stream
):
    told, at, turn = [], since_now(stream), 0
    with ThreadPoolExecutor(1) as counter:
        selling = counter.submit(sell, koffi, beer, 20)
        while not selling.done() or int(at.partition(":")[2]) < head(stream):
            told += NEXT[turn % len(NEXT)]((stack, node)[turn // 3 % 2], koffi, stream, at)
            at, turn = cursor(told[-1]), turn + 1
    forgetful = first_heard(node, koffi, stream, lambda: sell(koffi, beer, 1))

    assert events(told) == frames_in_log(stream)[-21:-1]
    assert (turn >= 3, forgetful["seq"] > told[-1]["seq"]) == (True, True)


def next_by_events(server, who, stream, at):
    with EventSource(server, who, stream, last_id=at) as source:
        return [source.next("frame")[1]]


NEXT = [
    lambda server, who, stream, at: come_back(server, who, stream, at, 1)[1],
    next_by_events,
    lambda server, who, stream, at: poll(server, who, stream, since=at, wait=10).json()["messages"],
]


# Cursors that mean harm

CURSORS = {
    "{epoch}:{older}": "resumed",
    "{epoch}:0": "resumed",
    "0": "resumed",
    "{epoch}:{future}": "reset",
    "{epoch}:{of_the_other}": "reset",
    "{epoch}:999999999999999999": "reset",
    "{strange}:{seq}": "reset",
    "0:{future}": "reset",
    "{epoch}:9223372036854775808": "bad_cursor",
    "{epoch}:-1": "bad_cursor",
    "{epoch}:+1": "bad_cursor",
    "{epoch}:1e3": "bad_cursor",
    "{epoch}:": "bad_cursor",
    ":{seq}": "bad_cursor",
    "{epoch}": "bad_cursor",
    "{epoch}:1:1": "bad_cursor",
    "{epoch}: 1": "bad_cursor",
    "{epoch}:१": "bad_cursor",
    "{epoch}:1\n": "bad_cursor",
    "{epoch}:1\x00": "bad_cursor",
    "{epoch}:1' OR '1'='1": "bad_cursor",
    "abc": "bad_cursor",
    "-1": "bad_cursor",
    "null": "bad_cursor",
    "A" * 3000: "bad_cursor",
}


@pytest.fixture
def other(zoe, other_bar):
    """Sales of another bar, whose stream has gone further than ours."""
    flag = factories.product(other_bar, "Flag", stock=90)
    sell(zoe, flag, 9)
    return f"bar.{other_bar.pk}", flag


def test_c16_whatever_the_cursor_every_transport_answers_alike_and_tells_of_this_bar_only(
    stack, koffi, beer, stream, other
):
    sell(koffi, beer, 2)
    epoch, seq = since_now(stream).split(":")
    names = {"epoch": epoch, "seq": seq, "older": int(seq) - 1, "future": int(seq) + 1, "strange": "zz" + epoch[:6]}
    names["of_the_other"] = since_now(other[0]).partition(":")[2]
    answers, said = {}, ""
    for asked in CURSORS:
        answers[asked], text = by_each(stack, koffi, stream, asked.format(**names))
        said += text

    assert int(names["of_the_other"]) > int(seq)
    assert answers == {asked: [expected] * 3 for asked, expected in CURSORS.items()}
    assert str(beer.pk) in said
    assert [secret for secret in (str(other[1].pk), other[0]) if secret in said] == []


@pytest.mark.parametrize("since", [0, -1, 2**63, 1.5, True, ["0"], {"epoch": "0"}])
def test_c16_a_cursor_that_is_no_text_is_refused_and_the_socket_goes_on(since, stack, koffi, beer, stream):
    with Follower(stack, koffi) as page:
        answer = page.hello({"stream": stream, "since": since})
        [again] = page.hello(sub(stream, since=since_now(stream)))["subs"]

    assert (answer["type"], answer["code"], again["result"]) == ("error", "invalid", "resumed")


def test_c16_the_cursor_of_a_foreign_stream_opens_nothing(stack, koffi, zoe, beer, other):
    """It answers as a stream would that isn't."""
    at = since_now(other[0])
    epoch = at.partition(":")[0]
    answers, said = {}, ""
    for name in (other[0], f"bar.{uuid.uuid4()}", f"user.{zoe.user_id}", "platform"):
        for since in (at, f"{epoch}:0", "0", f"{epoch}:999"):
            answers[name, since], text = by_each(stack, koffi, name, since)
            said += text.replace(other[0], "")
    mine = poll(stack, zoe, other[0], since="0")

    assert answers == dict.fromkeys(answers, ["not_found"] * 3)
    assert str(other[1].pk) not in said
    assert str(other[1].pk) in mine.text


def test_c16_c03_the_cursor_of_who_has_been_removed_opens_nothing(stack, koffi, yao, beer, stream):
    at = since_now(stream)
    sell(yao, beer, 2)
    before = by_each(stack, koffi, stream, at)
    Member.objects.filter(pk=koffi.pk).update(is_active=False)
    answers, said = by_each(stack, koffi, stream, at)

    assert before[0] == ["resumed"] * 3
    assert str(beer.pk) in before[1]
    assert answers == ["not_found"] * 3
    assert str(beer.pk) not in said


def test_c16_c03_the_cursor_of_who_has_a_lower_role_now_brings_only_what_it_may_see(stack, koffi, yao, beer, stream):
    at = since_now(stream)
    sell(yao, beer, 2)
    before = {event["type"] for frame in come_back(stack, koffi, stream, at, 2)[1] for event in frame["events"]}
    Member.objects.filter(pk=koffi.pk).update(role="waiter")
    after = {event["type"] for frame in come_back(stack, koffi, stream, at, 2)[1] for event in frame["events"]}
    with Follower(stack, koffi) as page:
        asked = page.hello(sub(stream, "sales", since=at))

    assert before >= {"sale.created", "stock.changed"}
    assert after == {"stock.changed"}
    assert asked["code"] == "not_found"
