"""The command that imports files of articles, and the catalogue that operators keep and members read."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from stock.files.sheets import Format, write
from stock.models import CatalogueProduct, Product
from tests import factories
from tests.bars.test_careful import manage
from tests.books import books

CATALOGUE = ("name,category,sku,lot size,offered", "Flag 65 cl,Bières,F65,12,yes", "Coca 33 cl,Sodas,,24,no")
PRODUCTS = ("nom,catégorie,prix,stock", "Flag 65 cl,Bières,1000,24")


@pytest.fixture
def file(tmp_path):
    def write_lines(*lines, name="articles.csv", content=None):
        path = tmp_path / name
        path.write_bytes(content if content is not None else "\n".join(lines).encode())
        return path

    return write_lines


@pytest.fixture
def run(capsys):
    def run(*args, **options):
        call_command("import_catalogue", *args, **options)
        return capsys.readouterr().out

    return run


def catalogue():
    return sorted(CatalogueProduct.objects.values_list("name", "category", "sku", "lot_size", "is_active"))


IMPORTED = [("Coca 33 cl", "Sodas", "", 24, False), ("Flag 65 cl", "Bières", "F65", 12, True)]


# The command


def test_articles_come_into_the_catalogue_once(run, file, db):
    path = file(*CATALOGUE)

    said = [run(path), run(path)]

    assert said == ["2 new, 0 changed, 0 as they were.\n", "0 new, 0 changed, 2 as they were.\n"]
    assert catalogue() == IMPORTED


def test_a_known_article_is_changed_and_none_is_taken_away(run, file, db):
    run(file(*CATALOGUE))

    said = run(file("name,category,sku", "Flag 66 cl,Bières,F65"))

    assert said == "0 new, 1 changed, 0 as they were.\n"
    assert catalogue() == [IMPORTED[0], ("Flag 66 cl", "Bières", "F65", 12, True)]


def test_products_come_into_one_bar_in_its_owners_name(run, file, bar, yao, zoe):
    said = run(file(*PRODUCTS), bar=bar.slug)

    assert said == "1 new, 0 changed, 0 as they were.\n"
    product = Product.objects.get()
    assert (product.bar_id, product.stock, product.movements.get().created_by_id) == (bar.pk, 24, yao.user_id)
    assert catalogue() == []


def test_a_manager_may_be_named(run, file, bar, yao, koffi):
    run(file(*PRODUCTS), bar=bar.slug, by="koffi")

    assert Product.objects.get().movements.get().created_by_id == koffi.user_id


def test_a_stock_that_stays_is_told(run, file, bar, yao):
    path = file(*PRODUCTS)
    run(path, bar=bar.slug)

    said = run(file("nom,catégorie,prix,stock", "Flag 65 cl,Bières,1000,30"), bar=bar.slug)

    told = "1 keep another stock than the file says: adjust it, with a reason.\n"
    assert said == f"0 new, 0 changed, 1 as they were. {told}"


def test_a_check_writes_nothing(run, file, bar, yao):
    before = books(), catalogue()

    said = [run(file(*CATALOGUE), check=True), run(file(*PRODUCTS), check=True, bar=bar.slug)]

    assert said == [f"This would be: {count} new, 0 changed, 0 as they were.\n" for count in (2, 1)]
    assert (books(), catalogue()) == before


@pytest.fixture
def crew(awa, zoe):
    """A waiter, a stranger, and a second bar of the name."""
    factories.bar("Chez Yao")


@pytest.mark.usefixtures("crew")
@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"bar": "nowhere"}, "^There is no bar nowhere$"),
        ({"bar": "Chez Yao"}, "^There is no bar Chez Yao; bars of that name are chez-yao-.*, chez-yao-.*$"),
        ({"bar": "{slug}", "by": "awa"}, "^awa may not change the products of chez-yao-"),
        ({"bar": "{slug}", "by": "zoe"}, "^zoe may not change the products of chez-yao-"),
        ({"bar": "{slug}", "by": "nobody"}, "^nobody may not change the products of chez-yao-"),
        ({"bar": "{slug}"}, "has no active owner: name who imports with --by$"),
        ({"by": "yao"}, "^--by goes with --bar"),
    ],
)
def test_who_or_what_is_unknown_is_said_in_one_line(options, why, run, file, bar):
    before = books(), catalogue()
    given = {name: value.format(slug=bar.slug) for name, value in options.items()}

    with pytest.raises(CommandError, match=why) as refused:
        run(file(*PRODUCTS), **given)

    assert "\n" not in str(refused.value)
    assert (books(), catalogue()) == before


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("missing.csv", "missing.csv: No such file or directory"),
        ("articles.txt", "articles.txt: import a .csv or an .xlsx file"),
        ("folder.csv", "folder.csv: Is a directory"),
    ],
)
def test_a_file_that_is_none_is_said_in_one_line(path, why, run, tmp_path, db):
    (tmp_path / "folder.csv").mkdir()

    with pytest.raises(CommandError) as refused:
        run(tmp_path / path)

    assert str(refused.value) == f"{tmp_path}/{why}"


@pytest.mark.parametrize("to_bar", [True, False])
def test_c43_a_wrong_file_is_refused_with_its_lines_and_nothing_is_written(to_bar, run, file, bar, yao):
    path = file("name,category,price", "Flag,B,1", ",B,1") if to_bar else file("name,category", "Flag,B", ",B")
    before = books(), catalogue()

    with pytest.raises(CommandError) as refused:
        run(path, bar=bar.slug if to_bar else "")

    assert str(refused.value) == f"{path} was not imported:\nline 3: name is empty"
    assert (books(), catalogue()) == before


def test_ctrl_c_leaves_nothing_and_says_so(run, file, db, monkeypatch, capsys):
    def interrupt(rows):
        raise KeyboardInterrupt

    monkeypatch.setattr("stock.management.commands.import_catalogue.import_catalogue", interrupt)

    with pytest.raises(SystemExit) as left:
        run(file(*CATALOGUE))

    assert (left.value.code, capsys.readouterr().err, catalogue()) == (130, "Stopped: nothing was written.\n", [])


def test_bad_arguments_and_a_missing_database_have_their_exit_codes(db, file):
    path = str(file(*CATALOGUE))

    answers = [
        manage("import_catalogue"),
        manage("import_catalogue", path, DATABASE_URL="postgres://nobody@127.0.0.1:1/none")[::2],
    ]

    assert answers[0] == (1, "", "the following arguments are required: file\n")
    assert (answers[1][0], answers[1][1].count("\n")) == (3, 1)


# The operators' page


@pytest.fixture
def desk(client, operator):
    client.force_login(operator)
    client.headers = {"Accept-Language": "en"}
    return client


def upload(client, content, name="articles.csv", **fields):
    return client.post(
        "/admin/stock/catalogueproduct/import/",
        {"file": SimpleUploadedFile(name, content)} | fields,
        headers={"Accept-Language": "en"},
    )


def test_operators_import_a_file(desk):
    answer = upload(desk, "\n".join(CATALOGUE).encode())

    assert (answer.status_code, catalogue()) == (302, IMPORTED)


def test_operators_may_look_first(desk):
    answer = upload(desk, "\n".join(CATALOGUE).encode(), check="on")

    assert (answer.status_code, catalogue()) == (200, [])
    assert "Nothing was written. This would be: 2 new, 0 changed, 0 as they were." in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "content", "status", "why"),
    [
        ("articles.csv", b"name,category\nFlag,B\n,<b>", 400, "line 3: name is empty"),
        ("articles.csv", b"name,<script>\nFlag,B", 400, "unknown: &lt;script&gt;"),
        ("articles.csv", write([["name"]], Format.XLSX), 400, "this is a zip or an Excel file, not CSV"),
        ("articles.txt", b"name,category\nFlag,B", 200, "Choose a .csv or an .xlsx file."),
        ("articles.csv", b"x" * (5 * 2**20 + 1), 200, "The file is larger than 5 MB."),
    ],
)
def test_c43_operators_are_told_what_is_wrong(name, content, status, why, desk):
    answer = upload(desk, content, name)

    assert (answer.status_code, catalogue()) == (status, [])
    assert why in answer.content.decode()


@pytest.mark.parametrize("kind", Format)
def test_c42_what_operators_export_they_can_import(kind, desk):
    for name in ("=1+1", "Flag", "@x"):
        CatalogueProduct.objects.create(name=name, category="-B", sku=name)
    before = sorted(CatalogueProduct.objects.values_list())

    content = desk.get(f"/admin/stock/catalogueproduct/export/{kind}/").content
    answer = upload(desk, content, f"articles.{kind}")

    assert (answer.status_code, sorted(CatalogueProduct.objects.values_list())) == (302, before)


@pytest.mark.parametrize("page", ["import/", "export/csv/"])
def test_staff_without_the_permission_neither_import_nor_export(page, desk):
    helper = Client()
    helper.force_login(factories.user("helper", is_staff=True))

    answers = [one.get(f"/admin/stock/catalogueproduct/{page}").status_code for one in (helper, desk)]

    assert answers == [403, 200]


def test_operators_offer_articles_and_take_them_back(desk):
    article = CatalogueProduct.objects.create(name="Flag", category="Bières")
    states = []

    for action in ("withdraw", "offer"):
        desk.post("/admin/stock/catalogueproduct/", {"action": action, "_selected_action": [article.pk]})
        states.append(CatalogueProduct.objects.get().is_active)

    assert states == [False, True]


# Members


def ask(member, **query):
    return Client(headers=factories.bearer(member)).get("/api/v1/catalogue", query)


def test_members_read_what_is_offered_page_by_page(awa):
    CatalogueProduct.objects.bulk_create(
        CatalogueProduct(name=f"Article {number:03}", category="B", is_active=number != 7) for number in range(120)
    )
    names, after = [], ""

    for _ in range(3):
        page = ask(awa, after=after).json()
        names.append([article["name"] for article in page["articles"]])
        after = page["next"]

    assert [len(page) for page in names] == [50, 50, 19]
    assert sum(names, []) == [f"Article {number:03}" for number in range(120) if number != 7]
    assert after == ""


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("flag", ["Flag"]),
        ("33 SODA", ["Coca 33 cl"]),
        ("F65", ["Flag"]),
        ("%", []),
        ("zzz", []),
        ("", None),
    ],
)
def test_members_find_articles_by_name_category_or_number(search, names, awa):
    for name, category, sku in (("Flag", "Bières", "F65"), ("Coca 33 cl", "Sodas", "C33")):
        CatalogueProduct.objects.create(name=name, category=category, sku=sku)

    found = [article["name"] for article in ask(awa, q=search).json()["articles"]]

    assert found == (["Coca 33 cl", "Flag"] if names is None else names)


@pytest.mark.parametrize(
    "query", [{"q": "x" * 81}, {"after": "x" * 81}, {"q": "\0"}, {"after": "\0"}, {"order": "name"}]
)
def test_a_search_that_is_none_is_refused(query, awa):
    assert ask(awa, **query).status_code == 400


def test_nobody_reads_the_catalogue_without_signing_in(db):
    assert Client().get("/api/v1/catalogue").status_code == 401
