"""What all processes do, put together from what each writes to Valkey every two seconds."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from realtime import clock
from realtime.hub import running_hubs
from realtime.keeper import report
from realtime.models import Switch
from realtime.relay_status import relay_status
from realtime.streams import registry
from realtime.switches import is_on
from realtime.valkey import Away, key
from realtime.valkey_threads import valkey

NEARLY = 0.9  # of a limit: worth an alarm
SLOW = 5.0  # seconds that a committed event waits for a relay
QUEUE = 0.01  # part of Postgres' queue of bells
MOST_SHOWN = 200  # streams, those with the most connections

Report = dict[str, Any]


def web_reports() -> list[Report]:
    """The latest report of each web process; without Valkey that of this one."""
    try:
        found = valkey.ask(lambda client: _read(client, key("monitor", "web", "*")))
    except Away:
        found = [report(hub) for _, hub in running_hubs()]
    return sorted(found, key=lambda one: one["process"])


def _read(client: Any, pattern: str) -> list[Report]:
    names = list(client.scan_iter(pattern, count=1000))
    return [json.loads(text) for text in client.mget(names) if text] if names else []


def lag() -> dict[str, float]:
    """Milliseconds from commit to the hub, p50 and p99 of the slowest process; empty where nothing has come."""
    return slowest(one["lag_ms"] for one in web_reports())


def is_emergency() -> bool:
    """Whether an operator has sent everybody to polling. Queries."""
    return is_on(Switch.Name.EMERGENCY_POLLING)


def overview() -> dict[str, Any]:
    """Everything that an operator looks at. Queries."""
    reports, relay = web_reports(), relay_status()
    counters = totals(reports)
    found = {
        "time": clock.now().timestamp(),
        "connections": sum(one["connections"] for one in reports),
        "by_transport": added(one["by_transport"] for one in reports),
        "streams": crowds(added(one["streams"] for one in reports)),
        "counters": counters,
        "hit_rate": hit_rate(counters),
        "per_second": rates.of(reports),
        "lag_ms": slowest(one["lag_ms"] for one in reports),
        "processes": [
            {name: one[name] for name in ("process", "started_at", "at", "connections", "valkey", "mode")}
            for one in reports
        ],
        "relay": relay,
        "valkey": not valkey.is_away,
        "emergency_polling": is_emergency(),
    }
    return found | {"alarms": alarms(found)}


def crowds(connections: Counter[str]) -> list[dict[str, Any]]:
    """Streams with live connections, the fullest first, each against its limit."""
    return [
        {"stream": name, "connections": count, "limit": limit_of(name), "is_nearly_full": is_nearly_full(name, count)}
        for name, count in connections.most_common(MOST_SHOWN)
    ]


def limit_of(name: str) -> int | None:
    declared = registry.stream(name)
    return declared.most_live if declared else None


def is_nearly_full(name: str, count: int) -> bool:
    limit = limit_of(name)
    return limit is not None and count > NEARLY * limit


def totals(reports: Iterable[Report]) -> dict[str, Any]:
    """The counters of all processes since each began; those by name are added by name."""
    found: dict[str, Any] = {}
    for one in reports:
        for name, value in one["counters"].items():
            found[name] = added((found.get(name, {}), value)) if isinstance(value, dict) else found.get(name, 0) + value
    return found


def hit_rate(counters: dict[str, Any]) -> float | None:
    """Part of the answers with figures, pushed, polled or asked for, that needed no computation; None before the first.

    Figures that nobody got, because nothing in them had changed, were computed all the same.
    """
    seen = Counter({name: count for name, count in counters.items() if isinstance(count, int)})
    answers = seen["states"] + seen["cache_hits"] + seen["cache_misses"]
    computed = seen["states_computed"] + seen["cache_misses"]
    return round(max(0.0, 1 - computed / answers), 4) if answers else None


def added(counts: Iterable[dict[str, int]]) -> Counter[str]:
    return sum(map(Counter, counts), Counter[str]())


def slowest(lags: Iterable[dict[str, float]]) -> dict[str, float]:
    """The worst process' percentiles: of two, none hides behind the other."""
    found: dict[str, float] = {}
    for lag in lags:
        found |= {name: max(value, found.get(name, 0.0)) for name, value in lag.items()}
    return found


class Rates:
    """Messages and frames a second, between the last two reports of each process that were looked at."""

    NAMES = ("messages", "frames")

    def __init__(self) -> None:
        self._seen: dict[str, tuple[Report, Report]] = {}

    def of(self, reports: Iterable[Report]) -> dict[str, float]:
        self._seen = {one["process"]: self._pair(one) for one in reports}
        return {name: round(sum(_rate(name, *pair) for pair in self._seen.values()), 1) for name in self.NAMES}

    def _pair(self, now: Report) -> tuple[Report, Report]:
        before, latest = self._seen.get(now["process"], (now, now))
        return (before, latest) if latest["at"] == now["at"] else (latest, now)


def _rate(name: str, before: Report, now: Report) -> float:
    seconds = now["at"] - before["at"]
    return (now["counters"][name] - before["counters"][name]) / seconds if seconds > 0 else 0.0


rates = Rates()


def alarms(found: dict[str, Any]) -> list[str]:
    """Codes of what somebody should look at now."""
    relay = found["relay"]
    is_led = any(one["role"] == "leader" for one in relay["relays"] or ())
    heard = {
        "valkey_away": not found["valkey"],
        "no_relay": found["valkey"] and not is_led,
        "relay_behind": relay["oldest"] > SLOW,
        "bell_queue": relay["queue"] > QUEUE,
        "nearly_full": any(one["is_nearly_full"] for one in found["streams"]),
        "emergency_polling": found["emergency_polling"],
    }
    return [code for code, is_heard in heard.items() if is_heard]
