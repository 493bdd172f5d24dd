from django import template

from sales.models import Sale

register = template.Library()


@register.filter
def status_label(status: str) -> str:
    """{{ sale.status|status_label }}: a sale's status in the page's language."""
    return str(Sale.Status(status).label).capitalize()
