import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from bars.invariants import verify
from bars.models import Bar, Member, User
from sales.demo import AKOSSIWA, BARS, LOGINS, PEOPLE, PLATEAU
from sales.evenings import Evenings
from sales.models import Sale
from sales.seeding import seed_demo
from stats import queries
from stock.models import Category, Movement, Product
from tests import factories
from tests.books import books
from tests.settling import settle

LATE = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # Friday; half past midnight in Porto-Novo
DAYS = [date(2026, 11, day) for day in range(6, 21)]
WALL_HOURS = {18, 19, 20, 21, 22, 23, 0, 1}


@pytest.fixture
def demo(db):
    seeded = seed_demo(now=LATE)
    settle()
    return seeded


def contents():
    return {
        "people": sorted(User.objects.values_list("username", "password")),
        "bars": sorted(Bar.objects.values_list("slug", "name")),
        "members": Member.objects.count(),
        "movements": Movement.objects.count(),
        "sales": sorted(Sale.objects.values_list("key", "total", "occurred_at", "business_date")),
    }


def test_the_demo_has_two_bars_an_hour_apart(demo):
    bars = Bar.objects.order_by("slug").values_list("name", "currency", "time_zone", "is_active")

    assert list(bars) == [
        ("Chez Mama Akossiwa", "XOF", "Africa/Porto-Novo", True),
        ("Le Maquis du Plateau", "XOF", "Africa/Abidjan", True),
    ]
    assert (demo.bars, demo.people, demo.products) == (2, len(PEOPLE), Product.objects.count())


@pytest.mark.parametrize("demo_bar", BARS, ids=lambda bar: bar.slug)
def test_each_bar_has_people_in_every_role(demo, demo_bar):
    roles = Counter(Member.objects.filter(bar__slug=demo_bar.slug).values_list("role", flat=True))

    assert roles == {"owner": 1, "co_owner": 1, "manager": 1, "waiter": 3}


def test_everybody_can_sign_in_with_what_is_printed(demo):
    people = [authenticate(username=name, password=password) for name, password, _ in LOGINS]

    assert [person.username for person in people] == [name for name, _, _ in PEOPLE]
    assert [person.username for person in people if person.is_superuser and person.is_staff] == ["operator"]
    assert [member.bar.name for member in people[0].memberships] == ["Chez Mama Akossiwa", "Le Maquis du Plateau"]


def test_the_shelves_are_in_the_order_of_the_menu(demo):
    categories = Category.objects.filter(bar__slug=PLATEAU.slug).values_list("name", flat=True)

    assert list(categories) == list(PLATEAU.menu)
    assert not Product.objects.filter(cost__gte=1, price=0).exists()
    assert all(product.cost < product.price for product in Product.objects.all())


def test_what_is_left_and_what_was_sold_came_with_an_opening_movement(demo):
    awooyo = Product.objects.get(name="Awooyo 65 cl")
    moved = Counter()
    for cause, quantity in awooyo.movements.values_list("cause", "quantity"):
        moved[cause] += quantity

    assert (awooyo.stock, awooyo.movements.filter(cause="opening").count()) == (92, 1)
    assert moved["opening"] == 92 - moved["sale"]
    assert moved["sale"] < 0


def test_some_drinks_run_low_and_some_are_out(demo):
    for bar in Bar.objects.all():
        settled = queries.tonight(bar)["low_stock"]
        assert 0 in {product["available"] for product in settled}
        assert len(settled) >= 3


@pytest.mark.parametrize("demo_bar", BARS, ids=lambda bar: bar.slug)
def test_two_weeks_of_evenings_and_tonight_were_sold(demo, demo_bar):
    bar = Bar.objects.get(slug=demo_bar.slug)
    sales = bar.sales.values_list("business_date", "occurred_at", "status")
    counts = Counter(day for day, _, _ in sales)

    assert sorted(counts) == DAYS
    assert {moment.astimezone(bar.zone).hour for day, moment, _ in sales if day < DAYS[-1]} == WALL_HOURS
    assert max(moment for _, moment, _ in sales) <= LATE
    assert {status for _, _, status in sales} == {"validated"}
    assert counts[date(2026, 11, 14)] > 1.5 * counts[date(2026, 11, 16)]  # Saturday, Monday


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(datetime(2026, 11, 20, 10, tzinfo=UTC), id="in the morning"),
        pytest.param(datetime(2026, 11, 20, 6, 10, tzinfo=UTC), id="just after the day has turned in one bar"),
        pytest.param(datetime(2026, 11, 20, 5, 1, tzinfo=UTC), id="just after it has turned in the other"),
        pytest.param(LATE, id="after midnight in one bar"),
    ],
)
def test_tonight_has_begun_whatever_the_hour(db, now):
    seed_demo(now=now)

    for bar in Bar.objects.all():
        latest = bar.sales.order_by("occurred_at").last()
        started = now - timedelta(hours=5)
        assert latest.occurred_at <= now
        assert bar.sales.filter(business_date=latest.business_date, occurred_at__gte=started).count() >= 3
        assert bar.sales.values("business_date").distinct().count() == len(DAYS)


def test_nobody_who_runs_a_bar_serves_in_it(demo):
    sellers = set(Sale.objects.filter(bar__slug=AKOSSIWA.slug).values_list("sold_by__username", flat=True))

    assert sellers == {"kossi", "afi", "komlan", "moussa"}


def test_the_same_seed_pours_the_same_evenings():
    def poured(seed):
        evenings = Evenings(random.Random(seed), thirst=(3, 1, 2), sellers=2, evening=20)
        return list(evenings.until(LATE, ZoneInfo("Africa/Abidjan"), days=2, closing_hour=6))

    assert poured("maquis") == poured("maquis")
    assert poured("maquis") != poured("bar")


def test_every_invariant_holds(demo):
    assert [finding.invariant.sentence for finding in verify() if finding.broken] == []


def test_a_second_run_adds_nothing_and_says_so(db, capsys):
    call_command("seed_demo")
    first = capsys.readouterr().out
    before = contents()

    call_command("seed_demo")

    assert capsys.readouterr().out == "The demo is already there: nothing was added.\n"
    assert contents() == before
    assert [f"  {name} / {password}: {who}" for name, password, who in LOGINS] == first.splitlines()[1:]


def test_a_database_with_people_of_its_own_is_left_alone(zoe):
    before = books(), contents()

    with pytest.raises(CommandError, match="This database has 1 users that are not the demo's: --force"):
        call_command("seed_demo")

    assert (books(), contents()) == before


def test_with_force_the_demo_stands_beside_them(zoe, capsys):
    call_command("seed_demo", force=True)

    assert Bar.objects.count() == 3
    assert capsys.readouterr().out.startswith("Added 2 bars, 11 people, ")


def test_a_person_of_the_same_name_is_never_taken_over(db):
    factories.user("koffi")
    before = contents()

    with pytest.raises(CommandError, match="There are already users called koffi: the demo can't be put beside them"):
        call_command("seed_demo", force=True)

    assert contents() == before
