"""What a bar's pages are called and who sees them: each app registers its own in `<app>/menu.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bars.models import Member
from bars.permissions import Permission


class Group(Enum):
    """The parts of the menu, in their order."""

    COUNTER = _("Counter")
    MONEY = _("Money")
    STOCK = _("Stock")
    GAMES = _("Games")
    PEOPLE = _("People")
    BAR = _("Bar")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A page of a bar: `url` names a route that takes bar_id, `icon` an outline of heroicons.

    Members with all of `needs` see it, in the header too when `is_tab`. `count` says how much waits there for a
    member, in one query; it is asked for on the menu's page only.
    """

    url: str
    label: str | Promise
    icon: str
    group: Group
    order: int
    needs: tuple[Permission, ...] = ()
    is_tab: bool = False
    count: Callable[[Member], int] | None = None


class Item(NamedTuple):
    """An entry as a member sees it."""

    entry: Entry
    waiting: int


_entries: dict[str, Entry] = {}


def register(*entries: Entry) -> None:
    for entry in entries:
        _entries[entry.url] = entry


def entries_of(member: Member) -> list[Entry]:
    """What this member may open, by group and order."""
    groups = list(Group)
    mine = [entry for entry in _entries.values() if all(map(member.can, entry.needs))]
    return sorted(mine, key=lambda entry: (groups.index(entry.group), entry.order))


def tabs_of(member: Member) -> list[Entry]:
    """The few pages that are open all night, in the header of all others."""
    return [entry for entry in entries_of(member) if entry.is_tab]


def menu_of(member: Member) -> list[tuple[Group, list[Item]]]:
    """All pages of a member with what waits there, by group."""
    items = [Item(entry, entry.count(member) if entry.count else 0) for entry in entries_of(member)]
    return [(group, list(some)) for group, some in groupby(items, key=lambda item: item.entry.group)]


register(
    Entry(
        url="chat",
        label=_("Chat"),
        icon="chat-bubble-left-right",
        group=Group.PEOPLE,
        order=10,
        needs=(Permission.CHAT,),
        is_tab=True,
    ),
    Entry(
        url="team",
        label=_("Team"),
        icon="users",
        group=Group.PEOPLE,
        order=20,
        needs=(Permission.INVITE_WAITERS,),
    ),
    Entry(
        url="settings",
        label=_("Settings"),
        icon="cog-6-tooth",
        group=Group.BAR,
        order=10,
        needs=(Permission.CHANGE_SETTINGS,),
    ),
    Entry(url="bar_help", label=_("Help"), icon="lifebuoy", group=Group.BAR, order=90),
)
