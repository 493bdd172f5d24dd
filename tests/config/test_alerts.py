"""Alerts: when a rule opens one and when it ends, whatever else fails, and the page that shows them."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.alerts import looking
from config.alerts.looking import look_at_everything, settle
from config.alerts.measuring import Look
from config.alerts.rules import BY_NAME, RULES, UNMEASURED, Unit
from config.alerts.words import as_payload, figure
from config.models import Alert, Notice
from config.office.alerts import MOST, runbook
from realtime.valkey import key
from realtime.valkey_threads import ThreadedValkey, valkey
from tests import factories
from tests.config.watching import NOON, at, look_for, open_alerts

pytestmark = pytest.mark.django_db
CPU, VIEW = BY_NAME["database_cpu"], BY_NAME["failed_view"]


@pytest.fixture
def desk(client, operator):
    client.force_login(operator)
    return client


@pytest.fixture
def looked_just_now():
    where = key(*looking.LOOKED)
    valkey.ask(lambda client: client.set(where, timezone.now().isoformat()))
    yield
    valkey.ask(lambda client: client.delete(where))


# When one opens and when it ends


@pytest.mark.parametrize("rule", BY_NAME.values(), ids=lambda rule: rule.name)
def test_a_rule_opens_above_its_threshold_and_not_at_it(rule):
    look_for(rule, rule.minutes, {"at": rule.threshold, "above": rule.threshold + 0.001})

    assert open_alerts() == [(rule.name, "above")]


@pytest.mark.parametrize("rule", [one for one in BY_NAME.values() if one.minutes], ids=lambda rule: rule.name)
def test_a_rule_opens_after_its_time_and_not_before(rule):
    figures = {"": rule.threshold + 0.001}

    look_for(rule, rule.minutes - 1, figures)
    before = open_alerts()
    settle(rule, figures, at(rule.minutes) - timedelta(seconds=2))  # the worker was quicker this time

    assert (before, open_alerts()) == ([], [(rule.name, "")])


@pytest.mark.parametrize("rule", BY_NAME.values(), ids=lambda rule: rule.name)
def test_a_rule_ends_at_nine_tenths_of_its_threshold_and_not_above(rule):
    look_for(rule, rule.minutes, {"calm": rule.threshold + 0.001, "nearly": rule.threshold + 0.001})
    began = rule.minutes + 1

    look_for(rule, began + 2, {"calm": 0.9 * rule.threshold, "nearly": 0.9 * rule.threshold + 0.0001}, first=began)

    ended = Alert.objects.exclude(ended_at=None).values_list("subject", "ended_at")
    assert (list(ended), open_alerts()) == ([("calm", at(began + 2))], [(rule.name, "nearly")])


def test_what_is_interrupted_begins_anew():
    look_for(CPU, CPU.minutes - 1, {"": 0.9})
    settle(CPU, {"": 0.85}, at(5))
    look_for(CPU, 10, {"": 0.9}, first=6)

    assert (open_alerts(), Alert.objects.get().since) == ([], at(6))


def test_what_swings_around_its_threshold_is_one_alert():
    look_for(CPU, 5, {"": 0.9})
    for minute in range(6, 30):
        settle(CPU, {"": 0.9 if minute % 2 else 0.7}, at(minute))

    alert = Alert.objects.get()
    assert (alert.ended_at, alert.since, alert.value) == (None, NOON, 0.9)


def test_what_is_measured_no_more_ends():
    look_for(VIEW, 1, {"daily_sales_summary": 1.0})
    look_for(VIEW, 4, {}, first=2)

    assert Alert.objects.get().ended_at == at(4)


def test_what_comes_back_is_another_alert():
    look_for(VIEW, 1, {"one": 1.0})
    look_for(VIEW, 4, {"one": 0.0}, first=2)
    look_for(VIEW, 6, {"one": 1.0}, first=5)

    assert list(Alert.objects.values_list("since", "ended_at")) == [(at(5), None), (NOON, at(4))]


def test_no_second_alert_of_a_rule_and_subject_is_open():
    ours = {"rule": "errors", "value": 1, "since": NOON, "opened_at": NOON}
    Alert.objects.create(subject="one", **ours)
    Alert.objects.create(subject="two", **ours)
    Alert.objects.create(subject="one", **ours, ended_at=NOON)

    with pytest.raises(IntegrityError, match="one_open_alert_of_a_rule_and_subject"), transaction.atomic():
        Alert.objects.create(subject="one", **ours)


# A look at everything


def given(monkeypatch, **measures):
    """The rules of these names, with what they measure here."""
    rules = tuple(replace(BY_NAME[name], measure=measure) for name, measure in measures.items())
    monkeypatch.setattr(looking, "RULES", rules)


def test_a_rule_that_fails_holds_up_no_other_and_is_an_alert_itself(monkeypatch, caplog):
    def broken(look):
        with connection.cursor() as cursor:
            cursor.execute("SELECT figure FROM a_table_that_is_gone")

    given(monkeypatch, storage=broken, failed_view=lambda look: {"one": 1.0})
    answers = [look_at_everything(at(minute)) for minute in range(3)]

    assert (answers, open_alerts()) == ([True] * 3, [("failed_view", "one"), ("unmeasured", "storage")])
    assert "the rule storage can't be evaluated" in caplog.text


def test_a_rule_that_fails_leaves_its_alerts_as_they_are(monkeypatch):
    given(monkeypatch, failed_view=lambda look: {"one": 1.0})
    look_at_everything(NOON), look_at_everything(at(1))
    given(monkeypatch, failed_view=lambda look: {}["nothing"])
    for minute in range(2, 8):
        look_at_everything(at(minute))
    while_it_fails = open_alerts()
    given(monkeypatch, failed_view=lambda look: {"one": 0.0})
    for minute in range(8, 12):
        look_at_everything(at(minute))

    assert (while_it_fails, open_alerts()) == ([("failed_view", "one"), ("unmeasured", "failed_view")], [])


def test_without_valkey_what_only_valkey_knows_stays_as_it_is(monkeypatch):
    away = ThreadedValkey("unix:///nowhere/valkey.sock")
    look_for(BY_NAME["full_stream"], 1, {"bar.a": 0.95})
    for module in ("realtime.monitor", "realtime.timings", "realtime.relay_status", "config.alerts.measuring"):
        monkeypatch.setattr(f"{module}.valkey", away)

    for minute in range(2, 6):
        look_at_everything(at(minute))

    assert [one for one in open_alerts() if one[0] in ("full_stream", "unmeasured")] == [("full_stream", "bar.a")]


def test_an_alert_of_a_rule_that_is_no_more_ends(monkeypatch):
    given(monkeypatch)
    Alert.objects.create(rule="of_last_year", value=1, since=NOON, opened_at=NOON)
    Alert.objects.create(rule="never_opened", value=1, since=NOON)

    look_at_everything(at(1))

    assert list(Alert.objects.values_list("rule", "ended_at")) == [("of_last_year", at(1))]


def test_every_rule_can_be_evaluated_on_the_real_servers():
    look = Look(timezone.now())

    assert [rule.name for rule in RULES if not isinstance(rule.measure(look), dict)] == []


def test_every_rule_can_be_evaluated_by_the_role_of_the_application():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE bartender_app")

    assert look_at_everything(NOON)
    assert list(Alert.objects.filter(rule="unmeasured")) == []


# Words


def test_every_rule_has_its_heading_in_the_runbook_and_no_heading_is_left_over():
    assert list(runbook()) == [rule.heading for rule in BY_NAME.values()]
    assert [name for name, text in runbook().items() if "\nDo: " not in text] == []


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        (Unit.SECONDS, 1.5, "1,5 s"),
        (Unit.HOURS, 26.5, "26,5 h"),
        (Unit.SHARE, 0.8333, "83,3 %"),
        (Unit.COUNT, 3.0, "3"),
        (Unit.STATE, 1.0, ""),
    ],
)
def test_a_figure_is_written_with_its_unit(unit, value, words):
    assert figure(replace(CPU, unit=unit), value) == words


def test_a_bar_is_called_by_its_name_in_both_languages(bar):
    alert = Alert.objects.create(rule="full_stream", subject=f"bar.{bar.pk}", value=28 / 30, since=NOON, opened_at=NOON)

    payload = as_payload(Notice(alert=alert, about="opened", way="webhook", due_since=NOON))

    assert [bar.name in payload["texts"][one] for one in ("fr", "en")] == [True, True]
    assert payload["texts"]["en"].endswith("Ask the bar which screens it can close.")
    assert payload["texts"]["fr"].endswith("Demandez au bar quels écrans il peut fermer.")
    assert (payload["text"], payload["runbook"]) == (payload["texts"]["fr"], "docs/runbook.md#full-stream")


# The page


@pytest.mark.usefixtures("looked_just_now")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_shows_open_alerts_first_with_what_to_do(language, desk, bar):
    Alert.objects.create(rule="no_relay", value=0, since=NOON, opened_at=NOON, ended_at=at(9))
    Alert.objects.create(rule="full_stream", subject=f"bar.{bar.pk}", value=28 / 30, since=NOON, opened_at=NOON)
    Alert.objects.create(rule="database_cpu", value=0.9, since=NOON)

    answer = desk.get(reverse("office_alerts"), headers={"Accept-Language": language})

    shown = [[one.rule for one in answer.context[part]] for part in ("open", "over")]
    assert (shown, answer.context["is_late"]) == ([["full_stream"], ["no_relay"]], False)
    page = answer.content.decode()
    assert page.index(bar.name) < page.index({"fr": "Démarrez un relais", "en": "Start a relay"}[language])
    assert {"fr": "93,3 %", "en": "93.3 %"}[language] in page


def test_the_page_shows_the_last_hundred(desk):
    ours = {"rule": "errors", "value": 1, "since": NOON, "opened_at": NOON}
    Alert.objects.bulk_create(Alert(subject=str(n), ended_at=at(n), **ours) for n in range(MOST + 1))

    over = desk.get(reverse("office_alerts")).context["over"]

    assert [one.name for one in over] == [str(n) for n in range(MOST, 0, -1)]


@pytest.mark.parametrize(("ago", "is_late"), [(2, False), (4, True)])
def test_the_page_says_when_nobody_looks(ago, is_late, desk, looked_just_now):
    moment = timezone.now() - timedelta(minutes=ago)
    valkey.ask(lambda client: client.set(key(*looking.LOOKED), moment.isoformat()))

    answer = desk.get(reverse("office_alerts"), headers={"Accept-Language": "en"})
    said = answer.content.decode()

    assert answer.context["is_late"] is is_late
    assert ("None: all is well." in said, "None that is known of" in said) == (not is_late, is_late)


def test_the_page_never_shows_where_alerts_go(desk, settings):
    settings.ALERT_EMAILS, settings.ALERT_WEBHOOK = ["op@example.com"], "https://example.com/hook/secret"

    page = desk.get(reverse("office_alerts"), headers={"Accept-Language": "en"}).content.decode()

    assert ("1 address is written to." in page, "posted to the webhook" in page) == (True, True)
    assert re.search("example.com", page) is None


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_however_many_there_are(count, desk, django_assert_num_queries):
    for number in range(count):
        bar = factories.bar(f"Bar {number}")
        Alert.objects.create(rule="full_stream", subject=f"bar.{bar.pk}", value=1, since=NOON, opened_at=NOON)

    with django_assert_num_queries(5):
        desk.get(reverse("office_alerts"))


def test_the_platform_shows_how_many_are_open(desk):
    for subject in ("one", "two"):
        Alert.objects.create(rule="old_view", subject=subject, value=1, since=NOON, opened_at=NOON)
    Alert.objects.create(rule="errors", value=1, since=NOON)
    Alert.objects.create(rule="storage", value=1, since=NOON, opened_at=NOON, ended_at=at(1))

    shown = desk.get(reverse("platform"), headers={"Accept-Language": "en"}).content.decode()

    assert f'<a class="button" href="{reverse("office_alerts")}">2 open alerts</a>' in shown


def test_the_unmeasured_rule_is_no_rule_that_is_measured():
    assert UNMEASURED not in RULES
    assert settings.BASE_DIR.joinpath("docs/runbook.md").exists()
    assert Client().get(reverse("office_alerts")).status_code == 302
