"""What operators see: every process' figures put together, on a page, as JSON, and for Prometheus."""

import json
import re
import time

import httpx
import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from realtime import monitor
from realtime.models import Switch
from realtime.monitor import Rates, alarms, overview, slowest, totals
from realtime.valkey import key
from realtime.valkey_threads import ThreadedValkey, valkey
from tests import factories
from tests.config.problems import check_problem
from tests.controls import ROOT
from tests.realtime.follower import EventSource, Follower, sell, sub
from tests.settling import run
from tests.stack import Stack

API = "/api/v1/monitoring"
SWITCH = "/admin/realtime/switch/"


def reported(process, at=1000.0, **more):
    """As realtime/keeper.py writes it."""
    counters = {"frames": 0, "messages": 0, "states": 0, "signals": 0, "repairs": 0, "dropped": 0, "rechecked": 0}
    counters |= {"joined": {}, "closes": {}, "refused": {}}
    report = {"process": process, "pid": 1, "started_at": 900.0, "at": at, "connections": 0, "by_transport": {}}
    report |= {"streams": {}, "users": 0, "feeds": 0, "lag_ms": {}, "valkey": True, "mode": "live"}
    return report | more | {"counters": counters | more.get("counters", {})}


@pytest.fixture
def two_processes(db):
    """Reports of two web processes, in this worker's part of Valkey; those of a running stack are put aside."""
    crowded = {"bar.a": 20, "bar.b": 3, "user.x": 1}
    reports = [
        reported("one", connections=24, by_transport={"websocket": 20, "sse": 4}, streams=crowded, lag_ms={"p99": 9.0},
                 counters={"messages": 100, "closes": {"4108": 1}, "joined": {"live": 2, "reset": 1}}),
        reported("two", connections=9, by_transport={"websocket": 9}, streams={"bar.a": 8}, lag_ms={"p99": 30.0},
                 counters={"messages": 50, "closes": {"4108": 2, "4130": 1}, "joined": {"resumed": 5}}),
    ]  # fmt: skip
    pattern = key("monitor", "web", "*")
    kept = valkey.ask(lambda client: {name: client.get(name) for name in client.scan_iter(pattern)})
    valkey.ask(lambda client: [client.delete(name) for name in kept])
    names = [key("monitor", "web", one["process"]) for one in reports]
    for name, one in zip(names, reports, strict=True):
        valkey.ask(lambda client, name=name, one=one: client.set(name, json.dumps(one), ex=30))
    yield reports
    valkey.ask(lambda client: client.delete(*names))


@pytest.fixture
def desk(operator):
    return Client(headers=factories.bearer(operator))


def figures(text):
    """{name and labels: value} of what Prometheus would read."""
    families = text_string_to_metric_families(text)
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value for family in families for sample in family.samples
    }


def test_seed_002_counts_rooms_over_all_processes(two_processes, desk):
    answer = desk.get(f"{API}/websocket/stats").json()

    assert answer == {
        "totalConnections": 33,
        "totalRooms": 3,
        "rooms": [
            {"room": "bar.a", "connections": 28},
            {"room": "bar.b", "connections": 3},
            {"room": "user.x", "connections": 1},
        ],
    }


def test_c35_a_bar_is_shown_against_its_limit_and_rings_above_27(two_processes, desk):
    answer = desk.get(f"{API}/realtime").json()

    assert answer["streams"][0] == {"stream": "bar.a", "connections": 28, "limit": 30, "is_nearly_full": True}
    assert [one["is_nearly_full"] for one in answer["streams"]] == [True, False, False]
    assert "nearly_full" in answer["alarms"]
    assert monitor.is_nearly_full("bar.a", 27) is False


def test_the_overview_adds_up_what_processes_have_counted(two_processes, desk):
    answer = desk.get(f"{API}/realtime").json()

    assert (answer["connections"], answer["by_transport"]) == (33, {"websocket": 29, "sse": 4})
    assert answer["counters"]["messages"] == 150
    assert answer["counters"]["closes"] == {"4108": 3, "4130": 1}
    assert answer["counters"]["joined"] == {"live": 2, "reset": 1, "resumed": 5}
    assert (answer["lag_ms"], answer["valkey"]) == ({"p99": 30.0}, True)
    assert [one["process"] for one in answer["processes"]] == ["one", "two"]


