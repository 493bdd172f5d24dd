from sales.models.closing import Addendum, DayClose, Expense
from sales.models.consignments import Claim, Consignment
from sales.models.decisions import Decision
from sales.models.pages import DayCount
from sales.models.returns import Consequence, Return
from sales.models.sale import MOST_OF_ONE, Line, Sale
from sales.models.tabs import Settlement, Tab

__all__ = [
    "MOST_OF_ONE",
    "Addendum",
    "Claim",
    "Consequence",
    "Consignment",
    "DayClose",
    "DayCount",
    "Decision",
    "Expense",
    "Line",
    "Return",
    "Sale",
    "Settlement",
    "Tab",
]
