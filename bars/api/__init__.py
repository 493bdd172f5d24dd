"""People and their bars by the API, a module for each noun."""

from ninja import Router

from bars.api import invitations, people, settings, team

router = Router()
for noun in (people, team, invitations, settings):
    router.add_router("", noun.router)
