"""The OpenAPI file: a client's author finds there all that an operation takes and answers."""

import pytest

from config.api import api
from realtime.errors import Problem, refuses
from tests.documented import check_documented, documented

FILE = api.get_openapi_schema()
OPERATIONS = {
    f"{method.upper()} {path}": operation for path, item in FILE["paths"].items() for method, operation in item.items()
}


@pytest.fixture(params=OPERATIONS.values(), ids=OPERATIONS)
def operation(request):
    return request.param


def test_an_operation_has_a_sentence_a_place_and_a_name_of_its_own(operation):
    assert operation["summary"][0].isupper()
    assert operation["summary"] != operation["operationId"]
    assert operation["tags"]
    assert sum(one["operationId"] == operation["operationId"] for one in OPERATIONS.values()) == 1


def test_an_operation_documents_its_answer_and_the_refusals_of_its_kind(operation):
    known = documented(operation)

    assert [status for status in known if 200 <= status < 300]
    assert known[400] >= {"invalid", "unknown_parameter"}
    assert known[503] == {"try_again", "outcome_unknown"}
    assert ("security" in operation) == ("sign_in" in known.get(401, ()))
    if "requestBody" in operation and "application/json" in operation["requestBody"]["content"]:
        assert (known[413], known[415]) == ({"too_large"}, {"not_json"})


def test_an_operation_in_a_bar_refuses_strangers_and_roles():
    inside = {name: documented(one) for name, one in OPERATIONS.items() if "{bar_id}" in name}

    assert [name for name, known in inside.items() if not {"not_found"} <= known[404]] == []
    assert [name for name, known in inside.items() if not {"not_allowed"} <= known[403]] == []


def test_what_changes_something_may_be_in_progress_elsewhere():
    writing = {name: documented(one) for name, one in OPERATIONS.items() if not name.startswith("GET")}

    assert [name for name, known in writing.items() if not {"in_progress", "conflict"} <= known[409]] == []


def test_every_reference_leads_somewhere():
    names = set()

    def walk(value):
        if isinstance(value, dict):
            names.update([value["$ref"]] if "$ref" in value else [])
            for below in value.values():
                walk(below)
        elif isinstance(value, list):
            for below in value:
                walk(below)

    walk(FILE)

    for name in names:
        _, _, kind, target = name.split("/")
        assert target in FILE["components"][kind]


def test_schemas_of_one_short_name_in_two_apps_are_two():
    """django-ninja by itself keeps one CountIn and one Payment, whoever's."""
    put, post = (OPERATIONS[name]["requestBody"]["content"]["application/json"]["schema"]["$ref"] for name in COUNTS)

    assert FILE["components"]["schemas"][put.rpartition("/")[2]]["properties"].keys() == {"key", "quantity"}
    assert "counted_cash" in FILE["components"]["schemas"][post.rpartition("/")[2]]["properties"]


COUNTS = (
    "PUT /api/v1/bars/{bar_id}/counts/{count_id}/products/{product_id}",
    "POST /api/v1/bars/{bar_id}/closes",
)


def test_every_problem_that_is_documented_shows_an_example():
    for answer in FILE["components"]["responses"].values():
        content = answer["content"]["application/problem+json"]
        codes = content["schema"]["allOf"][1]["properties"]["code"]["enum"]
        required = FILE["components"]["schemas"]["Problem"]["required"]
        assert set(content["examples"]) == set(codes)
        assert all(set(required) <= set(one["value"]) for one in content["examples"].values())
        assert all(f"`{code}`" in answer["description"] for code in codes)


def test_public_streams_want_no_signing_in_and_nothing_else_is_open_to_who_has_shown_a_wrong_token():
    """Signing in is refused by 401 there, too: for a stream that isn't public, and a token that is none."""
    open_to_all = {
        (path, "401" in map(str, one["responses"]))
        for path, methods in FILE["paths"].items()
        for one in methods.values()
        if {} in one.get("security", [])
    }

    assert open_to_all == {("/api/v1/sync/poll", True), ("/api/v1/sync/stream", True)}


def test_the_file_is_made_once(db, client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answers = [client.get("/api/v1/openapi.json") for _ in range(2)]

    assert answers[0].content == answers[1].content
    assert api.get_openapi_schema() is FILE


def test_the_tests_notice_a_refusal_that_is_not_documented(till):
    """The control of tests/documented.py."""
    answer = till.get(till.address)
    answer.status_code = 418

    with pytest.raises(AssertionError, match="418"):
        check_documented("GET", till.address, answer)


def test_a_refusal_is_declared_in_one_line():
    class TooLate(Problem):
        """`until` says when it would have been time."""

        status, code, title = 409, "too_late", "The kitchen is closed."

    assert list(refuses(TooLate).values()) == [(TooLate,)]
