"""Who asks to be forgotten leaves an id, and nothing by which anybody knows them; the books stay whole."""

import uuid

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection
from django.test import Client

from bars.conversations import seat_in
from bars.invariants import verify
from bars.models import AccessToken, Member, Session, User
from bars.services.chat import say
from bars.services.team import LastOwner
from config.erasing.people import Operator, erase_person
from realtime.models import Message
from sales.models import Sale
from stats.models import Player
from tests import factories
from tests.realtime.test_chat import team

pytestmark = pytest.mark.django_db(transaction=True)

TRACES = ("kwabena", "Akossiwa", "Dossevi", "dossevi@chez.example", "kwame2019")
RELATIONS = """
SELECT oid::regclass::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm') AND NOT relispartition
"""


def found_in(*traces):
    """The tables and views of which a row holds one of these, in whatever column and case."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(RELATIONS)
        for [name] in cursor.fetchall():
            cursor.execute(
                f"SELECT 1 FROM {name} AS kept WHERE kept::text ILIKE ANY(%s) LIMIT 1", [[f"%{one}%" for one in traces]]
            )
            found |= {name} if cursor.fetchone() else set()
    return found


@pytest.fixture
def known(bar, beer, yao):
    """Somebody whose name stands wherever one can."""
    person = User.objects.create(username="kwame2019", first_name="Akossiwa", last_name="Dossevi", email=TRACES[3])
    person.set_password(factories.PASSWORD)
    person.username = "kwabena"
    person.save()
    member = Member.objects.create(bar=bar, user=person, role="manager")
    Client().force_login(person)
    factories.token(person)
    factories.sale(member, {beer.pk: 2})
    say(seat_in(person, team(bar)), key=uuid.uuid4(), text="Akossiwa is here")
    Player.objects.create(bar=bar, user=person, name="Akossiwa")
    for about in (person, member):
        LogEntry.objects.create(
            user=yao.user, content_type=ContentType.objects.get_for_model(about), object_id=str(about.pk),
            object_repr=str(about), action_flag=CHANGE, change_message="[]",
        )  # fmt: skip
    return member


def test_c51_who_is_erased_leaves_no_trace_but_an_id(known):
    before = found_in(*TRACES)
    erased = erase_person(known.user_id)
    after = found_in(*TRACES)

    kept = {"bars_user", "bars_change", "django_admin_log", "realtime_message", "realtime_event", "stats_player"}
    assert (before, after) == (kept, set())
    assert (erased.alias, erased.bars, erased.messages) == (f"gone-{known.user_id.hex[-12:]}", 1, 1)


def test_c51_a_trace_that_is_left_is_found(known, bar):
    erase_person(known.user_id)
    bar.address = "chez Akossiwa"
    bar.save()

    assert found_in("akossiwa") >= {"bars_bar", "bars_change"}


def test_c51_the_books_keep_what_they_did(known, beer):
    sold = Sale.objects.get()
    erase_person(known.user_id)
    same = Sale.objects.select_related("sold_by").get()

    assert (same.pk, same.total, same.sold_by_id) == (sold.pk, sold.total, known.user_id)
    assert same.sold_by.username.startswith("gone-")
    assert [finding for finding in verify() if finding.broken] == []


def test_c51_they_are_out_and_can_not_come_back(known):
    browser = Client()
    browser.force_login(known.user)
    before = browser.get("/bars/").status_code
    erase_person(known.user_id)
    person = User.objects.get(pk=known.user_id)

    assert (before, browser.get("/bars/").status_code) == (200, 302)
    assert (Session.objects.filter(user=person).count(), AccessToken.objects.filter(user=person).count()) == (0, 0)
    assert (person.is_active, person.has_usable_password(), person.check_password(factories.PASSWORD)) == (False,) * 3
    assert not Client().login(username="kwabena", password=factories.PASSWORD)
    assert person.memberships == []


def test_c51_erasing_again_changes_nothing(known):
    first = erase_person(known.user_id)
    message = Message.objects.get().deleted_at
    again = erase_person(known.user_id)

    assert (again.alias, again.bars, again.messages) == (first.alias, 0, 0)
    assert Message.objects.get().deleted_at == message


def test_c51_whose_name_only_begins_alike_keeps_it(known, bar):
    other = factories.member(bar, "kwabenah", "waiter")
    about = {"content_type": ContentType.objects.get_for_model(Member), "object_id": str(other.pk)}
    LogEntry.objects.create(user=other.user, object_repr=str(other), action_flag=CHANGE, change_message="[]", **about)
    erase_person(known.user_id)

    assert User.objects.get(pk=other.user_id).username == "kwabenah"
    assert LogEntry.objects.get(**about).object_repr.startswith("kwabenah · ")
    assert other.user.memberships == [other]


def test_c51_what_was_kept_of_changes_is_guarded_as_before(known):
    erase_person(known.user_id)
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="Cannot update or delete rows"):
        cursor.execute("UPDATE bars_change SET name = 'x' WHERE person_id = %s", [known.user_id])


def test_an_operator_is_not_erased_by_mistake(operator):
    with pytest.raises(Operator):
        erase_person(operator.pk)

    assert User.objects.get(pk=operator.pk).is_active


def test_who_owns_a_bar_alone_is_not_erased(yao):
    with pytest.raises(LastOwner):
        erase_person(yao.user_id)

    assert User.objects.get(pk=yao.user_id).username == "yao"


def refusal(*arguments):
    with pytest.raises(CommandError) as refused:
        call_command("erase_person", *arguments)
    return str(refused.value)


def test_the_command_tells_what_it_would_do_and_does_it_when_told(known, bar, yao, capsys):
    asked = refusal("kwabena")
    still = User.objects.get(pk=known.user_id).username
    call_command("erase_person", "kwabena", "--yes")

    assert f"kwabena (Akossiwa Dossevi), who works in {bar.name}" in asked
    assert (still, User.objects.filter(username="kwabena").exists()) == ("kwabena", False)
    told = f"kwabena is gone-{known.user_id.hex[-12:]} from now on. Bars left: 1; messages made blank: 1."
    assert capsys.readouterr().out.startswith(told)


def test_the_last_owner_of_a_bar_and_nobody_are_refused(yao, bar):
    assert refusal("yao", "--yes") == f"yao is the only owner of {bar.name}: name another one first"
    assert refusal("nobody", "--yes") == "Nobody has the username nobody"
    assert Member.objects.get(pk=yao.pk).is_active


def test_the_command_refuses_in_english_too(operator):
    assert refusal(operator.username, "--yes").startswith("An operator is erased once they are none")
