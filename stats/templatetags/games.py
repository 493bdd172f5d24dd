from django import template

from stats.tournaments import showing

register = template.Library()


@register.filter
def players_words(count: int) -> str:
    """{{ 4|players_words }}: "4 players"."""
    return showing.players_words(count)
