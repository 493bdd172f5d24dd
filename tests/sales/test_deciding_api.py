"""Deciding about sales by the API: who may, what is answered, and what each role gets to see."""

import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from sales.models import Sale
from sales.services.deciding import validate
from sales.services.expiring import expire_sales
from sales.services.selling import sell
from stock.models import Product
from tests import factories
from tests.books import books, shelf
from tests.config.problems import check_problem
from tests.reading import without_ids


class Till:
    """One member asking about the sales of the bar."""

    def __init__(self, member, bar_id=None):
        self.client = Client(headers=factories.bearer(member))
        self.address = f"/api/v1/bars/{bar_id or member.bar_id}/sales"

    def post(self, path, body=None):
        body = "" if body is None else json.dumps(body)
        return self.client.generic("POST", f"{self.address}/{path}", body, "application/json")

    def get(self, path="", **query):
        return self.client.get(f"{self.address}{path}", query)


@pytest.fixture
def pending(awa, beer):
    return factories.sale(awa, {beer.pk: 2})


@pytest.fixture
def validated(koffi, beer):
    return factories.sale(koffi, {beer.pk: 2})


STEPS = {
    "validate": ("pending", None, "validated", {"koffi", "yao"}),
    "reject": ("pending", {"reason": "typed twice"}, "rejected", {"koffi", "yao"}),
    "cancel": ("validated", {"reason": "typed twice"}, "cancelled", {"yao"}),
}


@pytest.mark.parametrize("who", ["awa", "koffi", "yao"])
@pytest.mark.parametrize("step", STEPS)
def test_who_may_takes_the_step_and_others_are_refused(step, who, request):
    was, body, becomes, allowed = STEPS[step]
    till, sale = Till(request.getfixturevalue(who)), request.getfixturevalue(was)
    before = books()

    answer = till.post(f"{sale.pk}/{step}", body)

    if who in allowed:
        assert (answer.status_code, answer.json()["status"]) == (200, becomes)
        assert answer.json()["reason"] == (body or {"reason": ""})["reason"]
    else:
        check_problem(answer, 403, "not_allowed")
        assert books() == before


@pytest.mark.parametrize("step", STEPS)
def test_asking_again_answers_the_same(step, yao, request):
    was, body, _, _ = STEPS[step]
    till, sale = Till(yao), request.getfixturevalue(was)
    first = till.post(f"{sale.pk}/{step}", body)
    before = books()

    again = till.post(f"{sale.pk}/{step}", body)

    assert (again.status_code, again.json(), books()) == (200, first.json(), before)


def test_what_the_status_forbids_says_what_it_is(yao, validated):
    problem = check_problem(Till(yao).post(f"{validated.pk}/reject", {"reason": "no"}), 409, "wrong_status")

    assert problem["sale_status"] == "validated"


def test_what_stands_in_the_way_of_cancelling_is_told(yao, koffi, validated):
    back = factories.returned(koffi, validated.lines.get())

    problem = check_problem(Till(yao).post(f"{validated.pk}/cancel", {"reason": "no"}), 409, "sale_is_tied")

    assert (problem["returns"], problem["consignments"], problem["settlement"]) == ([str(back.pk)], [], None)


REASONS = {
    "none": {},
    "null": {"reason": None},
    "empty": {"reason": ""},
    "blank": {"reason": " \t "},
    "too long": {"reason": "a" * 201},
    "NUL": {"reason": "a\0b"},
    "half a character": {"reason": "\ud800"},
    "a number": {"reason": 1},
    "a list": {"reason": ["a"]},
    "a newline within": {"reason": "a\nb"},
    "unknown too": {"reason": "a", "status": "validated"},
}


@pytest.mark.parametrize("body", REASONS.values(), ids=REASONS)
@pytest.mark.parametrize("step", ["reject", "cancel"])
def test_c19_a_reason_is_a_short_text_and_nothing_else_is_taken(step, body, yao, request):
    sale = request.getfixturevalue(STEPS[step][0])
    before = books()

    check_problem(Till(yao).post(f"{sale.pk}/{step}", body), 400, "invalid")

    assert books() == before


def test_two_hundred_characters_are_a_reason(yao, pending):
    reason = "é" * 199 + "\U0001f37a"

    assert Till(yao).post(f"{pending.pk}/reject", {"reason": reason}).json()["reason"] == reason


