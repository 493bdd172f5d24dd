import pytest
from django.template import Context, RequestContext, Template
from django.test import RequestFactory

from config.templatetags.modules import imports_of
from tests.messages import ROOT

SCRIPT = '<script type="module" src="/static/{}" fetchpriority="low"></script>'
PRELOAD = '<link rel="modulepreload" href="/static/{}" fetchpriority="low">'


def page(text, context=RequestContext):
    request = [RequestFactory().get("/")] if context is RequestContext else []
    return Template("{% load modules %}" + text).render(context(*request))


def test_a_page_loads_its_modules_where_it_ends_and_preloads_what_they_import():
    html = page('{% modules "realtime/mode_switch.js" %}<p>text</p>{% load_modules %}')

    assert html.startswith("<p>text</p>")
    assert html.count(SCRIPT.format("realtime/mode_switch.js")) == 1
    assert html.count(PRELOAD.format("realtime/websocket.js")) == 1
    assert PRELOAD.format("realtime/mode_switch.js") not in html


def test_what_two_parts_of_a_page_ask_for_is_loaded_once_in_the_order_of_the_parts():
    parts = '{% modules "ui/drop_menu.js" "realtime/mode_switch.js" %}{% modules "ui/sheets.js" "ui/drop_menu.js" %}'

    html = page(parts + "{% load_modules %}")

    names = ("ui/drop_menu.js", "realtime/mode_switch.js", "ui/sheets.js")
    assert [html.count(SCRIPT.format(name)) for name in names] == [1, 1, 1]
    assert sorted(names, key=lambda name: html.index(SCRIPT.format(name))) == list(names)
    assert html.count("<link") == len({*imports_of(names[1]), *imports_of(names[2])} - {*names})


def test_a_page_that_asks_for_none_or_answers_nobody_loads_none():
    assert [page("{% load_modules %}", kind).strip() for kind in (RequestContext, Context)] == ["", ""]


def test_a_module_that_is_not_there_is_an_error():
    with pytest.raises(FileNotFoundError, match="realtime/nothing.js"):
        page('{% modules "realtime/nothing.js" %}{% load_modules %}')


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/static/*/*.js")), ids=lambda path: path.name)
def test_every_module_finds_what_it_imports(path):
    folder = next(folder for folder in path.parents if folder.name == "static")

    assert imports_of(path.relative_to(folder).as_posix()) is not None
