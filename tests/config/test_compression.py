"""Fewer bytes for who takes them compressed, and the same answer for who doesn't."""

import gzip
import json
from pathlib import Path

import brotli
import httpx
import pytest
from django.core.management import call_command
from django.http import StreamingHttpResponse
from django.middleware.gzip import GZipMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware

from config.compression import LEAST
from tests import factories

TAKES_ALL = {"Accept-Encoding": "gzip, deflate, br"}
PLAIN = {"Accept-Encoding": "identity"}
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


@pytest.fixture
def products(till, koffi, bar):
    """The address of a list that is long enough."""
    for number in range(9):
        factories.product(bar, f"Bière {number}", stock=0)
    return f"/api/v1/bars/{koffi.bar_id}/products"


def encoding(answer):
    return answer.headers.get("Content-Encoding")


def varies(answer):
    return set(answer.headers["Vary"].split(", "))


# Answers


def test_a_long_answer_is_compressed_for_who_takes_that_and_says_the_same(till, products):
    packed, plain = (till.get(products, headers=headers) for headers in (TAKES_ALL, PLAIN))

    assert (encoding(packed), encoding(plain)) == ("gzip", None)
    assert json.loads(gzip.decompress(packed.content)) == plain.json()
    assert int(packed.headers["Content-Length"]) == len(packed.content) < len(plain.content) / 2
    assert varies(packed) == varies(plain) == {"Accept-Encoding", "Accept-Language", "Authorization", "Cookie"}


def test_a_short_answer_is_sent_as_it_is(till, koffi):
    answer = till.get(f"/api/v1/bars/{koffi.bar_id}/sales", headers=TAKES_ALL)

    assert (answer.status_code, len(answer.content) < LEAST, encoding(answer)) == (200, True, None)
    assert "Accept-Encoding" in varies(answer)


def test_a_page_is_compressed_and_its_secret_never_looks_the_same(client, db):
    first, second = (gzip.decompress(client.get("/login/", headers=TAKES_ALL).content).decode() for _ in range(2))

    tokens = {page.partition('name="csrfmiddlewaretoken" value="')[2][:64] for page in (first, second)}
    assert (len(tokens), {len(token) for token in tokens}) == (2, {64})
    assert first.rstrip().endswith("</html>")


@pytest.mark.parametrize("again_with", [TAKES_ALL, PLAIN], ids=["compressed", "plain"])
@pytest.mark.parametrize("first_with", [TAKES_ALL, PLAIN], ids=["compressed", "plain"])
def test_the_tag_of_either_form_saves_sending_again(first_with, again_with, till, bar, products):
    first = till.get(products, headers=first_with)
    tag = first.headers["ETag"]

    again = till.get(products, headers=again_with | {"If-None-Match": tag})
    factories.product(bar, "Une autre")
    changed = till.get(products, headers=again_with | {"If-None-Match": tag})

    assert (first.status_code, again.status_code, again.content, encoding(again)) == (200, 304, b"", None)
    assert (tag.startswith('W/"'), again.headers["ETag"], varies(again)) == (True, tag, varies(first))
    assert (changed.status_code, changed.headers["ETag"] != tag) == (200, True)


# Streams


def test_an_event_is_never_held_back_in_a_compressor(stack, koffi, beer):
    address = f"{stack.url}/api/v1/sync/stream?streams=bar.{koffi.bar_id}"
    with httpx.stream("GET", address, headers=factories.bearer(koffi) | TAKES_ALL, timeout=10) as answer:
        pieces = answer.iter_raw()
        opening = next(pieces)
        factories.sale(koffi, {beer.pk: 1})
        event = next(pieces)

    assert (encoding(answer), opening[:7], event[:12]) == (None, b"retry: ", b"event: frame")


@pytest.mark.parametrize("path", ["sync/poll", "sync/stream"])
def test_a_stream_is_not_compressed_for_who_would_take_that(path, till, koffi):
    answer = till.get(f"/api/v1/{path}?streams=bar.{koffi.bar_id}", headers=TAKES_ALL)

    assert (answer.status_code, answer.streaming, encoding(answer)) == (200, True, None)


def test_django_itself_would_compress_a_stream(rf):
    answer = GZipMiddleware(lambda request: StreamingHttpResponse(["data: 1\n\n"]))(rf.get("/", headers=TAKES_ALL))

    assert encoding(answer) == "gzip"


# Static files


@pytest.fixture
def source(tmp_path, settings):
    """A folder of static files, and nothing else to collect."""
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATIC_ROOT = str(tmp_path / "collected")
    settings.WHITENOISE_USE_FINDERS = False
    settings.STATICFILES_DIRS[0].mkdir()
    return settings.STATICFILES_DIRS[0]


def collect():
    call_command("collectstatic", interactive=False, verbosity=0)


def sent(rf, path, **headers):
    """Encoding and content of a static file, by a server that has just started."""
    answer = WhiteNoiseMiddleware(None)(rf.get(path, headers=headers))
    return encoding(answer), b"".join(answer.streaming_content), answer


@pytest.mark.parametrize("taken", ["br", "gzip", None])
def test_a_collected_file_is_sent_compressed_and_is_the_same_file(taken, source, rf):
    text = Path("config/static/ui/pages.css").read_bytes()
    (source / "a.css").write_bytes(text)
    collect()

    took = {"br": "gzip, deflate, br", "gzip": "gzip, deflate", None: "identity"}[taken]
    encoded, content, answer = sent(rf, "/static/a.css", **{"Accept-Encoding": took})

    assert (encoded, UNPACK[encoded](content)) == (taken, text)
    assert (len(content) < len(text) / 2, varies(answer)) == (taken is not None, {"Accept-Encoding"})


@pytest.mark.parametrize("text", [b".b { color: red; }\n" * 99, b".b{}"], ids=["long", "too short to compress"])
def test_a_changed_file_is_never_sent_as_it_was(text, source, rf, settings):
    (source / "a.css").write_bytes(b".a { color: red; }\n" * 99)
    collect()
    (source / "a.css").write_bytes(text)
    Path(settings.STATIC_ROOT, "a.css").unlink()  # as it would be collected once the old is of another second
    collect()

    for taken in ("br", "gzip", "identity"):
        encoded, content, _ = sent(rf, "/static/a.css", **{"Accept-Encoding": taken})
        assert UNPACK[encoded](content) == text


def test_files_are_found_where_nothing_is_collected(client):
    answer = client.get("/static/ui/pages.css", headers=TAKES_ALL)

    assert (answer.status_code, encoding(answer)) == (200, None)
    assert b"".join(answer.streaming_content) == Path("config/static/ui/pages.css").read_bytes()
