"""Script modules without a build step: what a page's modules import is fetched at once, not one depth after another."""

import posixpath
import re
from functools import cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()
IMPORT = re.compile(r"""^import (?:.+ from )?"(\..+)";$""", re.MULTILINE)
PRELOAD = '<link rel="modulepreload" href="{}" fetchpriority="low">'
SCRIPT = '<script type="module" src="{}" fetchpriority="low"></script>'


@register.simple_tag
def modules(*names: str) -> SafeString:
    """{% modules "sales/bar_till.js" %}: script elements of these modules, and preloads of what they import.

    All of low priority: nothing is painted before the styles are there, and a browser has six connections for both.
    """
    imported = sorted(set().union(*map(imports_of, names)) - set(names))
    preloads = format_html_join("\n", PRELOAD, ((static(name),) for name in imported))
    scripts = format_html_join("\n", SCRIPT, ((static(name),) for name in names))
    return format_html("{}\n{}", preloads, scripts)


@cache
def imports_of(name: str) -> frozenset[str]:
    """Every module that this one needs, however deep. Raises FileNotFoundError for one that isn't there."""
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(name)
    text = Path(found).read_text(encoding="utf-8")
    direct = {posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) for path in IMPORT.findall(text)}
    return frozenset(direct.union(*map(imports_of, direct)))
