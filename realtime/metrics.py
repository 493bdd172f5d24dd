"""The monitor's figures as Prometheus reads them: any web process answers for all of them."""

from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from realtime.monitor import Report, hit_rate, limit_of, totals, web_reports
from realtime.relay_status import relay_status

NAMESPACE = "bartender_realtime"
# Of a process since it began, by their names in its report.
COUNTERS = {
    "frames": "Transactions that came by the channel layer or the log",
    "messages": "Messages handed to readers",
    "states": "Answers with a computed value, pushed or polled",
    "states_computed": "Values of streams that were computed for it",
    "states_taken": "Values that another process had computed",
    "cache_hits": "Figures over HTTP that needed no computation",
    "cache_misses": "Figures over HTTP that were computed",
    "signals": "Signals passed on, which nothing keeps",
    "repairs": "Holes closed from the log",
    "dropped": "Messages of the channel layer that made no sense",
}
LABELLED = {
    "joined": ("result", "Subscriptions: live, resumed, reset"),
    "closes": ("code", "Connections closed by us"),
    "refused": ("reason", "Connections sent to polling"),
}


def exposition() -> bytes:
    """All figures in the text format, version 0.0.4. Queries."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures())
    return generate_latest(registry)


class Figures(Collector):
    """Read anew for each scrape, so that nothing is kept of a process that has ended."""

    def collect(self) -> Iterator[Metric]:
        reports = web_reports()
        yield from of_processes(reports)
        yield from of_counters(reports)
        yield from of_answers(reports)
        yield of_streams(reports)
        yield from of_relay(relay_status())


def gauge(name: str, help_: str, labels: tuple[str, ...] = ()) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{NAMESPACE}_{name}", help_, labels=labels)


def of_processes(reports: list[Report]) -> Iterator[Metric]:
    connections = gauge("connections", "Live connections", ("process", "transport"))
    lag = gauge("lag_seconds", "From commit to the hub, of the latest frames", ("process", "quantile"))
    valkey = gauge("valkey_up", "Whether the process reaches Valkey", ("process",))
    for one in reports:
        for transport, count in one["by_transport"].items():
            connections.add_metric([one["process"], transport], count)
        for percentile, milliseconds in one["lag_ms"].items():
            lag.add_metric([one["process"], f"0.{percentile[1:]}"], milliseconds / 1000)
        valkey.add_metric([one["process"]], one["valkey"])
    yield from (connections, lag, valkey)


def of_counters(reports: list[Report]) -> Iterator[Metric]:
    for name, help_ in COUNTERS.items():
        total = CounterMetricFamily(f"{NAMESPACE}_{name}", help_, labels=("process",))
        for one in reports:
            total.add_metric([one["process"]], one["counters"].get(name, 0), created=one["started_at"])
        yield total
    for name, (label, help_) in LABELLED.items():
        total = CounterMetricFamily(f"{NAMESPACE}_{name}", help_, labels=("process", label))
        for one in reports:
            for key, count in one["counters"][name].items():
                total.add_metric([one["process"], key], count, created=one["started_at"])
        yield total


def of_answers(reports: list[Report]) -> Iterator[Metric]:
    """Nothing before the first answer."""
    if (rate := hit_rate(totals(reports))) is not None:
        family = gauge("hit_ratio", "Part of the answers with figures that needed no computation, of all processes")
        family.add_metric([], rate)
        yield family


def of_streams(reports: list[Report]) -> Metric:
    """Only those that have a limit: a person's own would be a label for each person."""
    family = gauge("stream_connections", "Live connections of a stream that has a limit", ("process", "stream"))
    for one in reports:
        for stream, count in one["streams"].items():
            if limit_of(stream):
                family.add_metric([one["process"], stream], count)
    return family


def of_relay(relay: dict[str, Any]) -> Iterator[Metric]:
    facts = {
        "outbox_frames": ("Frames that wait for a relay", relay["outbox"]),
        "behind_events": ("Most numbers that a head is ahead of what was published", relay["behind"]),
        "outbox_oldest_seconds": ("Age of the oldest frame that waits", relay["oldest"]),
        "notify_queue_usage": ("Used part of Postgres' queue of bells", relay["queue"]),
        "relays": ("Relays that are alive", len(relay["relays"] or ())),
        "relay_leaders": ("Relays that publish", sum(one["role"] == "leader" for one in relay["relays"] or ())),
    }
    for name, (help_, value) in facts.items():
        family = gauge(name, help_)
        family.add_metric([], value)
        yield family
