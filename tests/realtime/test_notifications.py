"""What somebody should look at: told once while it lasts, to whoever may see it, and marked by each for themselves."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from bars.models import Member
from bars.streams import streams_of
from realtime import notifications
from realtime.models import Notification, NotificationMark
from realtime.tasks import forget_old_notifications
from sales.history import PastSale, record_history
from sales.models import Sale
from sales.services import deciding
from sales.services.selling import sell
from stock.models import Product
from stock.opening import NewProduct
from tests import factories
from tests.realtime.follower import Follower, sub
from tests.realtime.numbering import logged, read
from tests.sessions import session, together

pytestmark = pytest.mark.django_db(transaction=True)
TOLD = ("notification.created", "notification.resolved")


def of(bar):
    """The bar's notifications as they stand, oldest first: (kind, settled)."""
    rows = Notification.objects.filter(stream=f"bar.{bar.pk}").order_by("pk")
    return [(row.kind, row.resolved_at is not None) for row in rows]


def told(bar):
    return [type_ for _, type_, _ in logged(f"bar.{bar.pk}") if type_ in TOLD]


def client_of(member):
    return Client(headers=factories.bearer(member))


def bell(member):
    """As the API tells it, and as the pages do."""
    told = client_of(member).get("/api/v1/notifications/unread").json()["unread"]
    shown, _ = notifications.unread_at(member.user_id, streams_of(member.user))
    assert shown == told
    return told


def listed(member, **asked):
    return client_of(member).get("/api/v1/notifications", asked).json()


@pytest.fixture
def low(bar):
    """A notification that managers of the bar see."""
    notifications.notify(f"bar.{bar.pk}", "supplies", "stock_low", subject="flag", data='{"available": 2}')
    return Notification.objects.get()


# Low stock


def test_a_product_that_falls_to_its_threshold_is_told_once(bar, koffi, beer):
    """24 on the shelf, alert at 6: the seventeenth is silent, the eighteenth tells, the nineteenth says nothing new."""
    seen = []
    for count in (17, 1, 1):
        factories.sale(koffi, {beer.pk: count})
        seen.append(of(bar))

    assert seen == [[], [("stock_low", False)], [("stock_low", False)]]
    assert told(bar) == ["notification.created"]
    assert Notification.objects.get().data == {"product": str(beer.pk), "available": 6}


def test_a_delivery_settles_it_and_the_next_shortage_is_news_again(bar, koffi, beer):
    factories.sale(koffi, {beer.pk: 20})
    factories.supply(koffi, beer)
    Notification.objects.update(resolved_at=timezone.now() - timedelta(minutes=11))

    factories.sale(koffi, {beer.pk: 24})

    assert of(bar) == [("stock_low", True), ("stock_low", False)]


def test_a_stock_that_swings_around_its_threshold_rings_once(bar, koffi, yao, beer):
    """Sold and undone three times within minutes: one row, which stays read."""
    for _ in range(3):
        sale = factories.sale(koffi, {beer.pk: 20})
        notifications.read_all(yao.user_id, streams_of(yao.user))
        deciding.cancel(yao, sale.pk, reason="wrong table")
    factories.sale(koffi, {beer.pk: 20})

    assert (of(bar), bell(yao)) == ([("stock_low", False)], 0)


def test_validating_a_sale_on_a_low_shelf_is_not_news(bar, awa, koffi, beer):
    """What was held is given back before it is taken: in between the shelf looks fuller than it is."""
    sale = factories.sale(awa, {beer.pk: 20})
    before = [row for row in of(bar) if row[0] == "stock_low"]

    deciding.validate(koffi, sale.pk)

    assert [row for row in of(bar) if row[0] == "stock_low"] == before == [("stock_low", False)]
    assert [type_ for type_ in told(bar) if type_ == TOLD[0]] == [TOLD[0]] * 2  # and the pile of sales


@pytest.mark.parametrize("change", [{"alert_threshold": 30}, {"is_active": True, "alert_threshold": 24}])
def test_a_higher_threshold_tells_and_taking_it_off_the_till_settles(change, bar, beer):
    Product.objects.filter(pk=beer.pk).update(**change)
    first = of(bar)
    Product.objects.filter(pk=beer.pk).update(is_active=False)

    assert (first, of(bar)) == ([("stock_low", False)], [("stock_low", True)])


def test_c_a_change_by_psql_tells_too(bar, beer):
    with session() as psql:
        psql.execute("UPDATE stock_product SET alert_threshold = 24 WHERE id = %s", [beer.pk])

    assert of(bar) == [("stock_low", False)]


def past_sale(bar, seller, product, count):
    basket = factories.basket({product: count}, prices={product: 500})
    return PastSale(bar, seller, basket, timezone.now() - timedelta(days=400))


def test_an_import_of_the_past_tells_nobody(bar, yao, beer):
    """A new product that ends at nothing, and a known one that is low: neither rings. The control is a sale of now."""
    factories.sale(yao, {beer.pk: 20})
    new = NewProduct(id=uuid.uuid4(), bar_id=bar.pk, category="Vins", name="Valpierre", price=500, sku="V1", stock=0)
    before = of(bar), told(bar)

    record(yao, [new], [past_sale(bar, yao.user_id, pk, 5) for pk in (new.id, beer.pk) for _ in range(3)])

    assert (of(bar), told(bar)) == before
    assert Product.objects.get(pk=new.id).stock == 0
    factories.adjustment(yao, beer, 20)
    assert of(bar) == [("stock_low", True)]


