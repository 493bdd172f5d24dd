"""Everybody of tests/matrix.py and two bars full of things, made once for a module; each ask is undone after it."""

import json
import re
import uuid
from contextlib import contextmanager

from django.db import connection, transaction
from django.test import Client

from bars.access import find_member
from bars.models import Member, User
from tests import canaries, factories
from tests.settling import run, settle
from tests.things import BODIES, FILE, IMPORT, QUERIES, READY, Cast, filled, written


class Person:
    """Asks for a bar by token or by cookie; both were issued while the person was still welcome."""

    def __init__(self, user, bar_id):
        self.user, self.bar_id = user, bar_id
        self.headers = factories.bearer(user) if user else {}
        self.browser = Client()
        if user:
            self.browser.force_login(user)

    def ask(self, row, by="token", ids=None, body=None):
        """The answer to a row of the matrix; `ids` gives a thing by its name."""
        method, path = ("GET" if row.method == "ANY" else row.method), row.address
        query = QUERIES.get(row.key, "").replace("KEY", str(uuid.uuid4()))
        url = filled(path + query, lambda name: str(self.bar_id) if name == "bar" else ids(name))
        if row.key == IMPORT:
            return self.send(by, method, url, FILE, "text/csv")
        text = written(BODIES.get(row.key, {}) if body is None else body, ids)
        name = self.user.username if self.user else "operator"
        return self.send(by, method, url, text.replace("USERNAME", name), "application/json")

    def send(self, by, *request):
        if by == "cookie":
            return self.browser.generic(*request)
        return Client().generic(*request, headers=self.headers)


class World:
    """Chez Yao, where the cast of the matrix works, and Le Maquis, where nobody of it does but the stranger."""

    def __init__(self):
        run_free = uuid.uuid4().hex[:8]
        self.ours, self.theirs = bar_with_owner(f"Chez Yao {run_free}"), bar_with_owner(f"Le Maquis {run_free}")
        self.closed = factories.bar(f"Chez Ferdinand {run_free}", is_active=False)
        self.people = self.outsiders() | {role: self.member(role) for role in Member.Role.values}
        settle()

    def member(self, role):
        user = self.ours.owner.user if role == "owner" else self.ours.person(role).user
        return Person(user, self.ours.bar.pk)

    def outsiders(self):
        bar, owner = self.ours.bar, self.ours.owner.user
        left, suspended = [
            factories.member(bar, f"{name}-{bar.slug[-8:]}", "manager").user for name in ("left", "gone")
        ]
        Member.objects.create(bar=self.closed, user=owner, role="owner")
        people = {
            "nobody": Person(None, bar.pk),
            "stranger": Person(self.theirs.owner.user, bar.pk),
            "left": Person(left, bar.pk),
            "suspended": Person(suspended, bar.pk),
            "operator": Person(factories.user("operator", is_superuser=True, is_staff=True), bar.pk),
            "unknown": Person(owner, uuid.uuid4()),
            "closed": Person(owner, self.closed.pk),
        }
        Member.objects.filter(user=left).update(is_active=False)
        User.objects.filter(pk=suspended.pk).update(is_active=False)
        return people

    def make(self, row, cast=None):
        """What a row names, and its body, but the asker's own."""
        for name in names_of(row):
            if not name.endswith(":own"):
                (cast or self.ours).thing(name)

    def make_own(self, row):
        """Those of the asker; call within `asked_by`."""
        return [self.ours.thing(name) for name in names_of(row) if name.endswith(":own")]

    @contextmanager
    def asked_by(self, name, cast=None):
        """What is made and done in here is undone; things are made for this person, where they are of the bar."""
        cast = cast or self.ours
        person, things, owner = self.people[name], dict(cast.things), cast.owner
        cookies = dict(person.browser.cookies)
        run("SAVEPOINT ask")
        cast.asker = find_member(person.user, cast.bar.pk) if name in Member.Role.values else owner
        try:
            yield person
        finally:
            run("ROLLBACK TO SAVEPOINT ask")
            cast.asker, cast.things = owner, things
            person.browser.cookies.clear()
            person.browser.cookies.update(cookies)


def names_of(row):
    """The names of the things that an ask needs."""
    named = re.findall(r'"{(\w+(?::\w+)?)}"', json.dumps(BODIES.get(row.key, {})))
    return [*row.places, *named, *([READY[row.key]] if row.key in READY else [])]


def bar_with_owner(name):
    bar = factories.bar(name)
    word = canaries.word_of(bar)
    type(bar).objects.filter(pk=bar.pk).update(name=f"{name} {word}", address=f"12 rue {word}")
    bar.refresh_from_db()
    return Cast(bar, word, factories.member(bar, f"owner-{word}", "owner"))


@contextmanager
def lasting(blocker):
    """A transaction around a module's tests, whose own are savepoints in it; services take it for a test's own."""
    with blocker.unblock():
        connection.ensure_connection()
        outer = transaction.atomic()
        outer._from_testcase = True
        with outer:
            yield World()
            transaction.set_rollback(True)
        assert not connection.in_atomic_block


def writes():
    """How many rows this transaction has written so far, also those that were undone.

    In any table but that of guesses at passwords: there a refusal is what is to be written.
    """
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_all_tables
            WHERE schemaname = 'public' AND relname <> 'bars_guess'
        """)
        return cursor.fetchone()[0]


def without_id(answer):
    """What a refusal says, but for its own id."""
    return {name: value for name, value in json.loads(answer.content).items() if name != "request_id"}
