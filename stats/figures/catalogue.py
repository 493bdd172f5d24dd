"""Every figure of a bar, by name. Their definitions are in docs/figures.md."""

from django.utils.translation import gettext_lazy as _

from bars.permissions import Permission
from stats.figures import goods, people, takings
from stats.figures.tables import Figure, columns

COSTS = (Permission.ANALYTICS, Permission.SEE_COSTS)

_ALL = (
    Figure("days", _("Revenue by day"), columns("business_date sales revenue basket gross refunds"), takings.days),
    Figure("hours", _("Revenue by hour"), columns("hour revenue revenue_before sales sales_before"), takings.hours),
    Figure(
        "weekdays",
        _("Against the last four same weekdays"),
        columns("business_date revenue revenue_by_now change sales sales_by_now"),
        takings.weekdays,
    ),
    Figure("payments", _("Ways of payment"), columns("payment sales revenue share gross refunds"), takings.payments),
    Figure("top_products", _("Top products"), columns("product quantity revenue refunds share"), goods.top_products),
    Figure("margin", _("Margin"), columns("product margin rate revenue cost quantity"), goods.margin, COSTS),
    Figure(
        "sellers",
        _("Sellers"),
        columns("seller sales revenue share basket gross refunds discounts cancelled"),
        people.sellers,
    ),
    Figure("returns", _("Returns by product"), columns("product sold returned rate refunds"), goods.returns),
    Figure(
        "return_reasons", _("Returns by reason"), columns("reason returns returned rate refunds"), goods.return_reasons
    ),
    Figure(
        "variance",
        _("Stock variance"),
        columns("product quantity value count breakage gift expiry theft other"),
        goods.variance,
        COSTS,
        is_of_stock=True,
    ),
    Figure(
        "reorder",
        _("Stock to order"),
        columns("product reorder available days_left daily_mean quantity days_without_sale"),
        goods.reorder,
        is_of_stock=True,
    ),
)
FIGURES = {figure.name: figure for figure in _ALL}
PLATFORM = columns("users consignments sales currency revenue")
BARS = columns("bar currency revenue sales basket revenue_before change gross refunds first last")
