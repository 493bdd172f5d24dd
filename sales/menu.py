"""The counter's pages in the menu of a bar."""

from django.utils.translation import gettext_lazy as _

from bars.menu import Entry, Group, register
from bars.permissions import Permission
from sales.queries.hanging import count_of_asked
from sales.queries.sales import count_of_waiting

register(
    Entry(
        url="till",
        label=_("Till"),
        icon="squares-2x2",
        group=Group.COUNTER,
        order=10,
        needs=(Permission.SELL,),
        is_tab=True,
    ),
    Entry(url="sales", label=_("Sales"), icon="list-bullet", group=Group.COUNTER, order=30, is_tab=True),
    Entry(
        url="tabs",
        label=_("Tabs"),
        icon="clipboard-document-list",
        group=Group.COUNTER,
        order=40,
        needs=(Permission.SELL,),
    ),
    Entry(
        url="pending",
        label=_("Pending sales"),
        icon="clock",
        group=Group.COUNTER,
        order=50,
        needs=(Permission.VALIDATE_SALES,),
        count=count_of_waiting,
    ),
    Entry(
        url="returns",
        label=_("Returns"),
        icon="arrow-uturn-left",
        group=Group.COUNTER,
        order=60,
        needs=(Permission.ASK_RETURN,),
        count=count_of_asked,
    ),
    Entry(
        url="consignments",
        label=_("Consignments"),
        icon="archive-box",
        group=Group.COUNTER,
        order=70,
        needs=(Permission.CONSIGN,),
    ),
    Entry(
        url="close",
        label=_("Close the day"),
        icon="lock-closed",
        group=Group.MONEY,
        order=10,
        needs=(Permission.CLOSE_DAY,),
    ),
    Entry(
        url="report",
        label=_("Evening report"),
        icon="chat-bubble-left-ellipsis",
        group=Group.MONEY,
        order=20,
        needs=(Permission.ANALYTICS,),
    ),
    Entry(
        url="expenses",
        label=_("Expenses"),
        icon="wallet",
        group=Group.MONEY,
        order=40,
        needs=(Permission.EXPENSES,),
    ),
)