def test_the_hit_rate_is_of_all_answers_with_figures_over_all_processes(desk, two_processes):
    """25 pushed, 15 of them to one process, and 75 asked for; 5 values were computed for the first, 15 for these."""
    before = desk.get(f"{API}/realtime").json()["hit_rate"], desk.get("/metrics").content
    for one, counters in zip(two_processes, (
        {"states": 15, "states_computed": 5, "cache_hits": 60, "cache_misses": 15},
        {"states": 10, "states_taken": 5},
    ), strict=True):  # fmt: skip
        told = json.dumps(one | {"counters": one["counters"] | counters})
        valkey.ask(lambda client, one=one, told=told: client.set(key("monitor", "web", one["process"]), told, ex=30))
    read = figures(desk.get("/metrics").content.decode())

    assert (before[0], b"hit_ratio" in before[1]) == (None, False)
    assert desk.get(f"{API}/realtime").json()["hit_rate"] == read["bartender_realtime_hit_ratio",] == 0.8
    assert read["bartender_realtime_states_taken_total", ("process", "two")] == 5


@pytest.mark.parametrize("address", [f"{API}/realtime", f"{API}/websocket/stats"])
def test_c10_the_monitor_is_for_operators(address, yao):
    check_problem(Client(headers=factories.bearer(yao)).get(address), 403, "not_allowed")


def test_a_rate_is_between_the_last_two_reports_of_a_process():
    rates = Rates()
    first = [reported("one", 1000.0, counters={"messages": 100}), reported("two", 1000.0)]
    later = [reported("one", 1002.0, counters={"messages": 300}), reported("three", 1002.0)]

    told = [rates.of(first), rates.of(later), rates.of(later)]

    assert [one["messages"] for one in told] == [0, 100, 100]


def test_the_slowest_process_is_not_hidden_by_the_others():
    assert slowest([{"p50": 1.0, "p99": 90.0}, {}, {"p50": 2.0, "p99": 3.0}]) == {"p50": 2.0, "p99": 90.0}
    assert totals([]) == {}


CALM = {
    "valkey": True,
    "relay": {"relays": [{"role": "leader"}], "oldest": 0.0, "queue": 0.0},
    "streams": [],
    "emergency_polling": False,
}
NEWS = {
    "valkey_away": {"valkey": False},
    "no_relay": {"relay": CALM["relay"] | {"relays": [{"role": "standby"}]}},
    "relay_behind": {"relay": CALM["relay"] | {"oldest": 6.0}},
    "bell_queue": {"relay": CALM["relay"] | {"queue": 0.02}},
    "nearly_full": {"streams": [{"is_nearly_full": True}]},
    "emergency_polling": {"emergency_polling": True},
}


@pytest.mark.parametrize(("code", "change"), NEWS.items(), ids=NEWS)
def test_i31_an_alarm_rings_for_what_is_wrong_and_for_nothing_else(code, change):
    assert (alarms(CALM | change), alarms(CALM)) == ([code], [])


def test_without_valkey_the_overview_still_answers(db, monkeypatch):
    monkeypatch.setattr(monitor, "valkey", ThreadedValkey("unix:///nowhere"))
    started = time.monotonic()

    told = overview()

    assert (told["valkey"], told["connections"], "valkey_away" in told["alarms"]) == (False, 0, True)
    assert time.monotonic() - started < 1


@pytest.fixture
def servers(stack, tmp_path):
    """The stack, and another web process beside its own."""
    other = Stack(stack.database, tmp_path)
    other.start_web()
    yield stack, other
    other.stop()


def test_any_process_answers_for_all_of_them(servers, koffi, yao, operator, beer):
    """Two connections to one process, one to the other; each asked alike. A sale is counted where it was heard."""
    stack, second_web = servers
    stream, desk = f"bar.{koffi.bar_id}", factories.bearer(operator)
    with Follower(stack, koffi) as page, Follower(second_web, yao) as other, EventSource(stack, yao, stream) as source:
        for follower in (page, other):
            follower.hello(sub(stream))
        source.opened()
        sell(koffi, beer, 1)
        page.frames(1)
        other.frames(1)

        told = [until_counted(server.url, desk, stream, 3) for server in servers]
        scraped = [httpx.get(f"{server.url}/metrics", headers=desk).text for server in servers]

    assert [one["by_transport"] for one in told] == [{"websocket": 2, "sse": 1}] * 2
    assert all(len(one["processes"]) == 2 and "p99" in one["lag_ms"] for one in told)
    for text in scraped:
        counts = [figures(text).get(labels, 0) for labels in figures(text) if labels[2:] == (("stream", stream),)]
        assert sorted(counts) == [1, 2]


def until_counted(url, headers, stream, count):
    """The overview, once the processes have told of so many connections to a stream."""
    for _ in range(100):
        told = httpx.get(f"{url}{API}/realtime", headers=headers).json()
        found = {one["stream"]: one["connections"] for one in told["streams"]}
        if found.get(stream) == count and told["lag_ms"]:
            return told
        time.sleep(0.1)
    raise TimeoutError(told)


# Prometheus


