"""The faults themselves: each a context in which it lasts, and after which all is as before."""

import contextlib
import random
import signal
import time

import psycopg

from tests.faults.chaos.world import PATIENCE, frozen, is_gone, send
from tests.faults.webs import until

GAP = 0.05  # seconds between one freeze and the next
END_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND usename = current_user AND pid <> pg_backend_pid()
"""


@contextlib.contextmanager
def relays_killed(world, numbers):
    for number in numbers:
        world.forker.kill(world.relays[number])
    yield
    for number in numbers:
        world.start_relay(number)


@contextlib.contextmanager
def web_killed(world, step):
    world.forker.kill(world.webs[step.target])
    yield
    world.start_web(step.target)


@contextlib.contextmanager
def web_replaced(world, step):
    """Asked to let go, given the time for it, asked to end."""
    pid = world.webs[step.target]
    send(signal.SIGUSR1, [pid])
    yield
    time.sleep(1)  # DRAIN_SECONDS
    send(signal.SIGTERM, [pid])
    until(lambda: is_gone(pid), PATIENCE)
    world.forker.running.discard(pid)
    world.start_web(step.target)


@contextlib.contextmanager
def server_killed(server):
    server.crash()
    yield
    server.start()


@contextlib.contextmanager
def postgres_stopped(world, by):
    world.postgres.process.send_signal(by)
    yield
    world.postgres.process.wait(PATIENCE)
    world.postgres.start()


@contextlib.contextmanager
def sessions_ended(world, step):
    with psycopg.connect(world.postgres.url, autocommit=True) as killer:
        killer.execute(END_SESSIONS)
    yield


@contextlib.contextmanager
def lines_cut(proxy):
    proxy.cut()
    yield


@contextlib.contextmanager
def lines_silent(proxy):
    """They carry nothing any more, and tell nobody; then they break."""
    proxy.black_hole()
    yield
    proxy.cut()


@contextlib.contextmanager
def valkey_emptied(world, step):
    with world.valkey.client() as client:
        client.flushall()
    yield


@contextlib.contextmanager
def all_frozen_one_by_one(world, step):
    """Some of them, and thawed in another order."""
    chance, each = random.Random(step.seed), world.everything()
    names = chance.sample(sorted(each), chance.randint(2, len(each)))
    with contextlib.ExitStack() as thawing:  # whatever happens meanwhile
        for name in names:
            thawing.enter_context(frozen(each[name]))
            time.sleep(GAP)
        yield
        for name in chance.sample(names, len(names)):
            send(signal.SIGCONT, each[name])
            time.sleep(GAP)


FAULTS = {
    "F14 relay killed": lambda world, step: relays_killed(world, [step.target]),
    "F14 both relays killed": lambda world, step: relays_killed(world, [0, 1]),
    "F20 web killed": web_killed,
    "F02 Postgres killed": lambda world, step: server_killed(world.postgres),
    "F16 Valkey killed": lambda world, step: server_killed(world.valkey),
    "F01 sessions ended": sessions_ended,
    "F03 Postgres stopped at once": lambda world, step: postgres_stopped(world, signal.SIGQUIT),
    "F03 Postgres stopped fast": lambda world, step: postgres_stopped(world, signal.SIGINT),
    "F05 database lines cut": lambda world, step: lines_cut(world.cable),
    "F06 Postgres frozen": lambda world, step: frozen(world.all_of_postgres()),
    "F17 Valkey frozen": lambda world, step: frozen([world.valkey.process.pid]),
    "F19 Valkey emptied": valkey_emptied,
    "F21 web replaced": web_replaced,
    "F33 client lines silent": lambda world, step: lines_silent(world.networks[step.target]),
    "F33 client lines cut": lambda world, step: lines_cut(world.networks[step.target]),
    "F42 all frozen one by one": all_frozen_one_by_one,
}
