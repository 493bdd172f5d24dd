import pytest

from config.templatetags.modules import imports_of, modules
from tests.messages import ROOT


def test_a_page_names_its_modules_and_preloads_what_they_import():
    html = modules("realtime/mode_switch.js")

    assert html.count('<script type="module" src="/static/realtime/mode_switch.js" fetchpriority="low"></script>') == 1
    assert '<link rel="modulepreload" href="/static/realtime/websocket.js" fetchpriority="low">' in html
    assert '"modulepreload" href="/static/realtime/mode_switch.js"' not in html


def test_a_module_that_is_not_there_is_an_error():
    with pytest.raises(FileNotFoundError, match="realtime/nothing.js"):
        modules("realtime/nothing.js")


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/static/*/*.js")), ids=lambda path: path.name)
def test_every_module_finds_what_it_imports(path):
    folder = next(folder for folder in path.parents if folder.name == "static")

    assert imports_of(path.relative_to(folder).as_posix()) is not None