def test_prometheus_reads_all_of_it(two_processes, desk):
    run("INSERT INTO realtime_outbox (stream, slot, first_seq, last_seq, committed_at) "
        "VALUES ('bar.a', 0, 5, 9, clock_timestamp() - interval '8 s')")  # fmt: skip

    answer = desk.get("/metrics")
    read = figures(answer.content.decode())

    name = "bartender_realtime_{}".format
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert read[name("connections"), ("process", "one"), ("transport", "sse")] == 4
    assert read[name("messages_total"), ("process", "two")] == 50
    assert read[name("closes_total"), ("code", "4108"), ("process", "two")] == 2
    assert read[name("joined_total"), ("process", "two"), ("result", "resumed")] == 5
    assert read[name("lag_seconds"), ("process", "two"), ("quantile", "0.99")] == 0.03
    assert read[name("stream_connections"), ("process", "two"), ("stream", "bar.a")] == 8
    assert (read[name("outbox_frames"),], read[name("behind_events"),]) == (1, 5)
    assert 8 <= read[name("outbox_oldest_seconds"),] < 60
    assert 0 <= read[name("notify_queue_usage"),] < 0.01


BOARD = json.loads((ROOT / "deploy/grafana/bartender.json").read_text())
QUERIES = [(panel["title"], one["expr"]) for panel in BOARD["panels"] for one in panel["targets"]]


@pytest.fixture
def exported(desk, two_processes):
    """The labels of each metric of /metrics, of processes in which everything has happened."""
    counters = dict.fromkeys(["cache_hits", "cache_misses"], 1) | {"refused": {"bar": 1}}
    name = key("monitor", "web", "three")
    valkey.ask(lambda client: client.set(name, json.dumps(reported("three", counters=counters)), ex=30))
    text = desk.get("/metrics").content.decode()
    valkey.ask(lambda client: client.delete(name))
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    return {one.name: set(one.labels) for one in samples}


@pytest.mark.parametrize(("title", "query"), QUERIES)
def test_the_board_of_grafana_asks_for_what_there_is(title, query, exported):
    """Each metric that a panel names, and each label by which it adds up."""
    names = re.findall(r"\bbartender_\w+", query)
    labels = set(re.findall(r"by \((\w+)\)", query))

    assert names
    assert [name for name in names if not labels <= exported.get(name, {"none"})] == []
    assert [name for name in names if name not in exported] == []


def test_c17_nobodys_own_stream_is_a_label(two_processes, desk):
    assert b"user.x" not in desk.get("/metrics").content


def test_c47_the_metrics_say_nothing_of_versions(two_processes, desk):
    text = desk.get("/metrics").content.decode()

    assert not any(word in text.lower() for word in ("python", "django", "version", "postgres "))


def test_c47_nobody_reads_them_for_where_they_are(two_processes, koffi, settings):
    """Behind a proxy on the same machine all the world would come from there."""
    answers = [Client().get("/metrics"), Client(headers=factories.bearer(koffi)).get("/metrics")]
    settings.METRICS_ALLOW = ["127.0.0.1"]
    allowed = Client().get("/metrics")
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    from_afar = Client(headers={"X-Forwarded-For": "9.9.9.9"}).get("/metrics")

    assert [answer.status_code for answer in answers] == [401, 403]
    assert (allowed.status_code, from_afar.status_code) == (200, 401)
    assert not any(b"bartender_realtime" in answer.content for answer in (*answers, from_afar))


# The switch, and the page


def test_operators_switch_everybody_to_polling_and_it_is_written_down(client, operator):
    client.force_login(operator)
    page = client.get("/admin/realtime/monitor/").content.decode()

    answer = client.post(f"{SWITCH}add/", {"name": "EMERGENCY_POLLING", "is_on": "on", "note": "Wi-Fi"})

    assert f'href="{SWITCH}add/?name=EMERGENCY_POLLING"' in page
    assert (answer.status_code, Switch.objects.get().is_on) == (302, True)
    assert LogEntry.objects.filter(user=operator, object_id="EMERGENCY_POLLING").count() == 1
    assert f'href="{SWITCH}EMERGENCY_POLLING/change/"' in client.get("/admin/realtime/monitor/").content.decode()


def test_g_staff_who_are_not_operators_switch_nothing(client, db):
    client.force_login(factories.user("clerk", is_staff=True))

    answers = [client.get("/admin/realtime/monitor/"), client.post(f"{SWITCH}add/", {"name": "EMERGENCY_POLLING"})]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert not Switch.objects.exists()


def test_who_is_nobody_is_asked_to_sign_in(client, db):
    answer = client.get("/admin/realtime/monitor/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/login/?next=/admin/realtime/monitor/")


def test_the_role_of_the_application_may_switch(operator):
    """The admin runs as bartender_app."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('bartender_app', 'realtime_switch', 'INSERT, UPDATE')")
        assert cursor.fetchone() == (True,)
