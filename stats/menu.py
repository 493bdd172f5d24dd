"""The pages of figures in the menu of a bar."""

from django.utils.translation import gettext_lazy as _

from bars.menu import Entry, Group, register
from bars.permissions import Permission

register(
    Entry(
        url="tonight",
        label=_("Tonight"),
        icon="presentation-chart-line",
        group=Group.COUNTER,
        order=20,
        needs=(Permission.ANALYTICS,),
        is_tab=True,
    ),
    Entry(
        url="figures",
        label=_("Figures"),
        icon="table-cells",
        group=Group.MONEY,
        order=30,
        needs=(Permission.ANALYTICS,),
    ),
    Entry(url="tournaments", label=_("Tournaments"), icon="trophy", group=Group.GAMES, order=10),
    Entry(url="games", label=_("Leaderboards"), icon="chart-bar", group=Group.GAMES, order=20),
)
