"""Products and categories, as managers keep them; and what sellers never get to see of them."""

import uuid
from decimal import Decimal

import psycopg
import pytest
from django.db import OperationalError, connection
from django.db.transaction import Atomic
from django.test.utils import CaptureQueriesContext

from bars.pages import PAGE
from stock.models import CatalogueProduct, Category, Movement, Product
from stock.services.names import Taken
from stock.services.products import Article, Opening, UnknownArticle, add_product, pick_product
from tests import factories
from tests.books import books, shelf
from tests.config.problems import check_problem
from tests.stock.asking import Asker

# Numbers that stand nowhere else, so that a byte of them in an answer is a leak.
COST, MARGIN = "437.1234", "562.8766"


@pytest.fixture
def drinks(bar):
    return Category.objects.create(bar=bar, name="Bières", position=3)


@pytest.fixture
def costly(bar):
    return factories.product(bar, "Beaufort", price=1000, stock=24, cost=Decimal(COST), sku="B65")


def form(category, **fields):
    return {"name": "Flag", "category": str(category.pk), "price": 800} | fields


# New products


def test_a_product_comes_with_its_stock_and_cost(koffi, drinks):
    answer = Asker(koffi).post("products", form(drinks, sku="F33", stock=12, cost="416.6667", alert_threshold=3))

    made = Product.objects.get()
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": str(made.pk),
            "name": "Flag",
            "sku": "F33",
            "category": str(drinks.pk),
            "category_name": "Bières",
            "price": 800,
            "cost": "416.6667",
            "margin": "383.3333",
            "stock": 12,
            "reserved": 0,
            "available": 12,
            "alert_threshold": 3,
            "is_low": False,
            "is_active": True,
            "catalogue": None,
        },
    )
    movement = Movement.objects.get()
    assert (movement.cause, movement.quantity, movement.created_by) == ("opening", 12, koffi.user)
    assert list(made.prices.values_list("price", flat=True)) == [800]


def test_a_product_may_come_empty(koffi, drinks):
    answer = Asker(koffi).post("products", form(drinks))

    assert (answer.status_code, answer.json()["stock"], answer.json()["is_low"]) == (201, 0, True)
    assert Movement.objects.count() == 0


@pytest.mark.parametrize("field", ["name", "sku"])
def test_two_of_a_name_or_number_are_refused_by_the_field(field, koffi, drinks, costly):
    before = books()

    answer = Asker(koffi).post("products", form(drinks, stock=5, **{field: getattr(costly, field)}))

    assert check_problem(answer, 409, "taken")["field"] == field
    assert books() == before


def test_many_products_may_have_no_number_and_another_bar_the_same_name(koffi, zoe, drinks, costly):
    theirs = Category.objects.create(bar=zoe.bar, name="Bières")

    answers = [
        Asker(koffi).post("products", form(drinks)),
        Asker(koffi).post("products", form(drinks, name="Ivoire")),
        Asker(zoe).post("products", form(theirs, name="Beaufort", sku="B65")),
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 201]


def test_a_category_of_another_bar_is_as_unknown_as_none(koffi, zoe, drinks):
    theirs = Category.objects.create(bar=zoe.bar, name="Bières")
    before = books()

    for pk in (theirs.pk, uuid.uuid4()):
        answer = Asker(koffi).post("products", form(drinks) | {"category": str(pk)})
        assert check_problem(answer, 404, "unknown_category")["categories"] == [str(pk)]

    assert books() == before


