"""A bar's whole trade, one document of every kind, written as rows: the triggers do the rest."""

import uuid
from dataclasses import replace
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from bars.business_day import business_date
from bars.conversations import seat_in
from bars.services import chat
from bars.streams import streams_of
from realtime import notifications
from realtime.models import Conversation, Notification
from sales.basket import Basket
from sales.models import Claim, Consignment, DayClose, Expense, Return, Sale, Settlement, Tab
from sales.services.selling import sell
from stock.models import Adjustment, CountEntry, StockCount, Supplier, Supply
from tests import factories
from tests.settling import settle
from tests.stats.playing import play_once


def trade_once(member):
    """Every kind of document that refers to another, in the member's bar; the day is closed before the last sale."""
    seller = factories.member(member.bar, f"waiter-of-{member.user.username}", "waiter")
    bottles, cans = (factories.product(member.bar, f"{name} {member.user}", stock=90) for name in ("Bottle", "Can"))
    receive(member, bottles)
    count(member, cans)
    asked = factories.sale(seller, {bottles.pk: 5, cans.pk: 2})
    decide(asked, member, Sale.Status.VALIDATED)
    called_off = factories.sale(member, {cans.pk: 3})
    decide(called_off, member, Sale.Status.CANCELLED)
    pay_a_tab(member, bottles)
    line = asked.lines.get(product=bottles)
    take_back(member, line)
    keep_and_hand_over(member, line)
    Expense.objects.create(
        **ours(member), category="water", amount=700, payment="cash", created_by=member.user
    )  # fmt: skip
    close(member)
    factories.sale(member, {bottles.pk: 1})
    play_once(member)
    count_products(member)


def talk_once(member):
    """A word to the team, read and taken back; a notification that settles, read and put away."""
    seat = seat_in(member.user, Conversation.objects.get(stream=f"bar.{member.bar_id}").pk)
    other = factories.member(member.bar, f"aya-{member.user.username}", "waiter")
    said = chat.say(seat, key=uuid.uuid4(), text="Bonsoir").message
    chat.say(replace(seat, user_id=other.user_id), key=uuid.uuid4(), text="Bonsoir à toi")
    chat.read_up_to(seat, said.number + 1)
    chat.take_back(seat, said.pk)
    notifications.notify(f"bar.{member.bar_id}", "sales", "stock_low", subject="once", data='{"available": 2}')
    told = Notification.objects.get(subject="once").pk
    notifications.read_one(member.user_id, streams_of(member.user), told)
    notifications.resolve(f"bar.{member.bar_id}", "stock_low", subject="once")
    notifications.put_away(member.user_id, streams_of(member.user), told)


def count_products(member):
    """As a refresh of the day after tomorrow will."""
    settle()
    with connection.cursor() as cursor:
        cursor.execute("SELECT stats_refresh_products(%s, now() + interval '3 days')", [member.bar_id])


def ours(member):
    return {"bar": member.bar, "key": uuid.uuid4()}


def receive(member, product):
    """Two lots, and two more that are taken back."""
    by = {"created_by": member.user, "lot_size": 12, "lot_price": 6000, "payment": "cash", "product": product}
    supplier = Supplier.objects.create(bar=member.bar, name="Brasserie")
    Supply.objects.create(**ours(member), **by, supplier=supplier, lots=2)
    wrong = Supply.objects.create(**ours(member), **by, lots=1)
    Supply.objects.create(**ours(member), **by, lots=-1, reverses=wrong)


def count(member, product):
    sheet = StockCount.objects.create(bar=member.bar, opened_by=member.user)
    CountEntry.objects.create(
        **ours(member), count=sheet, product=product, counted_by=member.user, quantity=89, stock_then=90
    )
    Adjustment.objects.create(
        **ours(member), product=product, quantity=-1, reason="count", unit_cost=0, count=sheet, created_by=member.user
    )


def decide(sale, member, status):
    Sale.objects.filter(pk=sale.pk).update(status=status, decided_by=member.user, reason="so it is")


def pay_a_tab(member, product):
    """A tab with a sale, settled; another stays open."""
    tab, _ = (Tab.objects.create(**ours(member), name=name, opened_by=member.user) for name in ("Table 4", "Ama"))
    sale = sell(
        member,
        Basket(key=uuid.uuid4(), payment=Sale.Payment.TAB, quantities={product.pk: 1}, tab=tab.pk),
        at=timezone.now(),
    ).sale
    with transaction.atomic():  # at commit a settlement is the sum of what it pays
        paid = Settlement.objects.create(
            **ours(member), tab=tab, payment="cash", amount=sale.total, created_by=member.user
        )
        paid.refresh_from_db()
        Sale.objects.filter(pk=sale.pk).update(settlement=paid, paid_with="cash", paid_on=paid.business_date)
        Tab.objects.filter(pk=tab.pk).update(status="settled", settled_at=timezone.now())


def take_back(member, line):
    back = Return.objects.create(
        **ours(member), sale=line.sale, line=line, quantity=1, reason="wrong_item", status="approved", refunds=True,
        restocks=True, refund=line.unit_price, refund_with="cash", created_by=member.user, decided_by=member.user,
    )  # fmt: skip
    Return.objects.filter(pk=back.pk).update(status="restocked", restocked_by=member.user)


def keep_and_hand_over(member, line):
    kept = Consignment.objects.create(
        **ours(member), sale=line.sale, line=line, quantity=3, client="Ama",
        expires_at=timezone.now() + timedelta(days=7), created_by=member.user,
    )  # fmt: skip
    Claim.objects.create(**ours(member), consignment=kept, quantity=1, created_by=member.user)


def close(member):
    today = business_date(timezone.now(), member.bar.zone, member.bar.closing_hour)
    DayClose.objects.create(
        bar=member.bar, business_date=today, counted_cash=5000, left_cash=1000, closed_by=member.user
    )
