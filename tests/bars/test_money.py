import pytest

from bars.money import CURRENCIES, exponent, format_money, read_amount, to_minor


@pytest.mark.parametrize(
    ("currency", "decimals"), [("XOF", 0), ("XAF", 0), ("JPY", 0), ("EUR", 2), ("USD", 2), ("TND", 3)]
)
def test_a_currency_has_its_own_decimals(currency, decimals):
    assert exponent(currency) == decimals


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1500", "XOF", 1500),
        ("1500.00", "XOF", 1500),
        ("1.29", "USD", 129),
        ("1.2", "USD", 120),
        ("0.1", "USD", 10),
        ("-1.29", "USD", -129),
        ("1e3", "XOF", 1000),
        ("0", "XOF", 0),
        ("1.234", "TND", 1234),
        ("90071992547409.93", "USD", 9007199254740993),
    ],
)
def test_a_written_amount_is_read_to_the_last_unit(text, currency, minor):
    assert to_minor(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("0.5", "XOF"),
        ("1.299", "USD"),
        ("", "XOF"),
        ("free", "XOF"),
        ("1,29", "USD"),
        ("1 500", "XOF"),
        ("NaN", "XOF"),
        ("sNaN", "XOF"),
        ("Infinity", "USD"),
        ("1e999999999", "XOF"),
        ("9e999999", "XOF"),  # such a number takes half a minute to become an int
        ("-9e999990", "USD"),
        ("--1", "XOF"),
    ],
)
def test_what_is_no_amount_of_the_currency_is_refused(text, currency):
    with pytest.raises(ValueError, match=r"is not an amount|has more decimals|too"):
        to_minor(text, currency)


@pytest.mark.parametrize(
    ("minor", "currency", "language", "written"),
    [
        (1500, "XOF", "fr", "1 500 F CFA"),
        (1500, "XOF", "en", "F CFA 1,500"),
        (0, "XOF", "fr", "0 F CFA"),
        (-1500, "XOF", "fr", "-1 500 F CFA"),
        (129, "USD", "en", "$1.29"),
        (129, "USD", "fr", "1,29 $US"),
        (129, "USD", "fr-ci", "1,29 $US"),
        (129, "USD", "tlh", "$1.29"),
        (1234, "TND", "en", "TND 1.234"),
    ],
)
def test_people_read_amounts_in_their_language(minor, currency, language, written):
    plain = (
        format_money(minor, currency, language)
        .replace("\N{NO-BREAK SPACE}", " ")
        .replace("\N{NARROW NO-BREAK SPACE}", " ")
    )

    assert plain == written


@pytest.mark.parametrize("currency", ["XOF", "XAF", "EUR", "USD", "JPY", "KWD"])
@pytest.mark.parametrize("minor", [0, 1, 99, 100, 12345, -7])
def test_what_is_written_reads_back_the_same(currency, minor):
    digits = exponent(currency)
    text = f"{'-' if minor < 0 else ''}{abs(minor) // 10**digits}" + (
        f".{abs(minor) % 10**digits:0{digits}}" if digits else ""
    )

    assert to_minor(text, currency) == minor


def test_the_currencies_of_our_bars_are_known():
    assert {"XOF", "XAF", "EUR", "USD", "NGN", "GHS"} <= CURRENCIES
    assert "XXO" not in CURRENCIES


@pytest.mark.parametrize(
    ("text", "currency", "language", "minor"),
    [
        ("1 500", "XOF", "fr", 1500),
        ("1\u202f500\u00a0F\u202fCFA", "XOF", "fr", 1500),
        ("F CFA 1,500", "XOF", "en", 1500),
        ("1.500 f", "XOF", "fr", 1500),
        ("1500 cfa", "XOF", "fr", 1500),
        ("$1,500.50", "USD", "en", 150_050),
        ("1,29 $US", "USD", "fr", 129),
        ("1,5", "USD", "en", 150),
        ("1,500", "USD", "fr", 150_000),
        ("1,234", "TND", "fr", 1234),
        ("1,234", "TND", "en", 1_234_000),
        ("1,234.5", "TND", "tlh", 1_234_500),
        ("0", "XOF", "fr", 0),
    ],
)
def test_an_amount_is_read_as_it_is_typed(text, currency, language, minor):
    assert read_amount(text, currency, language) == minor


@pytest.mark.parametrize("currency", ["XOF", "XAF", "EUR", "USD", "KWD", "GHS"])
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("minor", [0, 7, 99, 1500, 123_456, 9_876_543_210])
def test_an_amount_is_read_as_it_is_shown(minor, language, currency):
    assert read_amount(format_money(minor, currency, language), currency, language) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [("", "XOF"), ("33 Export", "XOF"), ("1.5", "XOF"), ("-5", "XOF"), ("1e3", "XOF"), ("1..5", "USD"),
     ("1,50,000", "USD"), ("€5", "USD"), ("$5$", "USD"), ("\u0663", "XOF"), ("9" * 80, "XOF")],
)  # fmt: skip
def test_what_is_typed_and_no_amount_is_refused(text, currency):
    with pytest.raises(ValueError, match=r"is not an amount|too high"):
        read_amount(text, currency, "en")