BAD = {
    "a name of spaces": ("name", "  "),
    "81 characters": ("name", "x" * 81),
    "NUL": ("name", "Fl\0ag"),
    "a name turned round": ("name", "Fl\u202eag"),
    "a number of 41 characters": ("sku", "x" * 41),
    "a price below 0": ("price", -1),
    "half a franc": ("price", 0.5),
    "a price as text": ("price", "800"),
    "a price of true": ("price", True),
    "too high a price": ("price", 10**9 + 1),
    "stock below 0": ("stock", -1),
    "more than a million": ("stock", 1_000_001),
    "a cost that was a binary fraction": ("cost", 416.6667),
    "a cost of five places": ("cost", "0.00001"),
    "a cost below 0": ("cost", "-1"),
    "too high a cost": ("cost", "1000000000.0001"),
    "a cost that is no number": ("cost", "NaN"),
    "an endless cost": ("cost", "Infinity"),
    "a threshold below 0": ("alert_threshold", -1),
    "a field of the server": ("reserved", 5),
    "the bar": ("bar", str(uuid.uuid4())),
}


@pytest.mark.parametrize(("field", "value"), BAD.values(), ids=BAD)
def test_a_product_that_cannot_be_is_refused_by_the_field(field, value, koffi, drinks):
    before = books()

    answer = Asker(koffi).post("products", form(drinks) | {field: value})

    errors = check_problem(answer, 400, "invalid")["errors"]
    assert [error["field"] for error in errors] == [f"body.product.{field}"]
    assert books() == before


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "{{7*7}}", "'); DROP TABLE stock_product; --", "🍺"])
def test_a_strange_name_is_kept_as_it_is(text, koffi, drinks):
    answer = Asker(koffi).post("products", form(drinks, name=text))

    assert (answer.status_code, answer.json()["name"]) == (201, text)
    assert Product.objects.get().name == text


@pytest.mark.django_db(transaction=True)
def test_a_second_try_after_a_lost_answer_finds_its_own_product(koffi, drinks, monkeypatch):
    """The COMMIT went through, and the connection was lost before it said so."""
    commit, lost = Atomic.__exit__, []

    def commit_and_lose(self, kind, error, trace):
        commit(self, kind, error, trace)
        if self.durable and not lost:
            lost.append(self)
            raise OperationalError("connection lost") from psycopg.errors.ConnectionFailure()

    monkeypatch.setattr(Atomic, "__exit__", commit_and_lose)

    made = add_product(koffi, Article("Flag", drinks.pk, 800), Opening(12, Decimal(400)))

    assert len(lost) == 1
    assert (Product.objects.get().pk, shelf(made), Movement.objects.count()) == (made.pk, [(12, 0)], 1)


def test_two_products_of_a_name_at_the_service(koffi, drinks, costly):
    before = books()

    with pytest.raises(Taken) as refusal:
        add_product(koffi, Article("Beaufort", drinks.pk, 800), Opening(12))

    assert refusal.value.data == {"field": "name"}
    assert books() == before


# From the catalogue


@pytest.fixture
def article(db):
    return CatalogueProduct.objects.create(category="Champagnes", name="Ruinart", sku="RUI75", lot_size=6)


def test_an_article_of_the_catalogue_becomes_the_bars_own(koffi, drinks, article):
    answer = Asker(koffi).post("products/picked", {"article": str(article.pk), "price": 45_000, "stock": 6})

    made = Product.objects.select_related("category").get()
    assert answer.status_code == 201
    assert (made.name, made.sku, made.category.name, made.catalogue) == ("Ruinart", "RUI75", "Champagnes", article)
    assert (made.price, shelf(made), made.category.bar) == (45_000, [(6, 0)], koffi.bar)
    assert list(Category.objects.values_list("name", flat=True)) == ["Bières", "Champagnes"]


def test_it_goes_into_the_category_that_the_bar_has(koffi, drinks, article):
    CatalogueProduct.objects.filter(pk=article.pk).update(category="Bières")

    made = pick_product(koffi, article_id=article.pk, price=45_000, opening=Opening())

    assert made.category_id == drinks.pk


def test_what_the_catalogue_says_later_does_not_change_the_bars_product(koffi, article):
    made = pick_product(koffi, article_id=article.pk, price=45_000, opening=Opening())

    CatalogueProduct.objects.filter(pk=article.pk).update(name="Ruinart rosé")

    made.refresh_from_db()
    assert made.name == "Ruinart"


