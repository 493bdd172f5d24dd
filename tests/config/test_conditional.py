"""What hasn't changed isn't sent again; how fresh it is, is."""

import pytest
from django.test import Client

from tests import factories
from tests.config.problems import check_problem
from tests.realtime.numbering import since_now

LISTS = ["sales", "products", "tonight", "team", "sellers"]


@pytest.mark.parametrize("path", LISTS)
def test_an_unchanged_answer_is_304_with_no_body(path, till, koffi, beer):
    address = f"/api/v1/bars/{koffi.bar_id}/{path}"
    first = till.get(address)

    again = till.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers.get("Cursor") == first.headers.get("Cursor")
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= set(again.headers["Vary"].split(", "))


@pytest.mark.django_db(transaction=True)
def test_a_304_says_the_cursor_of_now(till, koffi, awa, beer):
    """A sale that a list of another day doesn't show moves the stream on, and not the list."""
    address = f"{till.address}?on=2020-01-01"
    first = till.get(address)
    factories.sale(koffi, {beer.pk: 1})

    again = till.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert again.headers["Cursor"] == since_now(f"bar.{koffi.bar_id}") != first.headers["Cursor"]


@pytest.mark.parametrize("path", ["sales", "products"])
def test_what_has_changed_is_sent_again(path, till, koffi, beer):
    address = f"/api/v1/bars/{koffi.bar_id}/{path}"
    first = till.get(address)
    factories.sale(koffi, {beer.pk: 1})

    again = till.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.headers["ETag"] != first.headers["ETag"]) == (200, True)


def test_the_tag_of_another_opens_nothing(till, koffi, zoe):
    tag = till.get(till.address).headers["ETag"]

    answer = Client(headers=factories.bearer(zoe)).get(till.address, headers={"If-None-Match": tag})

    check_problem(answer, 404, "not_found")
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("tag", ["*", '"x"', "x", 'W/"x"', '"', "\x7f", "é"])
def test_a_strange_tag_is_answered(tag, till):
    answer = till.get(till.address, headers={"If-None-Match": tag})

    assert answer.status_code == (304 if tag == "*" else 200)


def test_a_refusal_has_no_tag(till, koffi):
    answer = till.get(f"{till.address}?x=1")

    assert (answer.status_code, "ETag" in answer.headers, answer.headers["Cache-Control"]) == (
        400,
        False,
        "private, no-cache",
    )


def test_what_is_written_has_no_tag(till, order):
    answer = till.post(till.address, order, "application/json", headers={"If-None-Match": "*"})

    assert (answer.status_code, "ETag" in answer.headers) == (201, False)


@pytest.mark.parametrize("path", ["sync/poll", "sync/stream"])
def test_a_stream_passes_as_it_is(path, till, koffi):
    answer = till.get(f"/api/v1/{path}?streams=bar.{koffi.bar_id}", headers={"If-None-Match": "*"})

    assert (answer.status_code, answer.streaming, "ETag" in answer.headers) == (200, True, False)
