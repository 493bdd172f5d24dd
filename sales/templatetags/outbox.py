"""{% outbox %}: the sales that a browser keeps until they are sent, on any page of who is signed in."""

from typing import Any

from django import template

from sales.texts import unsent_texts

register = template.Library()


@register.inclusion_tag("sales/_outbox.html")
def outbox() -> dict[str, Any]:
    return {"texts": unsent_texts()}
