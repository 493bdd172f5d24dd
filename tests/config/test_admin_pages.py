"""The operators' own pages in the admin: who gets in, what they show, and that what is done there is written down."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from bars.models import User
from config.office import statements
from config.office.schedules import planned
from config.office.trail import Wanted, trail
from config.schedule import JOBS
from realtime.features import is_on, lot
from realtime.models import Feature, Switch
from sales.models import Sale
from stats.models import RefreshLog
from stats.services import refresh_view
from stats.tasks import refresh_one_view
from stock.models import Product
from tests import factories
from tests.settling import settle

pytestmark = pytest.mark.django_db
PAGES = [
    "office_alerts",
    "office_views",
    "office_queries",
    "office_schedules",
    "office_flags",
    "office_audit",
    "office_costs",
]
STEPS = (("add", ()), ("change", ("new-till",)))
ACTS = [
    "views/daily_sales_summary/refresh/",
    "queries/reset/",
    "schedules/{task}/switch/",
    "flags/EMERGENCY_POLLING/switch/",
]


@pytest.fixture
def desk(client, operator):
    client.force_login(operator)
    return client


@pytest.fixture
def task(db):
    return PeriodicTask.objects.get(name="light views")


def act(path, task):
    return f"/admin/office/{path.format(task=task.pk)}"


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("page", [*PAGES, "monitor", "admin:index"])
def test_operators_see_every_page_in_both_languages(page, language, desk):
    answer = desk.get(reverse(page), headers={"Accept-Language": language})

    assert (answer.status_code, f'lang="{language}"' in answer.content.decode()) == (200, True)


@pytest.mark.parametrize("role", ["awa", "koffi", "yao"])
@pytest.mark.parametrize("page", [*PAGES, "admin:index"])
def test_bar_staff_get_to_none_of_them(page, role, client, request):
    client.force_login(request.getfixturevalue(role).user)

    answer = client.get(reverse(page))

    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("admin:login"))


@pytest.mark.parametrize("role", ["waiter", "manager", "co_owner", "owner"])
def test_whom_a_bar_takes_on_is_nobody_in_the_admin(role, yao):
    """Neither by default nor by asking for it."""
    client = Client(headers=factories.bearer(yao))
    wanted = {"key": str(uuid.uuid4()), "name": "Issa", "username": "issa", "password": "a-long-1-passphrase"}

    made = client.post(f"/api/v1/bars/{yao.bar_id}/team", wanted | {"role": role}, content_type="application/json")
    forged = wanted | {"key": str(uuid.uuid4()), "username": "issa2", "role": role, "is_staff": True}
    refused = client.post(f"/api/v1/bars/{yao.bar_id}/team", forged, content_type="application/json")

    assert (made.status_code, refused.status_code) == (201, 400)
    assert list(User.objects.filter(username__startswith="issa").values_list("is_staff", "is_superuser")) == [
        (False, False)
    ]


@pytest.mark.parametrize("page", PAGES)
def test_staff_who_are_no_operators_get_to_none_of_them(page, client):
    client.force_login(factories.user("clerk", is_staff=True))

    assert client.get(reverse(page)).status_code == 403


@pytest.mark.parametrize("path", ACTS)
def test_what_changes_something_is_for_operators_and_asks_first(path, desk, task):
    clerk = Client()
    clerk.force_login(factories.user("clerk", is_staff=True))
    before = (task.enabled, Switch.objects.count(), LogEntry.objects.count())

    answers = [clerk.get(act(path, task)), clerk.post(act(path, task)), desk.get(act(path, task))]

    task.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403, 403, 200]
    assert b'method="post"' in answers[2].content
    assert (task.enabled, Switch.objects.count(), LogEntry.objects.count()) == before


def test_the_index_leads_operators_to_them_and_nobody_else(desk):
    clerk = Client()
    clerk.force_login(factories.user("clerk", is_staff=True))

    pages = [one.get("/admin/").content.decode() for one in (desk, clerk)]

    assert [[reverse(page) in shown for page in [*PAGES, "platform"]] for shown in pages] == [[True] * 8, [False] * 8]


# Views


def test_views_show_their_age_and_their_failures(desk):
    refresh_view("daily_sales_summary")
    RefreshLog.objects.create(view="bars_with_stats", started_at=timezone.now(), seconds=1, error="out of memory")

    shown = desk.get(reverse("office_views")).content.decode()

    assert all(words in shown for words in ("daily_sales_summary", "out of memory", "bars_with_stats"))


def test_a_refresh_is_asked_of_the_worker_and_written_down(desk, task, operator, monkeypatch):
    sent = []
    monkeypatch.setattr(refresh_one_view, "apply_async", lambda arguments, **options: sent.append(arguments))
    refresh_view("daily_sales_summary")

    answer = desk.post(act(ACTS[0], task))

    assert (answer.status_code, sent) == (302, [("daily_sales_summary",)])
    assert LogEntry.objects.filter(user=operator, object_id="daily_sales_summary").count() == 1
    assert desk.post("/admin/office/views/bars_bar/refresh/").status_code == 404


def test_the_workers_task_refreshes_that_view():
    refresh_one_view("bars_with_stats")

    assert list(RefreshLog.objects.values_list("view", "error")) == [("bars_with_stats", "")]


# Slow queries


@pytest.mark.parametrize("by", ["total", "mean", "calls"])
def test_the_statements_that_cost_most_are_listed_in_that_order(by, desk):
    listed = statements.statements(by)

    figures = [getattr(one, by) for one in listed]
    assert (len(listed) > 0, figures) == (True, sorted(figures, reverse=True))
    assert desk.get(reverse("office_queries"), {"by": by}).status_code == 200


def test_no_other_order_gets_into_the_statement(desk):
    assert desk.get(reverse("office_queries"), {"by": "calls; DROP TABLE bars_bar"}).status_code == 400


def test_the_counters_are_emptied_and_that_is_written_down(desk, operator, task):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 AS never_seen_again")

    answer = desk.post(act("queries/reset/", task))

    assert (answer.status_code, LogEntry.objects.filter(user=operator).count()) == (302, 1)
    assert [one.query for one in statements.statements("total") if "never_seen_again" in one.query] == []


def test_the_role_of_the_application_may_look_and_reset(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE bartender_app")
    assert (statements.may_reset(), len(statements.statements("calls")) >= 0) == (True, True)


def test_a_server_that_counts_nothing_says_what_to_do(desk, monkeypatch):
    monkeypatch.setattr(statements, "STATEMENTS", "SELECT {order} FROM pg_stat_nothing LIMIT %s")

    shown = desk.get(reverse("office_queries"))

    assert (shown.status_code, b"shared_preload_libraries" in shown.content) == (200, True)


# Schedules


def test_every_job_shows_its_reason_and_when_it_runs_next(desk):
    shown = desk.get(reverse("office_schedules"), headers={"Accept-Language": "en"}).content.decode()
    now = timezone.now()

    assert [job.name for job in JOBS if job.name not in shown] == []
    assert [job.why[:20] for job in JOBS if job.why[:20].replace("'", "&#x27;") not in shown] == []
    runs = {job.task.name: job.next_run for job in planned(now)}
    assert runs["activity decays"] <= now + timedelta(minutes=5)


def test_a_job_is_switched_off_and_on_and_that_is_written_down(desk, task, operator):
    states = []
    for _ in range(2):
        desk.post(act("schedules/{task}/switch/", task))
        task.refresh_from_db()
        states.append(task.enabled)

    assert states == [False, True]
    assert LogEntry.objects.filter(user=operator, object_id=str(task.pk)).count() == 2


# Flags


def test_the_emergency_switch_is_flipped_and_that_is_written_down(desk, operator, task):
    states = []
    for _ in range(2):
        desk.post(act("flags/EMERGENCY_POLLING/switch/", task))
        states.append(Switch.objects.get(pk="EMERGENCY_POLLING").is_on)

    assert states == [True, False]
    assert LogEntry.objects.filter(user=operator, object_id="EMERGENCY_POLLING").count() == 2


def test_a_feature_is_for_chosen_bars_and_a_share_of_the_others(desk, bar, other_bar):
    form = {"name": "new-till", "share": "0", "bars": [str(bar.pk)], "note": "try"}

    answer = desk.post(reverse("admin:realtime_feature_add"), form)
    shown = desk.get(reverse("office_flags")).content.decode()

    assert (answer.status_code, Feature.objects.get().keys) == (302, [bar.pk])
    assert [is_on("new-till", one.pk) for one in (bar, other_bar)] == [True, False]
    assert is_on("nothing", bar.pk) is False
    assert (bar.name in shown, "1 / 2" in shown) == (True, True)
    assert LogEntry.objects.filter(object_id="new-till").count() == 1


@pytest.mark.parametrize("form", [{"share": "101"}, {"name": "New Till"}, {"bars": [str(uuid.UUID(int=7))]}], ids=str)
def test_a_feature_that_makes_no_sense_is_refused(form, desk, bar):
    answer = desk.post(reverse("admin:realtime_feature_add"), {"name": "new-till", "share": "5"} | form)

    assert (answer.status_code, Feature.objects.count()) == (200, 0)


def test_a_feature_goes_to_one_bar_then_ten_then_all_and_back(desk):
    """The steps of docs/scaling.md, each a form of the admin."""
    bars = [factories.bar(name=f"Bar {number}") for number in range(12)]
    add, change = (reverse(f"admin:realtime_feature_{verb}", args=args) for verb, args in STEPS)

    counts = []
    for address, share, chosen in ((add, 0, 1), (change, 0, 10), (change, 100, 10), (change, 0, 0)):
        form = {"name": "new-till", "share": share, "bars": [str(bar.pk) for bar in bars[:chosen]], "note": ""}
        assert desk.post(address, form).status_code == 302
        counts.append(sum(is_on("new-till", bar.pk) for bar in bars))

    assert counts == [1, 10, 12, 0]


def test_a_growing_share_takes_from_nobody_and_the_lot_is_even():
    bars = [uuid.uuid5(uuid.NAMESPACE_DNS, str(number)) for number in range(2_000)]
    lots = [lot("new-till", bar) for bar in bars]

    assert (min(lots), max(lots)) == (0, 99)
    assert 300 < sum(one < 20 for one in lots) < 500
    assert lots == [lot("new-till", bar) for bar in bars] != [lot("other", bar) for bar in bars]


# Audit trail


@pytest.fixture
def changed(desk, koffi, awa, yao, beer):
    """An operator has changed a bar's name, Koffi has validated a sale and cancelled nothing, a price has gone up."""
    pending = factories.sale(awa, {beer.pk: 1})
    Sale.objects.filter(pk=pending.pk).update(status="validated", decided_by=koffi.user)
    Product.objects.filter(pk=beer.pk).update(price=1200)
    LogEntry.objects.create(
        user=desk.get("/admin/").wsgi_request.user, object_repr="Chez Yao", action_flag=2, change_message="renamed"
    )
    settle()


