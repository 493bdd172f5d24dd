"""The pages of the shelf in the menu of a bar."""

from django.utils.translation import gettext_lazy as _

from bars.menu import Entry, Group, register
from bars.permissions import Permission

register(
    Entry(url="products", label=_("Products"), icon="cube", group=Group.STOCK, order=10, needs=(Permission.SELL,)),
    Entry(
        url="supplies",
        label=_("Supplies"),
        icon="truck",
        group=Group.STOCK,
        order=20,
        needs=(Permission.RECEIVE_SUPPLIES, Permission.SEE_COSTS),
    ),
    Entry(
        url="count",
        label=_("Stock count"),
        icon="clipboard-document-check",
        group=Group.STOCK,
        order=30,
        needs=(Permission.COUNT_STOCK,),
    ),
)
