"""People and their bars by the API, a module for each noun."""

from ninja import Router

from bars.api import account, changes, chat, invitations, notifications, people, settings, team

router = Router()
for noun in (people, account, team, invitations, settings, changes, notifications, chat):
    router.add_router("", noun.router)
