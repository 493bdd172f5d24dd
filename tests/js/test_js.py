"""The modules of the pages, run by the Node that comes with Playwright."""

import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

import playwright
import pytest

from bars.money import exponent, format_money
from config.templatetags.modules import imports_of
from sales.figures import average_basket

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
NODE = Path(playwright.__file__).parent / "driver" / "node"


@pytest.mark.parametrize("module", sorted(HERE.glob("*.test.mjs")), ids=lambda path: path.stem)
def test_module(module: Path) -> None:
    run = subprocess.run(
        [NODE, "--import", HERE / "static.mjs", "--test", module],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr


def browser_says(module: str, expression: str) -> Any:
    """What an expression over the exports of a page's module, `m`, is in JavaScript."""
    code = f"import * as m from {json.dumps((ROOT / module).as_uri())}; console.log(JSON.stringify({expression}))"
    run = subprocess.run(
        [NODE, "--input-type=module", "--eval", code], capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(run.stdout)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_server_and_browser_write_money_alike(language: str) -> None:
    """Or every figure of a page would twitch when the first live one comes."""
    amounts = [
        (currency, amount) for currency in ("XOF", "XAF", "USD", "EUR", "GNF", "GHS") for amount in (0, 5, 123456)
    ]
    asked = json.dumps([[currency, exponent(currency), amount] for currency, amount in amounts])

    written = browser_says(
        "config/static/ui/money.js", f'{asked}.map(([c, digits, n]) => m.moneyFormat(c, digits, "{language}")(n))'
    )

    assert written == [format_money(amount, currency, language) for currency, amount in amounts]


def test_server_and_browser_round_the_average_basket_alike() -> None:
    pairs = [(0, 0), (1000, 3), (1, 2), (3, 2), (2500, 1), (10**12 + 1, 2)]

    averages = browser_says(
        "stats/static/stats/figures.js",
        f"{json.dumps(pairs)}.map(([revenue, sales]) => m.averageBasket({{revenue, sales}}))",
    )

    assert averages == [average_basket(revenue, sales) for revenue, sales in pairs]
    assert averages[2:4] == [1, 2]


def test_the_whole_client_is_smaller_than_30_kb(capsys: pytest.CaptureFixture[str]) -> None:
    folder = ROOT / "realtime/static"
    texts = [(folder / name).read_bytes() for name in {"realtime/index.js", *imports_of("realtime/index.js")}]

    plain, packed = sum(map(len, texts)), sum(len(gzip.compress(text)) for text in texts)

    with capsys.disabled():
        print(f"\nrealtime/index.js: {len(texts)} modules, {plain:,} bytes, {packed:,} after gzip")
    assert packed < 30 * 1024