def record(owner, products, sales):
    with transaction.atomic():
        record_history(products=products, sales=sales, by=owner.user_id)


# Sales that wait


def test_a_pile_of_pending_sales_is_one_notification_until_the_last_is_decided(bar, awa, koffi, beer):
    sales = [factories.sale(awa, {beer.pk: 1}) for _ in range(3)]
    piled = of(bar), Notification.objects.get().data
    for sale in sales:
        assert of(bar) == [("sale_pending", False)]
        deciding.validate(koffi, sale.pk)

    assert piled == ([("sale_pending", False)], {"count": 3})
    assert of(bar) == [("sale_pending", True)]
    assert told(bar) == ["notification.created", "notification.resolved"]


def test_the_next_pile_rings_again(bar, awa, koffi, beer):
    deciding.validate(koffi, factories.sale(awa, {beer.pk: 1}).pk)
    notifications.read_all(koffi.user_id, streams_of(koffi.user))

    factories.sale(awa, {beer.pk: 1})

    assert (of(bar), bell(koffi)) == ([("sale_pending", True), ("sale_pending", False)], 1)


def test_a_sale_that_comes_while_the_last_is_decided_is_never_forgotten(bar, awa, koffi, beer):
    """Both at the same moment, many times: a bell stands whenever something waits, and only then."""
    waiting = factories.sale(awa, {beer.pk: 1})
    for _ in range(8):
        sold = together(
            lambda: factories.sale(awa, {beer.pk: 1}),
            lambda sale=waiting: deciding.validate(koffi, sale.pk),
        )
        waiting = sold[0]
        assert [row for row in of(bar) if not row[1]] == [("sale_pending", False)]
    deciding.validate(koffi, waiting.pk)

    assert [row for row in of(bar) if not row[1]] == []


def test_each_offline_conflict_is_told_and_settles_when_it_is_decided(bar, koffi, yao, beer):
    now = timezone.now()
    baskets = [factories.basket({beer.pk: 30}).kept_since(now - timedelta(hours=1)) for _ in range(2)]
    sales = [sell(koffi, basket, at=now).sale for basket in baskets]
    conflicts = of(bar)
    deciding.reject(yao, sales[0].pk, reason="never happened")

    assert [sale.status for sale in sales] == [Sale.Status.NEEDS_REVIEW] * 2
    assert conflicts == [("sale_needs_review", False)] * 2
    assert of(bar) == [("sale_needs_review", True), ("sale_needs_review", False)]


@pytest.mark.parametrize(("threshold", "is_called"), [(7, False), (24, True)])
def test_what_crosses_no_threshold_calls_no_function(threshold, is_called, beer):
    """An ordinary sale costs a comparison: Postgres itself says which triggers have run."""
    with session() as psql:
        psql.execute("SET CONSTRAINTS ALL IMMEDIATE")
        plan = psql.execute(
            "EXPLAIN (ANALYZE, FORMAT TEXT) UPDATE stock_product SET alert_threshold = %s WHERE id = %s",
            [threshold, beer.pk],
        ).fetchall()

    assert ("low_stock_is_told" in str(plan)) == is_called


# Who sees what


def test_a_manager_sees_it_and_a_waiter_doesnt(low, awa, koffi, zoe):
    assert [bell(member) for member in (awa, koffi, zoe)] == [0, 1, 0]
    assert [row["id"] for row in listed(koffi)["notifications"]] == [str(low.pk)]


def test_leaving_the_bar_hides_its_notifications_at_once(low, koffi):
    before = bell(koffi)

    Member.objects.filter(pk=koffi.pk).update(is_active=False)

    answer = client_of(koffi).post(f"/api/v1/notifications/{low.pk}/read")
    assert (before, bell(koffi), listed(koffi)["notifications"], answer.status_code) == (1, 0, [], 404)


def test_one_of_another_bar_is_not_there(low, zoe):
    client = client_of(zoe)
    answers = [client.post(f"/api/v1/notifications/{pk}/read").status_code for pk in (low.pk, uuid.uuid4())]

    assert answers == [404, 404]
    assert (client.delete(f"/api/v1/notifications/{low.pk}").status_code, NotificationMark.objects.count()) == (404, 0)


@pytest.mark.parametrize("bars", [1, 3])
def test_the_list_costs_as_much_for_three_bars_as_for_one(bars, yao, django_assert_num_queries):
    for number in range(bars - 1):
        Member.objects.create(bar=factories.bar(f"Chez Yao {number}"), user=yao.user, role="owner")
    for member in Member.objects.filter(user=yao.user):
        notifications.notify(f"bar.{member.bar_id}", "sales", "sale_pending")
    client = client_of(yao)

    with django_assert_num_queries(7):  # who asks, memberships, a snapshot of three statements, heads, the page
        page = client.get("/api/v1/notifications").json()

    assert len(page["notifications"]) == bars