@pytest.mark.usefixtures("changed")
def test_the_trail_tells_who_changed_what(desk):
    shown = desk.get(reverse("office_audit"), headers={"Accept-Language": "fr"}).content.decode()

    assert all(words in shown for words in ("koffi", "operator", "renamed", "Beaufort", "1\u202f200"))


@pytest.mark.usefixtures("changed")
def test_the_trail_is_of_a_person_a_bar_or_a_day(koffi, other_bar):
    yesterday = timezone.now().date() - timedelta(days=1)

    whole = [one.kind for one in trail(Wanted())[0]]
    found = [
        {one.kind for one in trail(wanted)[0]}
        for wanted in (
            Wanted(person=koffi.user_id),
            Wanted(bar=koffi.bar_id),
            Wanted(bar=other_bar.pk),
            Wanted(day=yesterday),
        )
    ]

    assert set(whole) == {"admin", "change", "decision", "price"}
    assert found == [{"decision"}, {"change", "decision", "price"}, set(), set()]


@pytest.mark.parametrize(
    ("query", "status"),
    [({"person": "nobody"}, 404), ({"bar": "x"}, 404), ({"day": "2026-13-01"}, 400), ({"p": "x"}, 200)],
)
def test_what_nobody_can_look_for_is_refused(query, status, desk):
    assert desk.get(reverse("office_audit"), query).status_code == status


@pytest.mark.parametrize("rows", [1, 3])
def test_the_trail_costs_the_same_however_long(rows, operator, db, django_assert_num_queries):
    for number in range(rows):
        LogEntry.objects.create(user=operator, object_repr=str(number), action_flag=2, change_message="x")

    with django_assert_num_queries(1):
        assert len(trail(Wanted())[0]) == rows
