"""What the triggers of the application publish."""

import json

import pgtrigger
import pytest

from realtime.events import SystemAlerted
from realtime.streams import registry
from realtime.triggers import Publish
from sales.models import Sale
from stats.models import Match, Tournament
from stock.models import Product
from stock.services.shelf import OutOfStock
from tests import factories
from tests.realtime.numbering import logged, read
from tests.trading import talk_once, trade_once

SAID_BY_PEOPLE = {SystemAlerted}
ON_THE_TOPIC_OF_THEIR_FACT = ("notification.created", "notification.resolved")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def one_of_each(koffi):
    """Each trigger of the application has fired."""
    trade_once(koffi)
    talk_once(koffi)


@pytest.mark.usefixtures("one_of_each")
def test_every_declared_event_is_published_and_validates(bar, koffi):
    cups, matches = Tournament.objects.filter(bar=bar), Match.objects.filter(bar=bar)
    streams = [f"bar.{bar.pk}", f"user.{koffi.user_id}"]
    streams += [f"tournament.{cup.pk}" for cup in cups] + [f"match.{match.pk}" for match in matches]
    rows = read("SELECT type, topic, data::text FROM realtime_event WHERE stream = ANY(%s)", streams)

    for type_, topic, data in rows:
        event = registry.events[type_].model_validate_json(data, strict=True)
        assert json.loads(event.model_dump_json()) == json.loads(data)
        assert topic == event.topic or type_ in ON_THE_TOPIC_OF_THEIR_FACT
    assert {type_ for type_, _, _ in rows} == set(registry.events) - {event.type for event in SAID_BY_PEOPLE}


def test_i11_every_declared_event_has_a_trigger_that_publishes_it():
    published = {trigger.event for _, trigger in pgtrigger.registered() if isinstance(trigger, Publish)}

    assert published == set(registry.events.values()) - SAID_BY_PEOPLE


@pytest.mark.parametrize("seller", ["awa", "koffi"])
def test_a_seller_hears_of_the_own_sale_on_the_own_stream(seller, request, bar, yao, beer):
    member = request.getfixturevalue(seller)

    sale = factories.sale(member, {beer.pk: 2})

    told = {"sale": str(sale.pk), "status": sale.status, "total": 2000}
    assert [(t, json.loads(d)) for _, t, d in logged(f"user.{member.user_id}")[2:]] == [("sale.created", told)]
    assert [json.loads(d) for _, t, d in logged(f"bar.{bar.pk}") if t == "sale.created"] == [told]
    assert [t for _, t, _ in logged(f"user.{yao.user_id}")] == ["user.registered", "access.changed"]


def test_a_refused_sale_leaves_no_event(bar, koffi, beer):
    before = logged(f"bar.{bar.pk}"), logged(f"user.{koffi.user_id}")

    with pytest.raises(OutOfStock):
        factories.sale(koffi, {beer.pk: 25})

    assert (logged(f"bar.{bar.pk}"), logged(f"user.{koffi.user_id}")) == before


def test_a_sale_that_changes_nothing_but_its_row_is_silent(bar, koffi, beer):
    sale = factories.sale(koffi, {beer.pk: 1})
    before = logged(f"bar.{bar.pk}")

    Sale.objects.filter(pk=sale.pk).update(status=sale.status)
    Product.objects.filter(pk=beer.pk).update(price=1000, alert_threshold=beer.alert_threshold)

    assert logged(f"bar.{bar.pk}") == before
