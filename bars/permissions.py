"""Who may do what in a bar: a whitelist by role, so that a new role inherits nothing."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing a member may do. Code asks for these, never for a role's name."""

    SELL = "sell"
    SELL_VALIDATED = "sell_validated"  # an own sale is born validated
    UNDO_OWN_SALE = "undo_own_sale"
    SEE_ALL_SALES = "see_all_sales"
    SEE_COSTS = "see_costs"
    VALIDATE_SALES = "validate_sales"
    TAKE_BACK = "take_back"
    CONSIGN = "consign"
    RECEIVE_SUPPLIES = "receive_supplies"
    EDIT_PRODUCTS = "edit_products"
    ANALYTICS = "analytics"
    EXPORT = "export"
    INVITE_WAITERS = "invite_waiters"
    CANCEL_SALES = "cancel_sales"
    ADJUST_STOCK = "adjust_stock"
    REVERSE_SUPPLIES = "reverse_supplies"
    EXPENSES = "expenses"
    MANAGE_USERS = "manage_users"
    REOPEN_CLOSE = "reopen_close"


WAITER = frozenset({Permission.SELL, Permission.UNDO_OWN_SALE})
MANAGER = WAITER | {
    Permission.SELL_VALIDATED,
    Permission.SEE_ALL_SALES,
    Permission.SEE_COSTS,
    Permission.VALIDATE_SALES,
    Permission.TAKE_BACK,
    Permission.CONSIGN,
    Permission.RECEIVE_SUPPLIES,
    Permission.EDIT_PRODUCTS,
    Permission.ANALYTICS,
    Permission.EXPORT,
    Permission.INVITE_WAITERS,
}
OWNER = MANAGER | {
    Permission.CANCEL_SALES,
    Permission.ADJUST_STOCK,
    Permission.REVERSE_SUPPLIES,
    Permission.EXPENSES,
    Permission.MANAGE_USERS,
    Permission.REOPEN_CLOSE,
}

PERMISSIONS: dict[str, frozenset[Permission]] = {
    "owner": OWNER,
    "co_owner": OWNER,
    "manager": MANAGER,
    "waiter": WAITER,
}


def permissions_of(role: str, mode: str) -> frozenset[Permission]:
    """What a role may do in a bar of this operating mode; in simplified mode waiters don't sell."""
    granted = PERMISSIONS.get(role, frozenset())
    return granted - {Permission.SELL} if (role, mode) == ("waiter", "simplified") else granted
