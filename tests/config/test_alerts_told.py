"""Alerts are told once when they open and once when they end, by e-mail and webhook; late where it can't be at once."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured

from config.alerts import looking, telling
from config.alerts.looking import look_at_everything
from config.alerts.rules import BY_NAME
from config.models import Alert, Notice
from config.tasks import look_at_alerts
from config.webhooks import checked_webhook
from tests.config.watching import NOON, at, listening
from tests.sessions import session, together

TEN_MINUTES = range(10)


@pytest.fixture
def webhook(settings, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with listening() as webhook:
        settings.ALERT_WEBHOOK = webhook.url
        yield webhook


@pytest.fixture
def by_mail(settings):
    settings.ALERT_EMAILS = ["op@example.com", "boss@example.com"]


@pytest.fixture
def failing(monkeypatch):
    """A view whose refresh fails for the first five minutes: open after one, over after seven."""

    def measure(look):
        return {"daily_sales_summary": float(look.now < at(5))}

    monkeypatch.setattr(looking, "RULES", (replace(BY_NAME["failed_view"], measure=measure),))


def told_by_mail():
    return [one.subject for one in mail.outbox]


@pytest.mark.django_db
@pytest.mark.usefixtures("failing", "by_mail")
def test_an_alert_is_told_once_when_it_opens_and_once_when_it_ends(webhook):
    for minute in TEN_MINUTES:
        look_at_everything(at(minute))

    assert told_by_mail() == [
        "BarTender – Alerte – Le rafraîchissement d’une vue échoue, daily_sales_summary",
        "BarTender – Terminé – Le rafraîchissement d’une vue échoue, daily_sales_summary",
    ]
    assert webhook.told == [("failed_view", "opened"), ("failed_view", "ended")]
    assert (mail.outbox[0].to, mail.outbox[0].from_email) == (
        ["op@example.com", "boss@example.com"],
        "bartender@localhost",
    )
    assert all(
        words in mail.outbox[0].body for words in ("rafraîchissez la vue", "refresh it there", "runbook.md#failed-view")
    )
    assert [(one["since"], one["ended_at"]) for one in webhook.heard] == [
        (NOON.isoformat(), None),
        (NOON.isoformat(), at(7).isoformat()),
    ]


@pytest.mark.django_db
@pytest.mark.usefixtures("failing")
def test_where_nothing_is_configured_an_alert_is_shown_and_told_nobody():
    for minute in TEN_MINUTES:
        look_at_everything(at(minute))

    assert (Alert.objects.count(), Notice.objects.count(), mail.outbox) == (1, 0, [])


@pytest.mark.django_db
@pytest.mark.usefixtures("failing")
def test_who_was_not_told_of_the_opening_is_not_told_of_the_end(webhook, settings):
    for minute in TEN_MINUTES:
        settings.ALERT_EMAILS = ["op@example.com"] if minute > 3 else []
        look_at_everything(at(minute))

    assert (told_by_mail(), webhook.told) == ([], [("failed_view", "opened"), ("failed_view", "ended")])


@pytest.mark.django_db
@pytest.mark.usefixtures("failing", "by_mail")
@pytest.mark.parametrize("answer", [500, 302, 404])
def test_a_webhook_that_is_down_is_told_late_but_once_and_mail_does_not_wait_for_it(answer, webhook):
    webhook.status = answer
    for minute in range(9):
        look_at_everything(at(minute))
    before = (webhook.told, len(mail.outbox), list(Notice.objects.filter(told_at=None).values_list("tries", flat=True)))
    webhook.status = 204
    for minute in range(9, 15):
        look_at_everything(at(minute))

    assert before == ([], 2, [8, 0])  # the end waits behind the opening
    assert (webhook.told, len(mail.outbox)) == ([("failed_view", "opened"), ("failed_view", "ended")], 2)


@pytest.mark.django_db
@pytest.mark.usefixtures("failing")
def test_a_webhook_that_is_gone_holds_up_nothing_and_is_never_written_down(settings, caplog):
    caplog.set_level(logging.DEBUG)
    settings.ALERT_WEBHOOK = "http://127.0.0.1:9/secret-of-ours"  # nobody listens there

    answers = [look_at_everything(at(minute)) for minute in range(3)]

    assert (answers, Notice.objects.get().tries) == ([True] * 3, 2)
    assert ("could not be told by webhook: ConnectError" in caplog.text, "secret-of-ours" in caplog.text) == (
        True,
        False,
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("failing")
def test_a_webhook_that_answers_is_never_written_down_either(webhook, caplog):
    caplog.set_level(logging.DEBUG)

    look_at_everything(NOON), look_at_everything(at(1))

    assert (webhook.told, "secret-of-ours" in caplog.text) == ([("failed_view", "opened")], False)


@pytest.mark.django_db
@pytest.mark.usefixtures("failing")
def test_what_could_not_be_told_for_a_day_is_news_to_nobody(webhook):
    webhook.status = 500
    for minute in range(3):
        look_at_everything(at(minute))
    webhook.status = 204

    telling.tell(at(1) + timedelta(hours=24))
    late = list(webhook.told)
    telling.tell(at(1) + timedelta(hours=23, minutes=59))

    assert (late, webhook.told) == ([], [("failed_view", "opened")])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize(("look", "is_told_once"), [(telling.tell, False), (look_at_everything, True)])
def test_looks_at_once_tell_once_because_only_one_goes_on(look, is_told_once, webhook):
    webhook.status = 500
    for minute in range(2):
        look_at_everything(at(minute))
    webhook.status, webhook.pause = 204, 1.0  # long enough for all of them to read what is due

    together(*[lambda: look(at(2))] * 4)

    assert (len(webhook.told) == 1, Alert.objects.count()) == (is_told_once, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("failing", "by_mail")
def test_a_look_does_nothing_while_another_is_under_way():
    with session() as other:
        other.execute(looking.BEGIN)
        held = [look_at_alerts() for _ in range(2)]
        other.execute(looking.END)
    free = look_at_alerts()

    assert (held, free) == ([False, False], True)


# Where to


@pytest.mark.parametrize(
    "url", ["", "https://example.com/hook", "http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]:80/x"]
)
def test_alerts_may_be_posted_there(url):
    assert checked_webhook(url) == url


@pytest.mark.parametrize(
    "url",
    ["http://example.com/secret", "http://127.0.0.1.example.com/secret", "ftp://localhost/secret", "secret", "https:///secret",
     "http://10.0.0.1/secret", "https://[secret"],
)  # fmt: skip
def test_alerts_are_posted_nowhere_else_and_the_refusal_does_not_repeat_the_address(url):
    with pytest.raises(ImproperlyConfigured) as refusal:
        checked_webhook(url)

    assert "secret" not in str(refusal.value)
