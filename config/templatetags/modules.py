"""Script modules without a build step: what a page's modules import is fetched at once, not one depth after another."""

import posixpath
import re
from functools import cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.template import Context, RequestContext
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()
IMPORT = re.compile(r"""^import (?:.+ from )?"(\..+)";$""", re.MULTILINE)
PRELOAD = '<link rel="modulepreload" href="{}" fetchpriority="low">'
SCRIPT = '<script type="module" src="{}" fetchpriority="low"></script>'


@register.simple_tag(takes_context=True)
def modules(context: RequestContext, *names: str) -> str:
    """{% modules "sales/bar_till.js" %}: the page needs these modules. It loads them where it ends."""
    wanted(context.request).update(dict.fromkeys(names))
    return ""


@register.simple_tag(takes_context=True)
def load_modules(context: Context) -> SafeString:
    """What the page's parts have asked for: script elements, and preloads of what they import, each once.

    At the end, and of low priority: on a slow phone a hundred links before the text cost it a tenth of a second, and
    nothing is painted before the styles are there.
    """
    return links(*wanted(getattr(context, "request", None)))


@cache
def links(*names: str) -> SafeString:
    """For these modules in this order."""
    imported = sorted(set().union(*map(imports_of, names)).difference(names))
    preloads = format_html_join("\n", PRELOAD, ((static(name),) for name in imported))
    scripts = format_html_join("\n", SCRIPT, ((static(name),) for name in names))
    return format_html("{}\n{}", preloads, scripts)


def wanted(request: HttpRequest | None) -> dict[str, None]:
    """The names of a page's modules in their order, kept with its request: parts have contexts of their own."""
    return request.__dict__.setdefault("modules_wanted", {}) if request else {}


@cache
def imports_of(name: str) -> frozenset[str]:
    """Every module that this one needs, however deep. Raises FileNotFoundError for one that isn't there."""
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(name)
    text = Path(found).read_text(encoding="utf-8")
    direct = {posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) for path in IMPORT.findall(text)}
    return frozenset(direct.union(*map(imports_of, direct)))