def test_an_article_is_picked_once(koffi, article):
    pick = {"article": str(article.pk), "price": 45_000}
    Asker(koffi).post("products/picked", pick)
    before = books()

    answer = Asker(koffi).post("products/picked", pick)

    assert check_problem(answer, 409, "taken")["field"] == "name"
    assert books() == before


def test_what_is_not_offered_is_not_picked(koffi, article):
    CatalogueProduct.objects.filter(pk=article.pk).update(is_active=False)
    before = books()

    for pk in (article.pk, uuid.uuid4()):
        with pytest.raises(UnknownArticle):
            pick_product(koffi, article_id=pk, price=45_000, opening=Opening(6))

    assert books() == before


# Changes


def test_a_change_writes_what_is_sent_and_nothing_else(koffi, costly, drinks):
    kept = Product.objects.values().get(pk=costly.pk)

    answer = Asker(koffi).patch(f"products/{costly.pk}", {"price": 1100, "category": str(drinks.pk)})

    assert (answer.status_code, answer.json()["price"], answer.json()["cost"]) == (200, 1100, COST)
    assert Product.objects.values().get(pk=costly.pk) == kept | {"price": 1100, "category_id": drinks.pk}


@pytest.mark.parametrize(
    "change",
    [{"name": "Beaufort 65 cl"}, {"sku": ""}, {"price": 0}, {"alert_threshold": 0}, {"is_active": False}],
    ids=lambda change: next(iter(change)),
)
def test_each_may_be_changed_alone(change, koffi, costly):
    kept = Product.objects.values().get(pk=costly.pk)

    answer = Asker(koffi).patch(f"products/{costly.pk}", change)

    assert answer.status_code == 200
    assert Product.objects.values().get(pk=costly.pk) == kept | change


def test_an_empty_change_answers_with_the_product_and_writes_nothing(koffi, costly):
    before = books()

    answer = Asker(koffi).patch(f"products/{costly.pk}", {})

    assert (answer.status_code, answer.json()["name"]) == (200, "Beaufort")
    assert books() == before


@pytest.mark.parametrize("field", ["stock", "reserved", "cost", "bar", "id", "catalogue", "available"])
def test_stock_cost_and_bar_are_not_changed_here(field, koffi, costly):
    before = books()

    answer = Asker(koffi).patch(f"products/{costly.pk}", {"price": 1, field: 5})

    check_problem(answer, 400, "invalid")
    assert books() == before


@pytest.mark.parametrize("field", ["name", "sku", "category", "price", "alert_threshold", "is_active"])
def test_null_is_no_value(field, koffi, costly):
    before = books()

    answer = Asker(koffi).patch(f"products/{costly.pk}", {field: None})

    check_problem(answer, 400, "invalid")
    assert books() == before


def test_a_change_to_anothers_name_is_refused(koffi, costly, coke):
    before = books()

    answer = Asker(koffi).patch(f"products/{coke.pk}", {"name": "Beaufort", "price": 1})

    assert check_problem(answer, 409, "taken")["field"] == "name"
    assert books() == before


def test_what_is_off_sale_is_in_the_inventory_and_not_on_the_shelf(koffi, costly, coke):
    Asker(koffi).patch(f"products/{costly.pk}", {"is_active": False})

    shelved = Asker(koffi).get("products").json()
    kept = Asker(koffi).get("inventory").json()["products"]

    assert [one["name"] for one in shelved] == ["Coca"]
    assert [(one["name"], one["is_active"]) for one in kept] == [("Beaufort", False), ("Coca", True)]


def test_a_product_cannot_be_deleted(koffi, costly):
    before = books()

    answer = Asker(koffi).delete(f"products/{costly.pk}")

    assert answer.status_code == 405
    assert books() == before


# Lists


