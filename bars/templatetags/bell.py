"""{% bell %}: the notifications of who is signed in, on any page."""

from typing import Any

from django import template
from django.template import Context

from bars.bell import bell_of, bell_texts

register = template.Library()


@register.inclusion_tag("bars/_bell.html", takes_context=True)
def bell(context: Context) -> dict[str, Any]:
    return {**bell_of(context["user"], context.get("bar")), "texts": bell_texts()}
