"""The table of the design (§3), written out: a new permission or role fails here until it is decided."""

import pytest

from bars.models import Bar, Member
from bars.permissions import OVER, PERMISSIONS, Permission, permissions_of

TABLE = """
permission        owner co_owner manager waiter
chat              yes   yes      yes     yes
sell              yes   yes      yes     yes
sell_validated    yes   yes      yes     no
sell_for_others   yes   yes      yes     no
give_discounts    yes   yes      yes     no
ask_return        yes   yes      yes     yes
undo_own_sale     yes   yes      yes     yes
see_all_sales     yes   yes      yes     no
see_costs         yes   yes      yes     no
validate_sales    yes   yes      yes     no
take_back         yes   yes      yes     no
consign           yes   yes      yes     no
receive_supplies  yes   yes      yes     no
edit_products     yes   yes      yes     no
analytics         yes   yes      yes     no
export            yes   yes      yes     no
invite_waiters    yes   yes      yes     no
count_stock       yes   yes      yes     yes
keep_score        yes   yes      yes     yes
run_tournaments   yes   yes      yes     no
close_day         yes   yes      yes     no
moderate_chat     yes   yes      yes     no
revive_sales      yes   yes      no      no
change_settings   yes   yes      no      no
cancel_sales      yes   yes      no      no
adjust_stock      yes   yes      no      no
reverse_supplies  yes   yes      no      no
expenses          yes   yes      no      no
manage_users      yes   yes      no      no
manage_owners     yes   no       no      no
reopen_close      yes   yes      no      no
"""
HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [(row[0], role, cell == "yes") for row in ROWS for role, cell in zip(HEAD[1:], row[1:], strict=True)]


@pytest.mark.parametrize(("permission", "role", "is_allowed"), CELLS)
def test_a_role_may_do_what_the_table_says(permission, role, is_allowed):
    assert (Permission(permission) in permissions_of(role, "full")) == is_allowed


def test_the_table_is_complete():
    assert [row[0] for row in ROWS] == [permission.value for permission in Permission]
    assert set(HEAD[1:]) == set(Member.Role.values) == set(PERMISSIONS)


@pytest.mark.parametrize("role", Member.Role.values)
def test_the_simplified_mode_takes_selling_from_waiters_and_nothing_else_from_anybody(role):
    lost = permissions_of(role, Bar.Mode.FULL) - permissions_of(role, Bar.Mode.SIMPLIFIED)

    assert lost == ({Permission.SELL} if role == "waiter" else set())
    assert permissions_of(role, Bar.Mode.SIMPLIFIED) <= permissions_of(role, Bar.Mode.FULL)


@pytest.mark.parametrize("role", ["", "OWNER", "barmaid", "operator"])
def test_an_unknown_role_may_do_nothing(role):
    assert permissions_of(role, "full") == frozenset()


def test_every_role_is_in_somebodys_hands():
    assert set(OVER) == set(Member.Role.values)
    assert set(OVER.values()) <= permissions_of("owner", "full")
