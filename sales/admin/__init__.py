from sales.admin.closing import AddendumAdmin, DayCloseAdmin, ExpenseAdmin
from sales.admin.coming_back import ClaimAdmin, ConsignmentAdmin, ReturnAdmin
from sales.admin.selling import DayCountAdmin, DecisionAdmin, LineAdmin, SaleAdmin
from sales.admin.tabs import SettlementAdmin, TabAdmin

__all__ = [
    "AddendumAdmin",
    "ClaimAdmin",
    "ConsignmentAdmin",
    "DayCloseAdmin",
    "DayCountAdmin",
    "DecisionAdmin",
    "ExpenseAdmin",
    "LineAdmin",
    "ReturnAdmin",
    "SaleAdmin",
    "SettlementAdmin",
    "TabAdmin",
]