@pytest.mark.parametrize("path", ["", "/validate", "/reject", "/cancel", "/undo", "/verify"])
def test_a_sale_of_another_bar_looks_like_none(path, zoe, validated):
    """Asked for in their own bar, and in ours."""
    body = {"reason": "x"} if path in ("/reject", "/cancel") else None
    before, bodies = books(), set()

    for till, pk in ((Till(zoe), validated.pk), (Till(zoe), uuid.uuid4())):
        answer = till.post(f"{pk}{path}", body) if path else till.get(f"/{pk}")
        problem = check_problem(answer, 404, "not_found")
        bodies.add(json.dumps({name: value for name, value in problem.items() if name != "request_id"}))
    foreign = Till(zoe, validated.bar_id)
    answer = foreign.post(f"{validated.pk}{path}", body) if path else foreign.get(f"/{validated.pk}")
    check_problem(answer, 404, "not_found")

    assert (len(bodies), books()) == (1, before)


# All that waits


def test_a_manager_validates_all_that_waits_or_what_one_waiter_has(koffi, awa, beer):
    issa = factories.member(awa.bar, "issa", "waiter")
    sales = [factories.sale(seller, {beer.pk: 1}) for seller in (awa, issa, awa)]
    till = Till(koffi)

    of_issa, rest, none = (
        till.post("validate", body).json() for body in ({"seller": str(issa.user_id)}, {}, {"seller": None})
    )

    assert of_issa == {"validated": [str(sales[1].pk)]}
    assert rest == {"validated": [str(sales[0].pk), str(sales[2].pk)]}
    assert (none, shelf(beer)) == ({"validated": []}, [(21, 0)])


def test_a_manager_validates_those_that_were_picked(koffi, awa, beer, zoe):
    foreign = factories.sale(zoe, {factories.product(zoe.bar, "Heineken").pk: 1})
    picked, left, decided = [factories.sale(awa, {beer.pk: 1}) for _ in range(3)]
    validate(koffi, decided.pk)

    body = {"sales": [str(pk) for pk in (picked.pk, decided.pk, foreign.pk, uuid.uuid4())]}
    answers = [Till(koffi).post("validate", asked).json() for asked in (body, body)]

    assert answers == [{"validated": [str(picked.pk)]}, {"validated": []}]
    assert Sale.objects.get(pk=left.pk).status == Sale.Status.PENDING


def test_more_than_can_be_picked_on_a_page_is_refused(koffi):
    check_problem(Till(koffi).post("validate", {"sales": [str(uuid.uuid4())] * 201}), 400, "invalid")


def test_a_waiter_validates_nothing(awa, pending):
    before = books()

    check_problem(Till(awa).post("validate", {}), 403, "not_allowed")

    assert books() == before


@pytest.mark.parametrize("body", [{"seller": "awa"}, {"seller": 1}, {"sales": []}, [], None])
def test_a_bad_request_for_all_validates_nothing(body, koffi, pending):
    before = books()

    check_problem(Till(koffi).post("validate", body), 400, "invalid")

    assert books() == before


# Undoing and verifying


def test_a_waiter_undoes_the_own_sale_and_no_other(awa, koffi, pending, validated):
    assert Till(awa).post(f"{pending.pk}/undo").json()["status"] == "rejected"
    check_problem(Till(awa).post(f"{validated.pk}/undo"), 404, "not_found")
    check_problem(Till(koffi).post(f"{pending.pk}/undo"), 403, "not_allowed")


def test_an_old_sale_is_not_undone_by_the_api(awa, beer):
    old = factories.sale(awa, {beer.pk: 1}, at=timezone.now() - timedelta(minutes=11))

    check_problem(Till(awa).post(f"{old.pk}/undo"), 409, "too_late")


def test_mobile_money_is_verified_by_a_manager(awa, koffi, beer):
    sale = factories.sale(awa, {beer.pk: 1}, payment=Sale.Payment.MOBILE_MONEY)

    check_problem(Till(awa).post(f"{sale.pk}/verify"), 403, "not_allowed")
    answer = Till(koffi).post(f"{sale.pk}/verify")

    assert (answer.status_code, answer.json()["to_verify"]) == (200, False)
    assert Till(koffi).get(f"/{sale.pk}").json()["verified_by"] == "koffi"


# What is seen


def test_one_sale_has_its_lines_and_what_was_decided(awa, koffi, yao, beer, pending):
    expire_sales(timezone.now() + timedelta(days=1))
    validate(yao, pending.pk)

    sale = Till(koffi).get(f"/{pending.pk}").json()

    assert (sale["seller"], sale["created_by"], sale["decided_by"]) == ("awa", "awa", "yao")
    assert [(line["product"], line["quantity"], line["unit_price"]) for line in sale["lines"]] == [
        (str(beer.pk), 2, 1000)
    ]
    assert [(one["was"], one["became"], one["by"]) for one in sale["decisions"]] == [
        ("pending", "expired", None),
        ("expired", "validated", "yao"),
    ]


