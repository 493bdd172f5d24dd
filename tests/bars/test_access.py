import uuid

import pytest
from django.contrib.auth.models import AnonymousUser

from bars.access import find_member, membership
from bars.models import Bar, Member, User
from bars.permissions import Permission
from realtime.errors import NotAllowed, NotFound
from tests import factories

pytestmark = pytest.mark.usefixtures("english")


def test_a_member_is_found_with_the_bar_in_one_query(koffi, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = membership(koffi.user, koffi.bar_id, Permission.VALIDATE_SALES)

        assert (found.bar.name, found.user_id, found.role) == ("Chez Yao", koffi.user_id, "manager")


@pytest.mark.parametrize("spelling", [str, lambda pk: pk, lambda pk: str(pk).upper()])
def test_the_bar_may_be_given_as_text(spelling, koffi):
    assert find_member(koffi.user, spelling(koffi.bar_id)) == koffi


def stranger(koffi):
    return factories.member(factories.bar("Ailleurs"), "ama", "owner").user, koffi.bar_id


def left(koffi):
    Member.objects.filter(pk=koffi.pk).update(is_active=False)
    return koffi.user, koffi.bar_id


def suspended(koffi):
    User.objects.filter(pk=koffi.user_id).update(is_active=False)
    return koffi.user, koffi.bar_id


def closed(koffi):
    Bar.objects.filter(pk=koffi.bar_id).update(is_active=False)
    return koffi.user, koffi.bar_id


NOBODY = {
    "a stranger": stranger,
    "who has left": left,
    "who is suspended": suspended,
    "a closed bar's manager": closed,
    "an operator": lambda koffi: (factories.user("operator", is_superuser=True), koffi.bar_id),
    "nobody": lambda koffi: (AnonymousUser(), koffi.bar_id),
    "of no bar": lambda koffi: (koffi.user, uuid.uuid4()),
    "of nonsense": lambda koffi: (koffi.user, "nonsense"),
    "of nothing": lambda koffi: (koffi.user, ""),
    "of NUL": lambda koffi: (koffi.user, "\0"),
}


@pytest.mark.parametrize("who", NOBODY.values(), ids=NOBODY)
def test_c10_who_is_no_member_finds_nothing_and_learns_nothing(who, koffi):
    user, bar_id = who(koffi)

    assert find_member(user, bar_id) is None
    with pytest.raises(NotFound) as refusal:
        membership(user, bar_id)
    assert (refusal.value.detail, refusal.value.data) == ("There is no such bar for you.", {})


def test_a_role_that_is_too_low_is_told_so_and_a_stranger_is_not(awa, zoe):
    with pytest.raises(NotAllowed, match="does not allow you to see all sales"):
        membership(awa.user, awa.bar_id, Permission.SELL, Permission.SEE_ALL_SALES)
    with pytest.raises(NotFound):
        membership(zoe.user, awa.bar_id, Permission.SELL)


def test_a_person_of_two_bars_has_a_role_in_each(koffi, other_bar):
    Member.objects.create(bar=other_bar, user=koffi.user, role="waiter")

    assert membership(koffi.user, koffi.bar_id, Permission.ANALYTICS).role == "manager"
    with pytest.raises(NotAllowed):
        membership(koffi.user, other_bar.pk, Permission.ANALYTICS)


def test_the_own_bars_are_the_active_ones_by_name(koffi, db):
    names = ["Zanzibar", "Au Bon Coin", "Fermé"]
    bars = [factories.bar(name) for name in names]
    for bar in bars:
        Member.objects.create(bar=bar, user=koffi.user, role="owner")
    Bar.objects.filter(name="Fermé").update(is_active=False)

    assert [member.bar.name for member in koffi.user.memberships] == ["Au Bon Coin", "Chez Yao", "Zanzibar"]
