"""{% heroicon_mini "clock" %}: the tags of the package heroicons, which draws anew each time; here each icon once."""

from functools import lru_cache

from django import template
from heroicons.templatetags import heroicons

register = template.Library()
for name in heroicons.register.tags:
    register.simple_tag(lru_cache(maxsize=500)(getattr(heroicons, name)), name=name)
