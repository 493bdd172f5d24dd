"""Posting orders, and checking refusals, for the tests of the API."""

import json
import re


def post(till, body, content_type="application/json"):
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return till.generic("POST", till.address, data, content_type)


def check_problem(answer, status, code):
    """An RFC 9457 problem that says no more than it should."""
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["status"]) == (status, code, status)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["type"] == f"urn:bartender:problem:{code}"
    assert {"title", "detail", "request_id"} <= set(problem)
    assert not re.search(r"Traceback|File \"|SELECT|INSERT|psycopg|/srv/|site-packages", answer.content.decode())
    return problem
