"""A log that programs can read: what was asked, by whom, and how it went; and nobody writes lines of their own."""

import io
import json
import logging
import re
import sys
import uuid

import pytest
from django.test import Client

from config.logs import FIELDS, formatter, logging_config
from tests import factories
from tests.config.problems import check_problem
from tests.stack import Stack

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
NASTY = "sold\nERROR root forged\r\x1b[2Jx\x00\x85y\u2028z\u202e"


@pytest.fixture
def logged(request):
    """What a logger of ours writes, as one text; `format_` is the test's."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(request.param))
    logger = logging.getLogger(f"tests.{uuid.uuid4().hex}")
    logger.addHandler(handler)
    logger.propagate = False
    return logger, stream


def break_something():
    try:
        raise ValueError(NASTY)
    except ValueError:
        return sys.exc_info()


@pytest.mark.parametrize("logged", ["json"], indirect=True)
def test_a_line_is_one_object_with_the_stream_and_its_number(logged):
    logger, stream = logged

    logger.warning("a hole of %d was closed", 3, extra={"stream": "bar.a", "seq": 7, "password": "secret"})

    line = json.loads(stream.getvalue())
    assert TIME.fullmatch(line.pop("time"))
    assert {name: line[name] for name in ("level", "logger", "event", "stream", "seq")} == {
        "level": "warning",
        "logger": logger.name,
        "event": "a hole of 3 was closed",
        "stream": "bar.a",
        "seq": 7,
    }
    assert set(line) <= {"level", "logger", "event", *FIELDS}


@pytest.mark.parametrize("logged", ["line"], indirect=True)
def test_people_read_it_from_left_to_right(logged):
    logger, stream = logged

    logger.error("a hole was closed", extra={"stream": "bar.a", "seq": 7})

    time, level, name, rest = stream.getvalue().split(" ", 3)
    assert (bool(TIME.fullmatch(time)), level, name) == (True, "ERROR", logger.name)
    assert rest.startswith("a hole was closed ")
    assert rest.endswith("stream=bar.a seq=7\n")


@pytest.mark.parametrize("logged", ["line", "json"], indirect=True)
def test_c44_nobody_writes_lines_of_their_own(logged):
    """Neither by what they are called, nor by a stream's name, nor by the text of an error."""
    logger, stream = logged

    logger.error("name: %s", NASTY, extra={"stream": NASTY}, exc_info=break_something())

    text = stream.getvalue()
    beginnings = [line for line in text.splitlines() if not line.startswith("  ")]
    assert len(beginnings) == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]", text)
    assert "ERROR root forged" in text


@pytest.mark.parametrize("logged", ["json"], indirect=True)
def test_c44_a_traceback_stays_readable(logged):
    logger, stream = logged

    logger.error("broken", exc_info=break_something())

    trace = json.loads(stream.getvalue())["exception"]
    assert trace.splitlines()[0] == "  Traceback (most recent call last):"
    assert "in break_something" in trace


def test_the_formats_are_those_two():
    assert [logging_config(one, "INFO")["root"]["level"] for one in ("json", "line")] == ["INFO", "INFO"]
    with pytest.raises(KeyError):
        formatter("xml")


# The id of a request


def test_the_id_of_a_problem_is_the_answers_and_the_logs(till, caplog):
    answer = till.get(f"{till.address}?x=1")

    problem = check_problem(answer, 400, "unknown_parameter")
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert till.get(till.address).headers["X-Request-ID"] != problem["request_id"]


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/api/v1/nothing", "/login/", "/static/ui/base.css", "/api/sync/poll"]
)
def test_every_answer_has_an_id(path, client, db):
    answer = client.get(path)

    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])


@pytest.mark.parametrize(
    ("proxies", "given", "is_taken"),
    [
        ([], "0123-from-afar", False),
        (["127.0.0.1"], "0123-from-afar", True),
        (["127.0.0.1"], "x\r\nSet-Cookie: a=b", False),
        (["127.0.0.1"], "a" * 65, False),
        (["127.0.0.1"], "", False),
        (["10.0.0.1"], "0123-from-afar", False),
    ],
)
@pytest.mark.usefixtures("db")
def test_c37_an_id_is_taken_from_our_own_proxy_alone(proxies, given, is_taken, client, settings):
    settings.TRUSTED_PROXIES = proxies

    answer = client.get("/nothing", headers={"X-Request-ID": given})

    assert (answer.headers["X-Request-ID"] == given) == is_taken


@pytest.fixture
def json_web(stack, tmp_path, monkeypatch):
    """A web process that logs JSON and lets everybody ask twenty times."""
    monkeypatch.setenv("LOG_FORMAT", "json")
    monkeypatch.setenv("RATE_LIMIT", "20")
    web = Stack(stack.database, tmp_path)
    web.start_web()
    yield web
    web.stop()


def lines_of(web):
    """Its log, but what came before logging was set up."""
    text = (web.folder / "web.log").read_text().partition("started\n")[2]
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")], text


def test_a_server_logs_json_with_who_asked_for_which_bar(json_web, koffi, zoe):
    import httpx

    url, headers = f"{json_web.url}/api/v1/bars/{koffi.bar_id}", factories.bearer(zoe)
    answers = [httpx.get(url, headers=headers | {"X-Forwarded-For": "6.6.6.6"}) for _ in range(22)]

    lines, text = lines_of(json_web)
    refused = {line["request_id"]: line for line in lines if line["logger"] == "django.request"}
    assert [answer.status_code for answer in answers] == [404] * 20 + [429] * 2
    for answer in answers:
        line = refused[answer.json()["request_id"]]
        assert (line["user"], line["bar"], line["level"]) == (str(zoe.user_id), str(koffi.bar_id), "warning")
    assert [line["logger"] for line in lines][0] == "uvicorn.error"
    assert "Traceback" not in text


def test_c37_a_server_believes_nobody_on_its_own_machine(json_web, db):
    """The control of that is uvicorn's own habit: without --no-proxy-headers each of these would be another client."""
    import httpx

    statuses = [
        httpx.get(f"{json_web.url}/api/v1/bars", headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code
        for n in range(21)
    ]

    assert statuses == [401] * 20 + [429]


def test_who_scans_the_net_by_other_names_fills_no_log(json_web, db):
    import httpx

    answer = httpx.get(f"{json_web.url}/login/", headers={"Host": "somebody.example"})

    lines, text = lines_of(json_web)
    assert answer.status_code == 400
    assert [line["event"] for line in lines if "somebody.example" in line["event"]] == []
    assert "Traceback" not in text


def test_a_server_writes_no_line_of_a_request_and_so_no_code_of_an_address(json_web, db):
    import httpx

    answers = [httpx.get(f"{json_web.url}{path}").status_code for path in ("/login/?next=/a-code/", "/healthz")]

    lines, text = lines_of(json_web)
    assert answers == [200, 200]
    assert "a-code" not in text
    assert [line for line in lines if line["logger"] == "uvicorn.access"] == []


def test_a_bearer_of_nothing_is_in_no_line(client, db, caplog):
    Client(headers={"Authorization": "Bearer secret-token"}).get("/api/v1/bars")

    assert "secret-token" not in caplog.text
