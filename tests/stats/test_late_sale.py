"""Yesterday at eight in the evening a phone had no network. Its sale comes today, after all views were refreshed."""

import json
import uuid
from datetime import datetime, time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bars.business_day import business_date
from bars.invariants import all_invariants, check
from stats import services
from stats.models import BarActivity
from stats.queries import tonight
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def yesterday(bar):
    return business_date(timezone.now(), bar.zone, bar.closing_hour) - timedelta(days=1)


@pytest.fixture
def eight_pm(bar, yesterday):
    return datetime.combine(yesterday, time(20), bar.zone)


@pytest.fixture
def evening(bar, koffi, beer, eight_pm):
    """Two beers were sold in time, and every view has counted them."""
    factories.sale(koffi, {beer.pk: 2}, at=eight_pm)
    assert [log.error for log in services.refresh_views(*services.VIEWS)] == [""] * len(services.VIEWS)
    return bar


@pytest.fixture
def desk(evening, koffi, beer, yesterday, eight_pm):
    """Koffi's, of that evening."""
    client = Client(headers=factories.bearer(koffi))
    client.force_login(koffi.user)
    client.bar, client.beer, client.day, client.at = f"/bars/{koffi.bar_id}", beer, yesterday, eight_pm
    return client


def send(desk):
    """Three beers, from the phone that is back."""
    lines = [{"product": str(desk.beer.pk), "quantity": 3}]
    body = {"sales": [{"key": str(uuid.uuid4()), "lines": lines, "sold_at": desk.at.isoformat()}]}
    [told] = desk.post(f"/api/v1{desk.bar}/sales/batch", json.dumps(body), "application/json").json()["results"]
    return told["sale"]["status"]


def table(desk, name, **asked):
    """The rows of a figure, each by the names of its columns."""
    told = desk.get(f"/api/v1{desk.bar}/figures/{name}", asked).json()
    return [dict(zip(told["columns"], row, strict=True)) for row in told["rows"]]


def screens(desk):
    """(sales, revenue) of a day as each screen tells it; a product's units are beside its revenue."""
    day = desk.day
    asked = {"from": day.isoformat(), "to": day.isoformat()}
    [by_day] = table(desk, "days", **asked)
    [product] = table(desk, "top_products", **asked)
    [payment] = table(desk, "payments", **asked)
    [sold_by] = table(desk, "sellers", **asked)
    eight = next(row for row in table(desk, "hours", **asked) if str(row["hour"]).startswith("20"))
    month = table(desk, "days", period="month", on=day.isoformat())
    history = desk.get(f"{desk.bar}/sales", {"on": day.isoformat()})
    preview = desk.get(f"/api/v1{desk.bar}/closes/preview", {"on": day.isoformat()}).json()
    return {
        "days": (by_day["sales"], by_day["revenue"]),
        "month": next((row["sales"], row["revenue"]) for row in month if row["business_date"] == day.isoformat()),
        "hours": (eight["sales"], eight["revenue"]),
        "payments": (payment["sales"], payment["revenue"]),
        "sellers": (sold_by["sales"], sold_by["revenue"]),
        "top products": (product["quantity"], product["revenue"]),
        "history": (history.context["total"], sum(sale.total for sale in history.context["sales"])),
        "close": (preview["sales"], preview["net"]),
    }


def expected(sales, units, revenue):
    names = ("days", "month", "hours", "payments", "sellers", "history", "close")
    return dict.fromkeys(names, (sales, revenue)) | {"top products": (units, revenue)}


def test_i26_a_late_sale_is_on_every_screen_with_its_commit(desk):
    """Nothing is refreshed in between; afterwards a refresh counts the same."""
    before = screens(desk)
    status = send(desk)
    at_once = screens(desk)
    services.refresh_views(*services.VIEWS)
    refreshed = screens(desk)

    assert (before, status) == (expected(1, 2, 2000), "validated")
    assert at_once == refreshed == expected(2, 5, 5000)
    assert not any(check(one).rows for one in all_invariants() if one.id == "I26")


def test_a_late_sale_is_no_sale_of_tonight_nor_of_the_last_hour(evening, desk):
    send(desk)
    told = tonight(evening)

    assert (told["sales"], told["revenue"], len(told["last_sales"])) == (0, 0, 2)
    assert not BarActivity.objects.filter(sales_last_hour__gt=0).exists()


def test_a_late_sale_that_is_cancelled_is_gone_at_once(evening, desk, yao):
    send(desk)
    newest = evening.sales.order_by("-id").first()
    owner = Client(headers=factories.bearer(yao))
    answer = owner.post(
        f"/api/v1{desk.bar}/sales/{newest.pk}/cancel", json.dumps({"reason": "twice"}), "application/json"
    )

    assert answer.status_code == 200, answer.content
    gone = expected(1, 2, 2000)
    assert screens(desk) == gone | {"history": (2, 5000)}  # which shows it, as cancelled
