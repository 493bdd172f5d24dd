"""Refusals are said in the language of who reads them; programs, which ask for none, are told in English."""

import json
import uuid

import httpx
import pytest
from django.conf import settings
from django.test import Client

from realtime.language import language_of
from tests import factories
from tests.config.problems import check_problem
from tests.realtime.follower import Follower, sub

FRENCH, ENGLISH, NONE = {"Accept-Language": "fr-CI,fr;q=0.9,en;q=0.5"}, {"Accept-Language": "en-GB"}, {}
ASKED = {
    "French": (FRENCH, "fr"),
    "English": (ENGLISH, "en"),
    "nothing": (NONE, "en"),
    "any": ({"Accept-Language": "*"}, "en"),
}


def by_the_service(client, bar):
    """The stock is short."""
    product = factories.product(bar, "Flag", stock=0)
    order = {"key": str(uuid.uuid4()), "lines": [{"product": str(product.pk), "quantity": 1}]}
    return client.post(f"/api/v1/bars/{bar.pk}/sales", json.dumps(order), "application/json")


def by_pydantic(client, bar):
    return client.post(f"/api/v1/bars/{bar.pk}/sales", json.dumps({"lines": []}), "application/json")


def by_our_validator(client, bar):
    return client.patch(f"/api/v1/bars/{bar.pk}/settings", json.dumps({"currency": "XYZ"}), "application/json")


def by_no_address(client, bar):
    return client.get("/api/v1/nothing")


def by_no_method(client, bar):
    return client.put(f"/api/v1/bars/{bar.pk}/sales")


REFUSALS = {
    by_the_service: (409, "stock_insufficient", "There is not enough in stock", "Il n’y en a pas assez en stock"),
    by_pydantic: (400, "invalid", "Field required", "champ obligatoire"),
    by_our_validator: (400, "invalid", "is not a currency, such as XOF", "n’est pas une devise, comme XOF"),
    by_no_address: (404, "not_found", "There is nothing here for you.", "Il n’y a rien ici pour vous."),
    by_no_method: (405, "method_not_allowed", "This address does not answer", "Cette adresse ne répond pas"),
}


@pytest.mark.parametrize(("headers", "language"), ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_the_api_refuses_in_the_language_that_is_asked_for(refusal, headers, language, yao, bar):
    status, code, english, french = REFUSALS[refusal]
    client = Client(headers=factories.bearer(yao) | headers)

    answer = refusal(client, bar)

    problem = check_problem(answer, status, code)
    assert (french if language == "fr" else english) in problem["detail"]
    assert (english if language == "fr" else french) not in answer.content.decode()
    assert answer.headers["Content-Language"] == language
    assert {"Accept-Language", "Cookie"} <= set(answer.headers["Vary"].split(", "))


@pytest.mark.parametrize(("headers", "told"), [(FRENCH, "rechargez-la"), (NONE, "reload the page")])
def test_a_forged_form_is_refused_in_the_language_of_its_page(headers, told, koffi):
    browser = Client(enforce_csrf_checks=True, headers=headers)
    browser.force_login(koffi.user)

    answer = by_pydantic(browser, koffi.bar)

    assert told in check_problem(answer, 403, "csrf")["detail"]


def test_who_has_chosen_a_language_keeps_it(koffi, bar):
    browser = Client(headers=factories.bearer(koffi) | ENGLISH)
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"

    answer = by_no_address(browser, bar)

    assert answer.json()["detail"] == "Il n’y a rien ici pour vous."


def test_fields_and_codes_stay_as_they_are(yao, bar):
    answers = [by_pydantic(Client(headers=factories.bearer(yao) | asked), bar).json() for asked in (FRENCH, ENGLISH)]

    said = [(one["type"], one["code"], [error["field"] for error in one["errors"]]) for one in answers]
    assert said[0] == said[1]
    assert answers[0]["title"] != answers[1]["title"]


def test_a_role_is_named_in_french(awa, bar):
    answer = Client(headers=factories.bearer(awa) | FRENCH).get(f"/api/v1/bars/{bar.pk}/products/export")

    problem = check_problem(answer, 403, "not_allowed")
    assert (
        problem["detail"]
        == "Votre rôle (serveur) ne permet pas ceci\u00a0: exporter. Demandez à un responsable du bar."
    )


def test_the_description_of_the_api_is_english_whoever_asks_first():
    file = Client(headers=FRENCH).get("/api/v1/openapi.json").json()

    assert "Sign in first." in json.dumps(file)
    assert "Connectez-vous" not in json.dumps(file, ensure_ascii=False)


PAGES = [("fr", "Ce bar n’existe pas"), ("en", "There is no such bar for you.")]


@pytest.mark.parametrize(("language", "told"), PAGES)
def test_a_page_that_is_refused_says_why(language, told, client, koffi, zoe):
    client.force_login(koffi.user)

    page = client.get(f"/bars/{zoe.bar_id}/till", headers={"Accept-Language": language})

    assert (page.status_code, told in page.content.decode()) == (404, True)


def test_a_page_is_french_where_nothing_is_asked(client, koffi, zoe):
    client.force_login(koffi.user)

    page = client.get(f"/bars/{zoe.bar_id}/till")

    assert "Ce bar n’existe pas" in page.content.decode()


# Live


@pytest.mark.parametrize(("headers", "language"), ASKED.values(), ids=ASKED)
def test_a_handshake_says_the_language_as_a_request_does(headers, language):
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    assert language_of({"headers": raw}) == language


def test_two_sockets_are_refused_each_in_its_language(stack, koffi, zoe):
    stream = f"bar.{zoe.bar_id}"
    told = []
    for headers in (FRENCH, NONE, FRENCH):
        with Follower(stack, headers=factories.bearer(koffi) | headers) as page:
            told.append(page.hello(sub(stream))["detail"])

    english, french = "There is no such stream for you.", "Ce flux n’existe pas, ou n’est pas pour vous."
    assert told == [french, english, french]


def test_a_poll_is_refused_in_its_language(stack, koffi, zoe):
    asked = {"streams": f"bar.{zoe.bar_id}"}
    answers = [
        httpx.get(f"{stack.url}/api/v1/sync/poll", params=asked, headers=factories.bearer(koffi) | headers)
        for headers in (FRENCH, NONE)
    ]

    assert [one.headers["Content-Language"] for one in answers] == ["fr", "en"]
    assert answers[0].json()["detail"].startswith("Ce flux n’existe pas")
