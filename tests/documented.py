"""Whatever the API answers in any test stands in its OpenAPI file: status and code, for that operation."""

import re
from contextlib import contextmanager

from django.test import Client
from django.urls import Resolver404, resolve

from config.api import api

PREFIX = "/api/v1/"
PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
request = Client.request


def operation_at(method, path):
    """The operation's part of the OpenAPI file; None for an address or a method that is none."""
    try:
        route = resolve(path).route
    except Resolver404:
        return None
    schema = api.get_openapi_schema()
    return schema["paths"].get("/" + PLACE.sub(r"{\1}", route), {}).get(method.lower())


def documented(operation):
    """{status: codes} of an operation; no codes where the answer isn't a problem."""
    shared = api.get_openapi_schema()["components"]["responses"]
    found = {}
    for status, named in operation["responses"].items():
        answer = shared[named["$ref"].rpartition("/")[2]] if "$ref" in named else named
        content = answer.get("content", {}).get("application/problem+json")
        found[int(status)] = set(content["schema"]["allOf"][1]["properties"]["code"]["enum"]) if content else set()
    return found


def check_documented(method, path, answer):
    operation = operation_at(method, path)
    if operation is None:
        return
    known = documented(operation)
    assert answer.status_code in known, f"{method} {path} answered {answer.status_code}, which it doesn't document"
    if answer.headers.get("Content-Type") == "application/problem+json":
        code = answer.json()["code"]
        assert code in known[answer.status_code], f"{method} {path} answered {code}: declare it with refuses()"


@contextmanager
def checking():
    """Check every answer that Django's test client gets from the API."""

    def checked(client, **environ):
        answer = request(client, **environ)
        if environ["PATH_INFO"].startswith(PREFIX):
            check_documented(environ["REQUEST_METHOD"], environ["PATH_INFO"], answer)
        return answer

    Client.request = checked
    try:
        yield
    finally:
        Client.request = request
