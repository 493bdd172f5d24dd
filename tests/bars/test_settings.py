"""What an owner decides about the bar, and what its first sale decides for good."""

import json

import pytest
from django.test import Client

from bars.models import Bar
from tests import factories
from tests.config.problems import check_problem


class Owner:
    def __init__(self, member):
        self.client = Client(headers=factories.bearer(member))
        self.address = f"/api/v1/bars/{member.bar_id}/settings"

    def change(self, **fields):
        return self.client.patch(self.address, json.dumps(fields), "application/json")


def row(bar):
    return Bar.objects.values().get(pk=bar.pk)


GOOD = {
    "name": "Chez Yao et Filles",
    "address": "12 rue des Jardins",
    "phone": "+225 07 08 09 10 11",
    "mode": "simplified",
    "offline_hours": 720,
    "discount_limit": 100,
    "consignment_days": 90,
    "closing_hour": 0,
    "time_zone": "Africa/Porto-Novo",
    "currency": "NGN",
}


def test_an_owner_changes_all_of_it(yao, bar):
    answer = Owner(yao).change(**GOOD)

    assert (answer.status_code, answer.json()) == (200, GOOD | {"slug": bar.slug})
    assert Owner(yao).client.get(Owner(yao).address).json() == answer.json()


@pytest.mark.parametrize("field", GOOD)
def test_what_is_missing_stays(field, yao, bar):
    before = row(bar)

    Owner(yao).change(**{field: GOOD[field]})

    assert row(bar) == before | {field: GOOD[field]}


def test_changing_nothing_is_no_change(yao, bar):
    before = row(bar)

    assert (Owner(yao).change().status_code, row(bar)) == (200, before)


BAD = {
    "no name": {"name": ""},
    "a name of blanks": {"name": "  "},
    "a name of null": {"name": None},
    "a name of 81": {"name": "x" * 81},
    "a name with NUL": {"name": "Chez\0Yao"},
    "a name that hides": {"name": "Chez\u200bYao"},
    "an address of 201": {"address": "x" * 201},
    "letters as a phone": {"phone": "call me"},
    "an unknown mode": {"mode": "fast"},
    "a mode of null": {"mode": None},
    "no hour": {"offline_hours": 0},
    "721 hours": {"offline_hours": 721},
    "hours as text": {"offline_hours": "72"},
    "half an hour": {"offline_hours": 0.5},
    "101 percent": {"discount_limit": 101},
    "below 0 percent": {"discount_limit": -1},
    "a truth": {"discount_limit": True},
    "no day": {"consignment_days": 0},
    "91 days": {"consignment_days": 91},
    "24 o'clock": {"closing_hour": 24},
    "2^63": {"closing_hour": 2**63},
    "an unknown zone": {"time_zone": "Africa/Wakanda"},
    "a zone of files": {"time_zone": "../../etc/passwd"},
    "an unknown currency": {"currency": "XXXX"},
    "a small currency": {"currency": "xof"},
    "the slug": {"slug": "chez-zoe"},
    "being closed": {"is_active": False},
    "the id": {"id": "1"},
}


@pytest.mark.parametrize("fields", BAD.values(), ids=BAD)
def test_a_setting_out_of_bounds_is_refused_by_its_name_and_nothing_changes(fields, yao, bar):
    before = row(bar)

    problem = check_problem(Owner(yao).change(**fields), 400, "invalid")

    assert [error["field"].split(".")[2] for error in problem["errors"]] == [*fields]
    assert row(bar) == before


@pytest.mark.parametrize("text", ["Chez  Yao ", "Chez\u00a0Yao", " Chez Yao\n"])
def test_a_name_is_kept_in_one_spelling(text, yao, bar):
    Owner(yao).change(name=text)

    assert row(bar)["name"] == "Chez Yao"


@pytest.mark.parametrize("refusal", ["koffi 403 not_allowed", "awa 403 not_allowed", "zoe 404 not_found"])
def test_nobody_else_reads_or_changes_them(refusal, yao, bar, request):
    who, status, code = refusal.split()
    other, before = Owner(request.getfixturevalue(who)), row(bar)
    other.address = Owner(yao).address

    check_problem(other.client.get(other.address), int(status), code)
    check_problem(other.change(name="Chez Zoé"), int(status), code)

    assert row(bar) == before


@pytest.mark.parametrize("term", ["closing_hour", "time_zone", "currency"])
def test_a_bar_that_has_sold_keeps_its_terms(term, yao, koffi, bar, beer):
    factories.sale(koffi, {beer.pk: 1})
    before = row(bar)

    check_problem(Owner(yao).change(name="Chez Ama", **{term: GOOD[term]}), 409, "terms_stay")

    assert row(bar) == before


def test_the_same_terms_again_are_no_change(yao, koffi, bar, beer):
    factories.sale(koffi, {beer.pk: 1})

    answer = Owner(yao).change(name="Chez Ama", currency="XOF", closing_hour=6, time_zone="Africa/Abidjan")

    assert (answer.status_code, row(bar)["name"]) == (200, "Chez Ama")


def test_the_discount_limit_holds_from_the_next_sale_on(yao, koffi, bar, beer):
    till = Client(headers=factories.bearer(koffi))

    def ask(discount):
        order = {"key": str(factories.uuid.uuid4()), "discount": discount,
                 "lines": [{"product": str(beer.pk), "quantity": 1}]}  # fmt: skip
        return till.post(f"/api/v1/bars/{bar.pk}/sales", json.dumps(order), "application/json")

    before = ask(200).status_code
    Owner(yao).change(discount_limit=10)

    assert (before, check_problem(ask(200), 400, "discount_too_high")["most"]) == (201, 100)
