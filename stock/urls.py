from django.urls import include, path

from stock.views import counting, products, starting, supplies

of_a_bar = [
    path("start", starting.start, name="start"),
    path("products", products.products, name="products"),
    path("products/import", products.import_page, name="import_products"),
    path("products/catalogue", products.catalogue, name="catalogue"),
    path("products/categories", products.categories, name="categories"),
    path("products/<uuid:product_id>", products.product, name="product"),
    path("supplies", supplies.supplies, name="supplies"),
    path("supplies/new", supplies.new_supply, name="new_supply"),
    path("supplies/<uuid:supply_id>", supplies.supply, name="supply"),
    path("count", counting.count, name="count"),
    path("counts", counting.counts, name="counts"),
    path("counts/<uuid:count_id>", counting.count_review, name="count_review"),
]
urlpatterns = [path("bars/<uuid:bar_id>/", include(of_a_bar))]
