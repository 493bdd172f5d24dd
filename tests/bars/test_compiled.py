"""A lookup that is compiled once answers as its queryset does, whatever it is asked for."""

import uuid

import pytest

from bars.compiled import Compiled
from bars.models import Member
from bars.signing_in import GuardedBackend
from realtime.models import Notification
from tests import factories


def of_bar(bar, user):
    return Member.objects.active().filter(bar_id=bar, user_id=user).select_related("bar", "user")


def test_rows_are_those_of_the_queryset_for_each_asked(koffi, awa):
    lookup = Compiled(of_bar)
    for member in (koffi, awa):
        [found] = lookup.all(bar=member.bar_id, user=member.user_id)

        assert found == of_bar(member.bar_id, member.user_id).get()
        assert {field.attname: getattr(found, field.attname) for field in Member._meta.concrete_fields} == {
            field.attname: getattr(member, field.attname) for field in Member._meta.concrete_fields
        }


def test_what_is_joined_costs_no_further_query(koffi, django_assert_num_queries):
    lookup = Compiled(of_bar)
    with django_assert_num_queries(1):
        found = lookup.first(bar=koffi.bar_id, user=koffi.user_id)

        assert (found.bar.name, found.user.username) == (koffi.bar.name, koffi.user.username)


def test_nobody_is_found_by_an_unknown_id(koffi):
    lookup = Compiled(of_bar)

    assert lookup.first(bar=koffi.bar_id, user=uuid.uuid4()) is None
    assert lookup.all(bar=uuid.uuid4(), user=koffi.user_id) == []


def test_who_has_left_since_is_not_found(koffi):
    lookup = Compiled(of_bar)
    before = lookup.first(bar=koffi.bar_id, user=koffi.user_id)
    Member.objects.filter(pk=koffi.pk).update(is_active=False)

    assert (before, lookup.first(bar=koffi.bar_id, user=koffi.user_id)) == (koffi, None)


def test_the_queryset_is_made_once(koffi, awa):
    made = []

    def make(user):
        made.append(user)
        return Member.objects.filter(user_id=user).order_by("pk")

    lookup = Compiled(make)

    assert [lookup.all(user=member.user_id) for member in (koffi, awa, koffi)] == [[koffi], [awa], [koffi]]
    assert len(made) == 1


def test_a_forgotten_value_is_an_error(koffi):
    with pytest.raises(KeyError, match="user"):
        Compiled(of_bar).all(bar=koffi.bar_id)


def test_columns_that_django_converts_are_refused(db):
    lookup = Compiled(lambda stream: Notification.objects.filter(stream=stream))

    with pytest.raises(TypeError, match="Django converts"):
        lookup.all(stream=f"bar.{factories.bar('Chez Yao').pk}")


def test_who_is_no_longer_active_is_nobody_to_a_session(koffi):
    before = GuardedBackend().get_user(koffi.user_id)
    type(koffi.user).objects.filter(pk=koffi.user_id).update(is_active=False)

    assert (before, GuardedBackend().get_user(koffi.user_id)) == (koffi.user, None)
