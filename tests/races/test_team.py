"""Two people change a team, or use one code, at the same moment."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from bars.models import Bar, Invitation, Member, User
from bars.services.invitations import UnknownInvitation, accept, invite, new_code
from bars.services.settings import change_settings
from bars.services.team import NewPerson, add_person, give_role
from realtime.errors import NotAllowed
from sales.models import Sale
from tests import factories
from tests.races.gate import holding, holding_product, holding_stream, run, through
from tests.sessions import session

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ama(bar):
    return factories.member(bar, "ama", "owner")


def demote(actor, other):
    give_role(actor, member_id=other.pk, role=Member.Role.WAITER)
    return "done"


def owners(bar):
    return Member.objects.filter(bar=bar, role="owner", is_active=True).count()


def at_the_team(bar):
    return holding("SELECT FROM bars_bar WHERE id = %s FOR UPDATE", bar.pk)


def test_two_owners_who_demote_each_other_leave_one(bar, yao, ama):
    with at_the_team(bar) as gate:
        results = through(gate, lambda: demote(yao, ama), lambda: demote(ama, yao))

    assert [result if result == "done" else type(result) for result in results] == ["done", NotAllowed]
    assert owners(bar) == 1


@transaction.atomic
def leave(member):
    """As psql would: no service looks first."""
    Member.objects.filter(pk=member.pk).update(role="waiter")
    return "done"


@pytest.mark.parametrize(("is_on", "left"), [(True, 1), (False, 0)], ids=["the trigger", "without it"])
def test_two_owners_who_leave_at_once_by_sql(is_on, left, bar, yao, ama):
    """Without the trigger nobody would be left: that is the control."""
    if not is_on:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE bars_member DISABLE TRIGGER bars_keep_an_owner")
    try:
        with holding("SELECT FROM bars_member WHERE bar_id = %s FOR UPDATE", bar.pk) as gate:
            results = through(gate, lambda: leave(yao), lambda: leave(ama))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE bars_member ENABLE TRIGGER bars_keep_an_owner")

    assert owners(bar) == left
    assert sum(isinstance(result, IntegrityError) for result in results) == left


def test_two_people_with_one_code(bar, koffi):
    first, second = factories.user("issa"), factories.user("moussa")
    code = new_code()
    invite(koffi, role=Member.Role.WAITER, code=code, at=timezone.now())

    def join(person):
        accept(person, code=code, at=timezone.now())
        return "joined"

    with at_the_team(bar) as gate:
        results = through(gate, lambda: join(first), lambda: join(second))

    assert [result if result == "joined" else type(result) for result in results] == ["joined", UnknownInvitation]
    assert Member.objects.filter(user__in=[first, second]).count() == 1
    assert Invitation.objects.get().accepted_by_id == first.pk


def test_two_people_with_one_code_and_no_lock(bar, koffi):
    """The control: who looks and then joins lets both in."""
    first, second = factories.user("issa"), factories.user("moussa")
    invite(koffi, role=Member.Role.WAITER, code=new_code(), at=timezone.now())

    @transaction.atomic
    def join(person):
        door = Invitation.objects.get()
        if door.accepted_by_id:
            return "refused"
        Invitation.objects.filter(pk=door.pk).update(accepted_by=person)
        Member.objects.create(bar=bar, user=person, role=door.role)
        return "joined"

    with holding("SELECT FROM bars_invitation FOR UPDATE") as gate:
        results = through(gate, lambda: join(first), lambda: join(second))

    assert results == ["joined", "joined"]


def test_one_key_that_is_sent_twice_at_once_adds_one_person(bar, koffi, yao):
    person = NewPerson(key=uuid.uuid4(), name="Moussa", role=Member.Role.WAITER)

    with at_the_team(bar) as gate:
        results = through(gate, lambda: add_person(koffi, person), lambda: add_person(yao, person))

    assert [result.is_replay for result in results] == [False, True]
    assert User.objects.filter(first_name="Moussa").count() == 1


# The first sale and the bar's terms


def change_currency(bar):
    change_settings(bar_id=bar.pk, by=uuid.uuid4(), changes={"currency": "NGN"})
    return "changed"


def change_naively(bar):
    """Looks whether the bar has sold, and doesn't wait for who is about to."""
    with session() as other:
        if other.execute("SELECT FROM sales_sale WHERE bar_id = %s", [bar.pk]).fetchone():
            return "refused"
        other.execute("UPDATE bars_bar SET currency = 'NGN' WHERE id = %s", [bar.pk])
        return "changed"


def currencies(bar):
    return Bar.objects.get(pk=bar.pk).currency, Sale.objects.get(bar=bar).currency


def test_a_change_of_terms_waits_for_the_first_sale_and_is_refused(bar, koffi, beer):
    with holding_product(beer) as gate:
        sold, changed = through(gate, lambda: factories.sale(koffi, {beer.pk: 1}), lambda: change_currency(bar))

    assert isinstance(sold, Sale)
    assert isinstance(changed, IntegrityError)
    assert currencies(bar) == ("XOF", "XOF")


def test_a_first_sale_waits_for_the_change_of_terms_and_has_the_new_ones(bar, koffi, beer):
    with holding("SELECT FROM bars_bar WHERE id = %s FOR UPDATE", bar.pk) as gate:
        changed, sold = through(gate, lambda: change_currency(bar), lambda: factories.sale(koffi, {beer.pk: 1}))

    assert (changed, sold.currency) == ("changed", "NGN")
    assert currencies(bar) == ("NGN", "NGN")


@pytest.fixture
def terms_not_kept(bar):
    with session() as owner:
        owner.execute("ALTER TABLE bars_bar DISABLE TRIGGER USER")
    yield
    with session() as owner:
        owner.execute("ALTER TABLE bars_bar ENABLE TRIGGER USER")


def test_without_waiting_the_first_sale_is_in_another_currency_than_its_bar(terms_not_kept, bar, koffi, beer):
    """The control: the sale has read the bar's currency and isn't to be seen yet."""
    with holding_stream(f"bar.{bar.pk}") as gate, ThreadPoolExecutor(1) as threads:
        runner = threads.submit(run, lambda: factories.sale(koffi, {beer.pk: 1}))
        gate.wait_for(1)
        changed = change_naively(bar)
        gate.open()
        sold = runner.result(30)

    assert (changed, isinstance(sold, Sale)) == ("changed", True)
    assert currencies(bar) == ("NGN", "XOF")
