"""Sales made while there was no network have been drunk: none is lost, and none takes what is not there."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from bars.models import Bar, Member
from bars.permissions import permissions_of
from realtime.errors import NotAllowed
from sales.models import Line, Sale, Settlement
from sales.services.deciding import reject, validate
from sales.services.selling import DiscountTooHigh, KeyReused, TabNotOpen, UnknownSeller, sell
from sales.services.tabs import Payment, settle_tab
from stock.models import Movement, Price, Product
from stock.services.shelf import OutOfStock, UnknownProduct
from tests import factories
from tests.books import books, shelf

HOUR = timedelta(hours=1)


def sold_offline(member, quantities, *, ago=HOUR, **fields):
    now = timezone.now()
    return sell(member, factories.basket(quantities, sold_at=now - ago, **fields), at=now)


def review_of(sale):
    """What the stored sale says is to be looked at, by kind."""
    sale.refresh_from_db()
    return sale.status, sale.review


@pytest.mark.parametrize(("seller", "status", "left"), [("koffi", "validated", (22, 0)), ("awa", "pending", (24, 2))])
def test_an_offline_sale_with_nothing_against_it_is_like_any_other(seller, status, left, request, beer):
    member = request.getfixturevalue(seller)

    sale = sold_offline(member, {beer.pk: 2}).sale

    assert (sale.status, sale.origin, sale.review, shelf(beer)) == (status, Sale.Origin.OFFLINE, None, [left])
    assert timedelta(minutes=59) < timezone.now() - sale.occurred_at < timedelta(minutes=61)


@pytest.mark.parametrize("seller", ["koffi", "awa"])
def test_i33_short_stock_makes_it_need_review_and_moves_nothing(seller, request, beer, coke):
    member = request.getfixturevalue(seller)

    sale = sold_offline(member, {beer.pk: 25, coke.pk: 1}).sale

    short = {"product": str(beer.pk), "name": "Beaufort", "wanted": 25, "available": 24}
    assert review_of(sale) == (Sale.Status.NEEDS_REVIEW, {"short": [short]})
    assert (shelf(beer, coke), Movement.objects.filter(cause_id=sale.pk).count()) == ([(24, 0), (12, 0)], 0)
    assert Line.objects.filter(sale=sale).count() == 2


def test_what_others_hold_is_not_there_for_an_offline_sale(awa, koffi, beer):
    factories.sale(awa, {beer.pk: 20})

    sale = sold_offline(koffi, {beer.pk: 5}).sale

    assert (sale.status, shelf(beer)) == (Sale.Status.NEEDS_REVIEW, [(24, 20)])


@pytest.mark.parametrize("price", [1000, 1100, 1200])
def test_every_price_within_the_offline_window_counts(price, koffi, beer):
    """1000 held when the window began, 1100 came in it, 1200 is the price of now."""
    Bar.objects.filter(pk=koffi.bar_id).update(offline_hours=10)
    koffi.bar.refresh_from_db()
    now = timezone.now()
    Price.objects.create(bar=beer.bar, product=beer, price=1000, since=now - 20 * HOUR)
    Price.objects.create(bar=beer.bar, product=beer, price=1100, since=now - 5 * HOUR)
    Product.objects.filter(pk=beer.pk).update(price=1200)

    sale = sold_offline(koffi, {beer.pk: 2}, prices={beer.pk: price}).sale

    assert (sale.status, sale.total) == (Sale.Status.VALIDATED, 2 * price)
    assert Line.objects.get(sale=sale).unit_price == price


def test_a_price_that_the_shelf_has_never_asked_needs_review_and_stays_what_was_paid(koffi, beer):
    sale = sold_offline(koffi, {beer.pk: 2}, prices={beer.pk: 999}).sale

    strange = {"product": str(beer.pk), "name": "Beaufort", "price": 1000, "asked": 999}
    assert review_of(sale) == (Sale.Status.NEEDS_REVIEW, {"prices": [strange]})
    assert (sale.total, Line.objects.get().unit_price, shelf(beer)) == (1998, 999, [(24, 0)])


def test_a_price_of_before_the_window_needs_review(koffi, bar):
    flag = Product.objects.create(bar=bar, category=factories.product(bar, "Coca").category, name="Flag", price=700)
    now = timezone.now()
    old = Price.objects.create(bar=bar, product=flag, price=500, since=now - 200 * HOUR)
    Price.objects.create(bar=bar, product=flag, price=600, since=now - 100 * HOUR)

    sale = sold_offline(koffi, {flag.pk: 1}, prices={flag.pk: old.price}).sale

    assert sale.status == Sale.Status.NEEDS_REVIEW
    assert [one["asked"] for one in sale.review["prices"]] == [500]


@pytest.mark.parametrize(
    "ago",
    [73 * HOUR, 10_000 * HOUR, timedelta(minutes=-10), timedelta(days=-4000)],
    ids=["older than the window", "a year and more", "ten minutes ahead", "ten years ahead"],
)
def test_f27_a_time_that_can_not_be_needs_review_and_is_not_believed(ago, koffi, beer):
    before = timezone.now()

    sale = sold_offline(koffi, {beer.pk: 1}, ago=ago).sale

    assert (sale.status, list(sale.review), shelf(beer)) == (Sale.Status.NEEDS_REVIEW, ["time"], [(24, 0)])
    assert before <= sale.occurred_at <= timezone.now()


@pytest.mark.parametrize("ago", [72 * HOUR - timedelta(minutes=1), timedelta(minutes=-3)])
def test_i20_a_time_within_the_window_is_believed(ago, koffi, beer):
    sale = sold_offline(koffi, {beer.pk: 1}, ago=ago).sale

    assert (sale.status, sale.review) == (Sale.Status.VALIDATED, None)
    assert abs(timezone.now() - ago - sale.occurred_at) < timedelta(minutes=1)


@pytest.mark.parametrize("seconds", range(-2, 3))
@pytest.mark.parametrize("edge", [timedelta(hours=720), timedelta(minutes=-5), timedelta(minutes=-4)])
def test_i20_at_the_edges_of_what_the_database_allows_nothing_is_lost(edge, seconds, koffi, beer):
    Bar.objects.filter(pk=koffi.bar_id).update(offline_hours=720)
    koffi.bar.refresh_from_db()

    sale = sold_offline(koffi, {beer.pk: 1}, ago=edge + timedelta(seconds=seconds)).sale

    assert sale.status in (Sale.Status.VALIDATED, Sale.Status.NEEDS_REVIEW)


@pytest.mark.parametrize(
    ("ago", "constraint"),
    [
        (-timedelta(minutes=6), "no_sale_comes_from_the_future"),
        (721 * HOUR, "no_sale_is_older_than_a_phone_may_be_offline"),
    ],
)
def test_i20_a_moment_that_can_not_be_is_refused_by_the_database_too(ago, constraint, koffi):
    row = {"bar": koffi.bar, "fingerprint": "0" * 64, "status": "validated", "mode": "full", "payment": "cash"}
    row |= {"paid_with": "cash", "total": 0, "origin": "offline", "sold_by": koffi.user, "created_by": koffi.user}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Sale.objects.create(key=uuid.uuid4(), occurred_at=timezone.now() - ago, **row)

    assert Sale.objects.count() == 0


def test_the_farthest_moments_are_not_believed_either(koffi, beer):
    moments = [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]

    sales = [sell(koffi, factories.basket({beer.pk: 1}, sold_at=moment), at=timezone.now()).sale for moment in moments]

    assert [(sale.status, list(sale.review)) for sale in sales] == [(Sale.Status.NEEDS_REVIEW, ["time"])] * 2


@pytest.mark.parametrize(("seller", "discount", "status"), [("koffi", 200, "validated"), ("koffi", 201, "needs_review"),
                                                            ("koffi", 1000, "needs_review"),
                                                            ("awa", 1, "needs_review")])  # fmt: skip
def test_a_discount_that_was_not_allowed_needs_review(seller, discount, status, request, beer):
    sale = sold_offline(request.getfixturevalue(seller), {beer.pk: 1}, discount=discount).sale

    assert (sale.status, sale.total) == (status, 1000 - discount)
    assert (sale.review or {}).get("discount", 0) == (discount if status == "needs_review" else 0)


def test_a_discount_above_the_sum_is_refused(koffi, beer):
    before = books()

    with pytest.raises(DiscountTooHigh) as refusal:
        sold_offline(koffi, {beer.pk: 2}, discount=2001)

    assert (refusal.value.data, books()) == ({"most": 2000}, before)


def test_a_tab_that_was_settled_meanwhile_makes_it_need_review(koffi, beer):
    tab = factories.tab(koffi)
    settle_tab(koffi, tab.pk, Payment(key=uuid.uuid4(), payment=Settlement.Payment.CASH), at=timezone.now())

    sale = sold_offline(koffi, {beer.pk: 1}, payment=Sale.Payment.TAB, tab=tab.pk).sale

    assert review_of(sale) == (Sale.Status.NEEDS_REVIEW, {"tab": "settled"})
    assert shelf(beer) == [(24, 0)]


def test_in_simplified_mode_what_a_waiter_sold_offline_needs_review(awa, koffi, beer):
    Bar.objects.filter(pk=awa.bar_id).update(mode=Bar.Mode.SIMPLIFIED)
    awa.bar.refresh_from_db()

    sale = sold_offline(awa, {beer.pk: 1}).sale

    assert (sale.status, list(sale.review), sale.mode) == (Sale.Status.NEEDS_REVIEW, ["seller"], "simplified")
    assert validate(koffi, sale.pk).sold_by_id == awa.user_id


def test_everything_that_speaks_against_a_sale_is_told_at_once(awa, beer):
    sale = sold_offline(awa, {beer.pk: 25}, ago=100 * HOUR, prices={beer.pk: 1}, discount=1).sale

    assert sorted(sale.review) == ["discount", "prices", "short", "time"]


REFUSED = {
    "an unknown product": (UnknownProduct, lambda koffi, beer, theirs: {"quantities": {koffi.pk: 1}}),
    "another bar's product": (UnknownProduct, lambda koffi, beer, theirs: {"quantities": {theirs.pk: 1}}),
    "another bar's tab": (TabNotOpen, lambda koffi, beer, theirs: {"payment": Sale.Payment.TAB, "tab": koffi.pk}),
    "a stranger as seller": (UnknownSeller, lambda koffi, beer, theirs: {"sold_by": theirs.pk}),
}


@pytest.mark.parametrize(("problem", "fields"), REFUSED.values(), ids=REFUSED)
def test_only_what_can_not_be_written_is_refused(problem, fields, koffi, beer, other_bar):
    theirs = factories.product(other_bar, "Flag")
    before = books()
    asked = {"quantities": {beer.pk: 1}} | fields(koffi, beer, theirs)

    with pytest.raises(problem):
        sold_offline(koffi, **asked)

    assert books() == before


def test_a_waiter_sells_offline_under_the_own_name_only(awa, koffi, beer):
    before = books()

    with pytest.raises(NotAllowed):
        sold_offline(awa, {beer.pk: 1}, sold_by=koffi.user_id)

    assert books() == before


def test_who_has_left_may_have_sold_before(awa, koffi, beer):
    Member.objects.filter(pk=awa.pk).update(is_active=False)

    sale = sold_offline(koffi, {beer.pk: 1}, sold_by=awa.user_id).sale

    assert (sale.sold_by_id, sale.created_by_id) == (awa.user_id, koffi.user_id)
    with pytest.raises(UnknownSeller):
        factories.sale(koffi, {beer.pk: 1}, sold_by=awa.user_id)


def test_what_is_off_sale_now_was_on_sale_then(koffi, beer):
    Product.objects.filter(pk=beer.pk).update(is_active=False)

    assert sold_offline(koffi, {beer.pk: 1}).sale.status == Sale.Status.VALIDATED
    with pytest.raises(UnknownProduct):
        factories.sale(koffi, {beer.pk: 1})


@pytest.mark.parametrize("quantity", [1, 25])
def test_a_sale_that_arrives_again_is_the_same_sale(quantity, koffi, beer):
    """The phone tried it online, didn't hear the answer, and kept it; or sends its queue twice."""
    basket = factories.basket({beer.pk: quantity})
    if quantity == 1:
        first = sell(koffi, basket, at=timezone.now())
    else:
        with pytest.raises(OutOfStock):
            sell(koffi, basket, at=timezone.now())
        first = sell(koffi, basket.kept_since(timezone.now()), at=timezone.now())
    before = books()

    again = sell(koffi, basket.kept_since(timezone.now()), at=timezone.now())

    assert (again.sale.pk, again.is_replay, books()) == (first.sale.pk, True, before)
    with pytest.raises(KeyReused):
        sold_offline(koffi, {beer.pk: 2}, key=basket.key)


def test_a_reviewed_sale_that_was_rejected_has_never_touched_the_shelf(koffi, beer):
    sale = sold_offline(koffi, {beer.pk: 25}).sale

    reject(koffi, sale.pk, reason="typed twice")

    assert (shelf(beer), Movement.objects.filter(cause_id=sale.pk).count()) == ([(24, 0)], 0)


def test_the_role_that_sells_nothing_is_a_waiter_on_one_device():
    """Guards the test above: nobody else lacks `sell`."""
    assert [role for role in Member.Role.values if "sell" not in permissions_of(role, "simplified")] == ["waiter"]
    assert [role for role in Member.Role.values if "sell" not in permissions_of(role, "full")] == []