def test_pages_follow_each_other_without_a_hole(bar, koffi):
    for number in range(120):
        notifications.notify(f"bar.{bar.pk}", "sales", "sale_needs_review", subject=str(number))
    found, before = [], ""
    while before is not None:
        page = listed(koffi, **({"before": before} if before else {}))
        found += [row["subject"] for row in page["notifications"]]
        before = page["next"]

    assert found == [str(number) for number in reversed(range(120))]


# Marks


def test_each_reads_for_themselves(low, koffi, yao):
    answer = client_of(koffi).post(f"/api/v1/notifications/{low.pk}/read")

    assert (answer.json(), bell(koffi), bell(yao)) == ({"unread": 0}, 0, 1)
    assert [row["read_at"] is not None for row in listed(koffi)["notifications"]] == [True]
    assert listed(koffi, unread="true")["notifications"] == []


def test_putting_one_away_takes_it_from_this_persons_list_only(low, koffi, yao):
    client_of(koffi).delete(f"/api/v1/notifications/{low.pk}")

    assert [len(listed(member)["notifications"]) for member in (koffi, yao)] == [0, 1]


def test_reading_at_once_on_two_devices_counts_exactly(bar, koffi):
    """Eight requests for all and for each: every mark once, and one event for each."""
    for number in range(5):
        notifications.notify(f"bar.{bar.pk}", "sales", "sale_needs_review", subject=str(number))
    admitted = streams_of(koffi.user)
    ids = list(Notification.objects.values_list("pk", flat=True))

    together(
        *[lambda: notifications.read_all(koffi.user_id, admitted)] * 3,
        *[lambda pk=pk: notifications.read_one(koffi.user_id, admitted, pk) for pk in ids],
    )

    read_events = [type_ for _, type_, _ in logged(f"user.{koffi.user_id}") if type_ == "notification.read"]
    assert (bell(koffi), NotificationMark.objects.count(), len(read_events)) == (0, 5, 5)


def test_what_has_settled_rings_no_more_but_stays_in_the_list(low, bar, koffi):
    notifications.resolve(f"bar.{bar.pk}", "stock_low", subject="flag")

    assert (bell(koffi), [row["kind"] for row in listed(koffi)["notifications"]]) == (0, ["stock_low"])


def test_the_same_fact_told_by_eight_at_once_stands_once(bar):
    place = (f"bar.{bar.pk}", "team", "bar_full")

    together(*[lambda: notifications.notify(*place, data='{"connections": 30}')] * 8)

    assert (of(bar), told(bar)) == ([("bar_full", False)], ["notification.created"])


def test_it_is_on_the_screens_and_every_device_of_the_reader_follows(stack, bar, koffi, yao, beer):
    with Follower(stack, yao) as phone, Follower(stack, yao) as tablet, Follower(stack, koffi) as other:
        for socket in (phone, tablet):
            socket.hello(sub(f"bar.{bar.pk}", "supplies"), sub(f"user.{yao.user_id}"))
        other.hello(sub(f"user.{koffi.user_id}"))

        factories.sale(koffi, {beer.pk: 20})
        [event] = phone.next("frame")["events"]
        client_of(yao).post(f"/api/v1/notifications/{event['data']['notification']}/read")

        assert (event["type"], event["data"]["kind"]) == ("notification.created", "stock_low")
        read_event = {"type": "notification.read", "data": {"notification": event["data"]["notification"]}}
        assert [phone.next("frame")["events"], [*tablet.frames(2)][1]["events"]] == [[read_event]] * 2
        factories.sale(koffi, {beer.pk: 1})
        assert {one["type"] for one in other.next("frame")["events"]} == {"sale.created"}


def test_the_cursors_of_the_list_leave_no_gap(bar, koffi, low):
    page = listed(koffi)
    notifications.notify(f"bar.{bar.pk}", "sales", "sale_pending")

    epoch, seq = page["cursors"][f"bar.{bar.pk}"].split(":")
    after = [type_ for number, type_, _ in logged(f"bar.{bar.pk}") if number > int(seq)]
    assert after == ["notification.created"]
    assert set(page["cursors"]) == {f"bar.{bar.pk}", f"user.{koffi.user_id}", "everyone"}
    assert epoch == read("SELECT value FROM realtime_epoch")[0][0]


def test_a_month_later_it_is_forgotten_with_its_marks(low, bar, koffi):
    notifications.read_all(koffi.user_id, streams_of(koffi.user))
    notifications.notify(f"bar.{bar.pk}", "sales", "sale_pending")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE realtime_notification SET created_at = now() - interval '31 days' WHERE id = %s", [low.pk]
        )

    assert forget_old_notifications() == 1
    assert (of(bar), NotificationMark.objects.count()) == ([("sale_pending", False)], 0)


def test_what_a_person_has_put_away_unread_rings_for_the_others_alone(low, koffi, yao):
    [told] = listed(koffi)["notifications"]
    client_of(koffi).delete(f"/api/v1/notifications/{told['id']}")

    assert (bell(koffi), bell(yao)) == (0, 1)
