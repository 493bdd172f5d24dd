"""The shelf by the API, a module for each noun."""

from ninja import Router

from stock.api import adjusting, catalogue, categories, counting, products, supplies

router = Router()
for noun in (catalogue, categories, products, supplies, adjusting, counting):
    router.add_router("", noun.router)
