"""The tags of the package heroicons, each icon drawn once: the package copies and writes its XML anew each time.

Settings give this library the package's name: {% load heroicons %}.
"""

from functools import lru_cache

from django import template
from heroicons.templatetags import heroicons

register = template.Library()
for name in heroicons.register.tags:
    register.simple_tag(lru_cache(maxsize=500)(getattr(heroicons, name)), name=name)
