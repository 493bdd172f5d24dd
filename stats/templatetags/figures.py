from datetime import datetime

from django import template

register = template.Library()


@register.filter
def moment(text: str) -> datetime:
    """{{ sale.at|moment|time:"H:i" }}: a moment of a figure, which carries it as ISO 8601."""
    return datetime.fromisoformat(text)
