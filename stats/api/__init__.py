"""Figures by the API: those that live, and those of any days."""

from ninja import Router

from stats.api import figures, live

router = Router()
for part in (live, figures):
    router.add_router("", part.router)
