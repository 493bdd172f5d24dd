"""Games and tournaments by the API, a module for each noun."""

from ninja import Router

from stats.tournaments.api import games, matches, tournaments

router = Router()
for noun in (games, tournaments, matches):
    router.add_router("", noun.router)
