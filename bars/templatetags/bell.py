"""{% bell %}: the notifications of who is signed in, on any page; {% chat_count %}: what is unread in a bar's chat."""

from typing import Any

from django import template
from django.template import Context

from bars.bell import bell_of, bell_texts
from bars.chatting import chat_count_of
from bars.visitors import visitor_of

register = template.Library()


@register.inclusion_tag("bars/_bell.html", takes_context=True)
def bell(context: Context) -> dict[str, Any]:
    return {**bell_of(visitor_of(context["request"]), context.get("bar")), "texts": bell_texts()}


@register.inclusion_tag("bars/_chat_count.html", takes_context=True)
def chat_count(context: Context) -> dict[str, Any]:
    return chat_count_of(visitor_of(context["request"]), context["bar"])
