"""Who may do what in a bar: a whitelist by role, so that a new role inherits nothing."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    """One thing a member may do. Code asks for these, never for a role's name."""

    CHAT = "chat"  # with the team, and with each of it
    SELL = "sell"
    SELL_VALIDATED = "sell_validated"  # an own sale is born validated
    SELL_FOR_OTHERS = "sell_for_others"  # type a sale that another earns the credit for
    GIVE_DISCOUNTS = "give_discounts"
    ASK_RETURN = "ask_return"
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
    COUNT_STOCK = "count_stock"  # fill in a sheet of a stock count
    KEEP_SCORE = "keep_score"  # of a bar game: start a match, score it, confirm it
    RUN_TOURNAMENTS = "run_tournaments"  # open, draw, forfeit, correct
    CLOSE_DAY = "close_day"
    MODERATE_CHAT = "moderate_chat"  # take others' messages out of the team's conversation
    REVIVE_SALES = "revive_sales"  # validate what has expired
    CHANGE_SETTINGS = "change_settings"
    CANCEL_SALES = "cancel_sales"
    ADJUST_STOCK = "adjust_stock"
    REVERSE_SUPPLIES = "reverse_supplies"
    EXPENSES = "expenses"
    MANAGE_USERS = "manage_users"  # managers and waiters
    MANAGE_OWNERS = "manage_owners"  # grant or take the roles of owner and co-owner
    REOPEN_CLOSE = "reopen_close"


# How a refusal names each.
ACTS = {
    Permission.CHAT: _("write to the team"),
    Permission.SELL: _("sell"),
    Permission.SELL_VALIDATED: _("validate your own sales"),
    Permission.SELL_FOR_OTHERS: _("sell for others"),
    Permission.GIVE_DISCOUNTS: _("give discounts"),
    Permission.ASK_RETURN: _("ask for a return"),
    Permission.UNDO_OWN_SALE: _("undo your own sale"),
    Permission.SEE_ALL_SALES: _("see all sales"),
    Permission.SEE_COSTS: _("see costs"),
    Permission.VALIDATE_SALES: _("validate sales"),
    Permission.TAKE_BACK: _("take back what was sold"),
    Permission.CONSIGN: _("keep clients' bottles"),
    Permission.RECEIVE_SUPPLIES: _("receive supplies"),
    Permission.EDIT_PRODUCTS: _("edit products"),
    Permission.ANALYTICS: _("see the figures"),
    Permission.EXPORT: _("export"),
    Permission.INVITE_WAITERS: _("invite waiters"),
    Permission.COUNT_STOCK: _("count the stock"),
    Permission.KEEP_SCORE: _("keep score"),
    Permission.RUN_TOURNAMENTS: _("run tournaments"),
    Permission.CLOSE_DAY: _("close the day"),
    Permission.MODERATE_CHAT: _("delete others' messages"),
    Permission.REVIVE_SALES: _("validate expired sales"),
    Permission.CHANGE_SETTINGS: _("change the settings"),
    Permission.CANCEL_SALES: _("cancel sales"),
    Permission.ADJUST_STOCK: _("adjust the stock"),
    Permission.REVERSE_SUPPLIES: _("reverse supplies"),
    Permission.EXPENSES: _("write expenses"),
    Permission.MANAGE_USERS: _("manage the team"),
    Permission.MANAGE_OWNERS: _("name owners"),
    Permission.REOPEN_CLOSE: _("open a closed day again"),
}

WAITER = frozenset(
    {
        Permission.CHAT,
        Permission.SELL,
        Permission.UNDO_OWN_SALE,
        Permission.ASK_RETURN,
        Permission.COUNT_STOCK,
        Permission.KEEP_SCORE,
    }
)
MANAGER = WAITER | {
    Permission.SELL_VALIDATED,
    Permission.SELL_FOR_OTHERS,
    Permission.GIVE_DISCOUNTS,
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
    Permission.RUN_TOURNAMENTS,
    Permission.CLOSE_DAY,
    Permission.MODERATE_CHAT,
}
CO_OWNER = MANAGER | {
    Permission.REVIVE_SALES,
    Permission.CHANGE_SETTINGS,
    Permission.CANCEL_SALES,
    Permission.ADJUST_STOCK,
    Permission.REVERSE_SUPPLIES,
    Permission.EXPENSES,
    Permission.MANAGE_USERS,
    Permission.REOPEN_CLOSE,
}
OWNER = CO_OWNER | {Permission.MANAGE_OWNERS}

PERMISSIONS: dict[str, frozenset[Permission]] = {
    "owner": OWNER,
    "co_owner": CO_OWNER,
    "manager": MANAGER,
    "waiter": WAITER,
}

# What it takes to let a person have a role, to take it away, or to send them off.
OVER: dict[str, Permission] = {
    "owner": Permission.MANAGE_OWNERS,
    "co_owner": Permission.MANAGE_OWNERS,
    "manager": Permission.MANAGE_USERS,
    "waiter": Permission.INVITE_WAITERS,
}


def permissions_of(role: str, mode: str) -> frozenset[Permission]:
    """What a role may do in a bar of this operating mode; in simplified mode waiters don't sell."""
    granted = PERMISSIONS.get(role, frozenset())
    return granted - {Permission.SELL} if (role, mode) == ("waiter", "simplified") else granted
