"""What the OpenAPI file lets a client ask, and what nobody should, as cases that schemathesis makes of it."""

import json
import re

import hypothesis.strategies as st
import schemathesis
from django.test import Client
from requests import Request
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from config.api import api
from tests.matrix import ROWS
from tests.things import BODIES, PLACE, REFERENCES, name_of

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]

# A batch is answered although one of its sales is none: that one's result says so.
LENIENT = {"POST /api/v1/bars/{bar_id}/sales/batch": [negative_data_rejection]}


def described():
    """The OpenAPI file, but who is asking: that is ours to say, and the matrix has it."""
    file = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    del file["components"]["securitySchemes"]
    for path in file["paths"].values():
        for operation in path.values():
            operation.pop("security", None)
    return file


@schemathesis.serializer("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
def as_it_is(context, value):
    return value if isinstance(value, bytes) else str(value).encode()


schema = schemathesis.openapi.from_dict(described())
OPERATIONS = {found.ok().label.replace("_id}", "}"): found.ok() for found in schema.get_all_operations()}
OF_BARS = [label for label in OPERATIONS if "{bar}" in label]
# Things that stand in a query, beside those that tests/things.py puts into the body.
ASKED_FOR = {"product": "product", "category": "category"}


def row_of(label):
    """The row of the matrix that says which things an operation is asked with."""
    method, _, path = label.partition(" ")
    return next(row for row in ROWS if (row.method, row.route) == (method, path))


def fields_of(row):
    """{name of a field: name of the thing whose id it takes}."""
    found = dict(ASKED_FOR)
    if row.key == "GET supplies":
        found["supplier"] = "supplier"

    def look(value, field):
        for below, name in value.items() if isinstance(value, dict) else ():
            look(name, below)
        for below in value if isinstance(value, list) else ():
            look(below, field)
        if isinstance(value, str) and (place := PLACE.fullmatch(value)):
            found[field] = name_of(place)

    look(BODIES.get(row.key, {}), "")
    look(REFERENCES.get(row.key, {}), "")
    return found


def ids_of(row, cast):
    """{field: id} of this bar's things; each is made."""
    return {field: cast.thing(name) for field, name in fields_of(row).items()} | {"streams": f"bar.{cast.bar.pk}"}


def cases(operation):
    """Requests that the file allows and requests that it doesn't, one as often as the other."""
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    return st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])


def edges(operation):
    """Each limit that the file states, kept to and broken: the same cases in every run."""
    config = operation.schema.config.generation_for(operation=operation)
    made = operation.schema.iter_coverage_cases(
        operation, generation_modes=list(GenerationMode), generation_config=config
    )
    return [case for case in made if case.method.upper() == operation.method.upper()]


def aimed(case, row, cast, ids):
    """The case at this bar and the row's things, and with these ids in query and body; None leaves what there is."""
    if cast:
        names = re.findall(r"{(\w+)}", case.operation.path)
        ours = [str(cast.bar.pk), *(cast.thing(name) for name in row.places)]
        for name, pk in zip(names, ours, strict=False):
            case.path_parameters[name] = pk
    if ids:
        case.query, case.body = replaced(case.query, ids), replaced(case.body, ids)
    return case


def replaced(value, ids, field=""):
    """Ids put for every text in a field that takes them, at any depth."""
    if isinstance(value, dict):
        return {name: replaced(below, ids, name) for name, below in value.items()}
    if isinstance(value, list):
        return [replaced(below, ids, field) for below in value]
    return ids.get(field, value) if isinstance(value, str) else value


def ask(case, headers):
    """The answer that Django's test client gets, which is watched; unless it is a stream, schemathesis checks it."""
    sent = Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
    body, kind = sent.body or b"", sent.headers.get("Content-Type", "")
    answer = Client().generic(case.method, sent.url, body, kind, headers=headers)
    if not answer.streaming:
        told = {name: [value] for name, value in answer.headers.items()}
        response = schemathesis.Response(answer.status_code, told, answer.content, sent, 0.0, True)
        case.validate_response(response, checks=CHECKS, excluded_checks=LENIENT.get(case.operation.label))
    return answer
