"""Made-up customers: they buy what there is, from who may sell it."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bars.models import Bar, Member
from sales.models import Line, Sale
from sales.simulation import CantSimulate, Crowd, find_bars
from stock.models import Product
from tests import factories
from tests.books import books
from tests.settling import settle
from tests.stack import ROOT, url_of_test_database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def buy(crowd, customers):
    """How many of these customers went home with a drink."""
    return sum(crowd.buy(NOON) for _ in range(customers))


def left():
    return sum(stock - reserved for stock, reserved in Product.objects.values_list("stock", "reserved"))


@pytest.fixture
def many_beers(bar):
    return [factories.product(bar, f"Beer {number}", price=700, stock=1000) for number in range(5)]


def test_customers_buy_from_everybody_who_may_sell(awa, koffi, yao, many_beers, bar):
    crowd = Crowd([bar], seed=1)

    assert buy(crowd, 30) == 30
    assert (crowd.sold, crowd.refused, Sale.objects.count()) == (30, 0, 30)
    assert set(Sale.objects.values_list("sold_by__username", flat=True)) == {"awa", "koffi", "yao"}
    assert set(Sale.objects.values_list("status", flat=True)) == {"validated", "pending"}
    assert len(set(Line.objects.values_list("quantity", flat=True))) > 1


def test_in_a_simplified_bar_waiters_are_left_out(awa, koffi, many_beers, bar):
    Bar.objects.filter(pk=bar.pk).update(mode="simplified")

    buy(Crowd([Bar.objects.get(pk=bar.pk)], seed=1), 20)

    assert set(Sale.objects.values_list("sold_by__username", flat=True)) == {"koffi"}


def test_people_who_have_left_do_not_sell(awa, koffi, many_beers, bar):
    Member.objects.filter(user=koffi.user).update(is_active=False)

    buy(Crowd([bar], seed=1), 20)

    assert set(Sale.objects.values_list("sold_by__username", flat=True)) == {"awa"}


def test_the_same_seed_wishes_the_same(koffi, bar):
    factories.product(bar, "Beaufort", stock=10_000)
    wishes = []
    for _ in range(2):
        first = Line.objects.count()
        buy(Crowd([bar], seed=7), 10)
        wishes.append(list(Line.objects.order_by("id").values_list("quantity", flat=True)[first:]))

    assert wishes[0] == wishes[1]


def test_where_a_product_runs_short_another_is_chosen(koffi, bar, beer):
    scarce = factories.product(bar, "Scarce", stock=1)
    crowd = Crowd([bar], seed=3)

    sold = buy(crowd, 12)

    scarce.refresh_from_db()
    assert sold == crowd.sold == Sale.objects.count()
    assert crowd.refused > 0
    assert scarce.stock == 0


def test_a_dry_bar_sells_nothing_more_and_nothing_below_zero(koffi, beer, coke, bar):
    crowd = Crowd([bar], seed=5)

    buy(crowd, 200)

    assert (crowd.is_dry, crowd.buy(NOON), left()) == (True, False, 0)
    assert Sale.objects.count() == crowd.sold


def test_what_comes_in_meanwhile_is_sold_after_another_look(koffi, bar, beer):
    crowd = Crowd([bar], seed=5)
    buy(crowd, 200)
    factories.product(bar, "Delivered", stock=50)
    before = crowd.buy(NOON)

    crowd.look_again()

    assert (before, crowd.buy(NOON)) == (False, True)


def test_a_price_that_has_changed_is_asked_again(koffi, bar, beer):
    crowd = Crowd([bar], seed=1)
    Product.objects.filter(pk=beer.pk).update(price=1200)

    assert (crowd.buy(NOON), crowd.refused) == (True, 1)
    assert Line.objects.get().unit_price == 1200


def test_a_product_taken_off_sale_is_left_alone(koffi, bar, beer, coke):
    crowd = Crowd([bar], seed=1)
    Product.objects.filter(pk=beer.pk).update(is_active=False)

    buy(crowd, 10)

    assert set(Line.objects.values_list("name", flat=True)) == {"Coca"}


def test_bars_are_named_by_their_slug_or_are_all(bar, other_bar):
    Bar.objects.create(name="Closed", slug="closed", is_active=False)

    assert find_bars([]) == sorted([bar, other_bar], key=lambda one: one.slug)
    assert find_bars([bar.slug, bar.slug]) == [bar]


def test_an_unknown_bar_is_answered_with_the_known_ones(bar):
    with pytest.raises(CantSimulate, match=f"There is no bar nowhere; there are {bar.slug}"):
        find_bars([bar.slug, "nowhere"])


def test_create_sales_sells_through_the_counter(koffi, many_beers, bar, capsys):
    call_command("create_sales", "--count", "7", "--bar", bar.slug)
    settle()

    assert capsys.readouterr().out == "Sold 7 of 7 baskets in 1 bars; 0 were short of something.\n"
    assert bar.sales.validated().count() == 7
    assert bar.activity.sales_last_5min == 7


def test_create_sales_says_when_nothing_is_left(koffi, beer, bar):
    with pytest.raises(CommandError, match=r"^Sold \d+ of 500 baskets .* Nothing is left to sell\.$"):
        call_command("create_sales", count=500)

    assert left() == 0


def test_simulate_sales_says_each_second_how_it_goes(koffi, many_beers, bar, capsys):
    call_command("simulate_sales", interval=50, amount=2, duration=2, bars=bar.slug)

    *lines, summary = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert all("sales/s" in line and "load: " in line for line in lines)
    assert summary.startswith(f"Sold {Sale.objects.count()} baskets in 1 bars in 2.")
    assert Sale.objects.count() > 20


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["create_sales", "--count", "-1"], "Error: argument --count: -1 is not a whole number from 1 on"),
        (["create_sales", "--count", "0"], "Error: argument --count: 0 is not a whole number from 1 on"),
        (["create_sales", "--count", "ten"], "Error: argument --count: ten is not a whole number from 1 on"),
        (["create_sales", "--bar", "nowhere"], "There is no bar nowhere; there are chez-yao"),
        (["simulate_sales", "--interval", "0"], "Error: argument --interval: 0 is not a whole number from 1 on"),
        (["simulate_sales", "--amount", "0"], "Error: argument --amount: 0 is not a whole number from 1 on"),
        (["simulate_sales", "--duration", "0"], "Error: argument --duration: 0 is not a whole number from 1 on"),
        (["simulate_sales", "--bars", "chez-yao,"], "There is no bar ; there are chez-yao"),
        (["simulate_sales"], "Nobody may sell in chez-yao"),
    ],
)
def test_bad_input_is_refused_in_one_line(bar, beer, arguments, why):
    Bar.objects.filter(pk=bar.pk).update(slug="chez-yao")
    before = books()

    with pytest.raises(CommandError) as refused:
        call_command(*arguments)

    assert (str(refused.value), books()) == (why, before)


@pytest.mark.parametrize("command", ["create_sales", "simulate_sales"])
def test_without_any_bar_the_demo_is_offered(db, command):
    with pytest.raises(CommandError, match="There is no bar yet: add the demo with manage.py seed_demo"):
        call_command(command)


@pytest.mark.parametrize("command", ["create_sales", "simulate_sales"])
def test_real_books_are_not_spoilt_by_accident(koffi, beer, settings, command):
    settings.SECRET_KEY = "a secret of one's own"

    with pytest.raises(CommandError, match="This is no demo, it has a SECRET_KEY of its own: --even-here"):
        call_command(command)

    assert not Sale.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_ctrl_c_ends_a_simulation_with_its_summary():
    bar = factories.bar()
    factories.member(bar, "koffi", "manager")
    factories.product(bar, "Beaufort", stock=100_000)
    environment = os.environ | {"DATABASE_URL": url_of_test_database(), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "manage.py", "simulate_sales", "--interval", "5"]
    simulation = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        began = timezone.now()
        first, second = simulation.stdout.readline(), simulation.stdout.readline()
        simulation.send_signal(signal.SIGINT)
        rest, errors = simulation.communicate(timeout=20)
    finally:
        simulation.kill()

    assert ("sales/s" in first, "sales/s" in second, errors, simulation.returncode) == (True, True, "", 0)
    assert f"Sold {Sale.objects.count()} baskets in 1 bars" in rest.splitlines()[-1]
    assert Sale.objects.filter(occurred_at__gte=began).count() == Sale.objects.count() > 0