def test_the_inventory_is_by_name_and_fifty_a_page(koffi, bar):
    for number in range(PAGE + 3):
        factories.product(bar, f"Bière {number:02}", stock=0)
    asker = Asker(koffi)

    first = asker.get("inventory")
    second = asker.get("inventory", after=first.json()["next"])

    names = [one["name"] for one in (*first.json()["products"], *second.json()["products"])]
    assert names == [f"Bière {number:02}" for number in range(PAGE + 3)]
    assert (len(first.json()["products"]), second.json()["next"]) == (PAGE, None)
    assert "Cursor" in first.headers


def test_the_inventory_is_filtered(koffi, bar, coke, costly, drinks):
    factories.product(bar, "Flag", stock=6)
    Product.objects.filter(pk=costly.pk).update(category=drinks, is_active=False)

    def names(**filters):
        return [one["name"] for one in Asker(koffi).get("inventory", **filters).json()["products"]]

    assert names() == ["Beaufort", "Coca", "Flag"]
    assert (names(category=drinks.pk), names(is_active="false")) == (["Beaufort"], ["Beaufort"])
    assert (names(is_low="true"), names(is_low="false")) == (["Flag"], ["Beaufort", "Coca"])


def test_a_page_of_another_bar_is_nowhere(koffi, zoe, costly):
    theirs = factories.product(zoe.bar, "Awooyo")

    check_problem(Asker(koffi).get("inventory", after=theirs.pk), 404, "not_found")
    check_problem(Asker(koffi).get("inventory", after="x"), 400, "invalid")


@pytest.mark.parametrize("count", [1, 3])
def test_the_inventory_costs_the_same_queries_whatever_its_length(count, koffi, bar):
    for number in range(count):
        factories.product(bar, f"Bière {number}")
    asker = Asker(koffi)

    with CaptureQueriesContext(connection) as queries:
        answer = asker.get("inventory")

    assert len(answer.json()["products"]) == count
    assert len([query for query in queries if "stock_" in query["sql"]]) == 1


def test_movements_are_told_newest_first_with_their_cause(koffi, awa, beer):
    sale = factories.sale(koffi, {beer.pk: 2})
    factories.sale(awa, {beer.pk: 1})
    asker = Asker(koffi)

    found = asker.get(f"products/{beer.pk}/movements").json()
    sold = asker.get(f"products/{beer.pk}/movements", cause="sale").json()["movements"]

    told = [(one["cause"], one["quantity"], one["by"]) for one in found["movements"]]
    assert told == [("sale", -2, "koffi"), ("opening", 24, "stock")]
    assert ([one["document"] for one in sold], found["next"]) == ([str(sale.pk)], None)
    check_problem(asker.get(f"products/{beer.pk}/movements", cause="theft"), 400, "invalid")


def test_movements_are_paged_without_a_hole(koffi, beer):
    for _ in range(PAGE + 2):
        Movement.objects.create(
            bar=koffi.bar, product=beer, quantity=1, cause="opening", cause_id=uuid.uuid4(), created_by=koffi.user
        )
    asker, path = Asker(koffi), f"products/{beer.pk}/movements"

    first = asker.get(path).json()
    second = asker.get(path, before=first["next"]).json()

    ids = [one["id"] for one in (*first["movements"], *second["movements"])]
    assert ids == [str(pk) for pk in Movement.objects.order_by("-id").values_list("pk", flat=True)]
    assert (len(first["movements"]), second["next"]) == (PAGE, None)


def test_the_history_of_prices(koffi, beer):
    Asker(koffi).patch(f"products/{beer.pk}", {"price": 1200})

    prices = Asker(koffi).get(f"products/{beer.pk}/prices").json()["prices"]

    assert [one["price"] for one in prices] == [1200, 1000]


# Categories


def test_categories_are_added_behind_and_renamed(koffi, drinks):
    asker = Asker(koffi)

    added = asker.post("categories", {"name": " Vins "})
    renamed = asker.patch(f"categories/{added.json()['id']}", {"name": "Vins et cidres"})

    assert (added.status_code, added.json()["name"], added.json()["position"]) == (201, "Vins", 4)
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Vins et cidres")
    assert [one["name"] for one in asker.get("categories").json()] == ["Bières", "Vins et cidres"]


