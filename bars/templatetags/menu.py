"""{% tabs member as entries %}: the pages in the header of a bar."""

from django import template

from bars.menu import Entry, tabs_of
from bars.models import Member

register = template.Library()


@register.simple_tag
def tabs(member: Member) -> list[Entry]:
    return tabs_of(member)