def test_a_waiter_sees_the_own_sales_and_not_those_of_others(awa, pending, validated):
    till = Till(awa)

    assert till.get(f"/{pending.pk}").json()["id"] == str(pending.pk)
    check_problem(till.get(f"/{validated.pk}"), 404, "not_found")
    assert [sale["id"] for sale in till.get().json()["sales"]] == [str(pending.pk)]
    assert till.get(seller=str(validated.sold_by_id)).json()["sales"] == []


def test_what_speaks_against_a_sale_is_told_to_who_decides(awa, koffi, beer):
    basket = factories.basket({beer.pk: 25}, sold_at=timezone.now())
    sale = sell(awa, basket, at=timezone.now()).sale

    seen = {member.role: Till(member).get(f"/{sale.pk}").json()["review"] for member in (awa, koffi)}
    listed = {member.role: Till(member).get().json()["sales"][0]["review"] for member in (awa, koffi)}

    assert seen == listed
    assert (seen["waiter"], list(seen["manager"])) == (None, ["short"])


def test_c19_no_answer_about_sales_tells_what_goods_cost(awa, koffi, yao, beer):
    Product.objects.filter(pk=beer.pk).update(cost="417.1234")
    sale = factories.sale(awa, {beer.pk: 3})

    told = [without_ids(Till(member).get(path).content) for member in (awa, koffi, yao) for path in ("", f"/{sale.pk}")]
    told += [without_ids(Till(yao).post(f"{sale.pk}/validate").content)]

    assert sale.lines.get().unit_cost == 417 + sale.lines.get().unit_cost % 1
    assert [word for word in ("417", "cost", "margin") for text in told if word in text] == []


# Lists


def test_a_list_is_filtered_by_what_is_asked(awa, koffi, yao, beer):
    sales = {
        "pending": factories.sale(awa, {beer.pk: 1}),
        "card": factories.sale(koffi, {beer.pk: 1}, payment=Sale.Payment.CARD),
        "money": factories.sale(yao, {beer.pk: 1}, payment=Sale.Payment.MOBILE_MONEY),
        "old": factories.sale(yao, {beer.pk: 1}, at=timezone.now() - timedelta(days=40)),
    }
    till, today = Till(koffi), sales["card"].business_date.isoformat()
    asked = {
        "status=pending": ["pending"],
        "status=cancelled": [],
        f"seller={yao.user_id}": ["money", "old"],
        "payment=card": ["card"],
        "to_verify=true": ["money"],
        f"on={today}": ["money", "card", "pending"],
        f"on={sales['old'].business_date}": ["old"],
        f"seller={yao.user_id}&on={today}&payment=mobile_money&status=validated&to_verify=true": ["money"],
        f"seller={yao.user_id}&status=pending": [],
    }

    got = {query: till.client.get(f"{till.address}?{query}").json()["sales"] for query in asked}

    names = {str(sale.pk): name for name, sale in sales.items()}
    assert {query: [names[sale["id"]] for sale in found] for query, found in got.items()} == asked


@pytest.mark.parametrize(
    "query",
    ["status=", "status=Pending", "status=pending%00", "seller=awa", "payment=shells", "to_verify=perhaps", "on=soon",
     "sold_by__password__startswith=a", "_connector=OR", "offset=1", "ordering=total", "status__in=pending"],
)  # fmt: skip
def test_a_filter_that_is_not_one_is_refused(query, koffi):
    till = Till(koffi)

    answer = till.client.get(f"{till.address}?{query}")

    assert check_problem(answer, 400, answer.json()["code"])["code"] in ("invalid", "unknown_parameter")


@pytest.mark.parametrize("sales", [1, 3])
def test_a_page_and_a_sale_cost_the_same_however_many(sales, koffi, awa, beer, django_assert_num_queries):
    made = [factories.sale(awa, {beer.pk: 1}) for _ in range(sales)]
    till = Till(koffi)
    till.get()

    with django_assert_num_queries(8):  # token, membership, BEGIN, heads, sales, lines, how many there are, COMMIT
        assert len(till.get().json()["sales"]) == sales
    with django_assert_num_queries(8):  # and the decisions
        assert till.get(f"/{made[0].pk}").status_code == 200