def test_a_category_of_a_name_that_is_taken_is_refused(koffi, drinks):
    vins = Category.objects.create(bar=koffi.bar, name="Vins")
    before = books()

    for answer in (
        Asker(koffi).post("categories", {"name": "Bières"}),
        Asker(koffi).patch(f"categories/{vins.pk}", {"name": "Bières"}),
    ):
        assert check_problem(answer, 409, "taken")["field"] == "name"

    assert books() == before


def test_categories_stand_in_the_order_that_is_asked_and_others_behind(koffi, bar):
    made = {name: Category.objects.create(bar=bar, name=name, position=at) for at, name in enumerate("ABCD")}
    asker = Asker(koffi)

    answer = asker.put("categories/order", {"categories": [made["C"].pk, made["A"].pk]})

    assert [(one["name"], one["position"]) for one in answer.json()] == [("C", 0), ("A", 1), ("B", 2), ("D", 3)]
    before = books()
    again = asker.put("categories/order", {"categories": [made["C"].pk, made["A"].pk]})
    assert (again.json(), books()) == (answer.json(), before)


def test_a_category_of_another_bar_is_not_put_in_order(koffi, zoe, drinks):
    theirs = Category.objects.create(bar=zoe.bar, name="Vins", position=5)
    before = books()

    answer = Asker(koffi).put("categories/order", {"categories": [theirs.pk, drinks.pk]})

    assert check_problem(answer, 404, "unknown_category")["categories"] == [str(theirs.pk)]
    assert books() == before


# Who may


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "inventory"),
        ("POST", "products"),
        ("POST", "products/picked"),
        ("GET", "products/{product}"),
        ("PATCH", "products/{product}"),
        ("GET", "products/{product}/movements"),
        ("GET", "products/{product}/prices"),
        ("POST", "categories"),
        ("PATCH", "categories/{category}"),
        ("PUT", "categories/order"),
    ],
)
def test_waiters_and_strangers_do_not_keep_products(method, path, awa, zoe, costly):
    path = path.format(product=costly.pk, category=costly.category_id)
    bodies = {
        "products": form(costly.category, name="New"),
        "products/picked": {"article": uuid.uuid4(), "price": 1},
        "categories/order": {"categories": []},
    }
    body = bodies.get(path, {"name": "New"})
    before = books()

    refused = [Asker(awa).ask(method, path, body), Asker(zoe, bar=awa.bar).ask(method, path, body)]

    assert [answer.status_code for answer in refused] == [403, 404]
    assert not any(COST.encode() in answer.content for answer in refused)
    assert books() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "products/{product}"),
        ("PATCH", "products/{product}"),
        ("GET", "products/{product}/movements"),
        ("GET", "products/{product}/prices"),
        ("PATCH", "categories/{category}"),
    ],
)
def test_another_bars_things_are_as_unknown_as_none(method, path, zoe, costly):
    def ask(product, category):
        return Asker(zoe).ask(method, path.format(product=product, category=category), {"name": "Mine"})

    before = books()

    theirs, none = ask(costly.pk, costly.category_id), ask(uuid.uuid4(), uuid.uuid4())

    assert theirs.status_code == none.status_code == 404
    assert theirs.json() | {"request_id": ""} == none.json() | {"request_id": ""}
    assert books() == before


def test_what_a_waiter_gets_holds_no_cost_and_no_margin(awa, koffi, costly):
    received = [Asker(awa).get(path).content for path in ("products", "categories")]
    told = Asker(koffi).get("inventory").content

    assert (COST.encode() in told, MARGIN.encode() in told) == (True, True)
    for content in received:
        assert not any(word in content for word in (COST.encode(), MARGIN.encode(), b"cost", b"margin"))
    assert b"Beaufort" in received[0]
