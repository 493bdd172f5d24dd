"""{% open_alerts as … %}: how many alerts are open now."""

from django import template

from config.models import Alert

register = template.Library()


@register.simple_tag
def open_alerts() -> int:
    return Alert.objects.filter(opened_at__isnull=False, ended_at=None).count()
