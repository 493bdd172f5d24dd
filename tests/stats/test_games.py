"""What players have done: only the words of the game are kept, and the totals are those of what was recorded."""

import random
import uuid
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from realtime.errors import NotFound
from stats.models import GameSchema, GameStats, PlayerRecord, PlayerTotal, Side
from stats.tournaments import problems, titles
from stats.tournaments.queries import games, searching
from stats.tournaments.queries.searching import Wanted, search
from stats.tournaments.services.drawing import arrange
from stats.tournaments.services.playing import Score, correct, forfeit, start
from stats.tournaments.services.recording import record
from tests.settling import run
from tests.stats.playing import FORMATS, broken, drawn, played

pytestmark = pytest.mark.django_db


@pytest.fixture
def board(koffi):
    """A leaderboard of four in CS:GO, and its entries by seat."""
    return drawn(koffi, kind=FORMATS.LEADERBOARD)


@pytest.fixture
def seats(board):
    return list(board.entries.order_by("seat"))


@pytest.fixture
def bout(koffi, board, seats):
    """Play a match between two seats (from 0 on), and record what they have done."""

    def play(home, away, score, *stats):
        place = board.matches.count()
        match = played(koffi, arrange(koffi, board.pk, place=place, sides=(seats[home].pk, seats[away].pk)), *score)
        for seat, told in zip((home, away), stats, strict=False):
            record(koffi, match.pk, seats[seat].player_id, told)
        return match

    return play


# What people call them


def told_in(language, client):
    """Titles of games, keys and ratios, as the API lists them."""
    answer = client.get("/api/v1/games", headers={"Accept-Language": language})
    games = {one["game"]: one for one in answer.json()}
    return (
        {code: one["title"] for code, one in games.items()},
        {(code, key["key"]): key["title"] for code, one in games.items() for key in one["keys"]},
        {code: one["ratio"]["title"] for code, one in games.items()},
    )


def test_games_and_what_they_count_are_told_in_the_language_that_is_asked_for(till):
    games, keys, ratios = told_in("fr", till)
    english = told_in("en", till)

    assert games == {
        "baby-foot": "Baby-foot", "csgo": "CS:GO", "darts": "Fléchettes", "fifa": "FIFA", "lol": "League of Legends",
        "pool": "Billard", "quiz": "Quiz",
    }  # fmt: skip
    assert (keys["fifa", "assists"], keys["lol", "assists"]) == ("passes décisives", "assistances")
    assert (keys["baby-foot", "role"], ratios["quiz"]) == ("poste", "part de bonnes réponses")
    assert english[0]["darts"] == "Darts"
    assert (english[1]["fifa", "assists"], english[2]["quiz"]) == ("assists", "share of correct answers")


def test_every_game_key_and_ratio_that_is_known_has_a_title(db):
    schemas = games.games()

    assert {one.game_id for one in schemas} == set(titles.GAMES)
    assert {key for one in schemas for key in one.keys} == set(titles.KEYS)
    assert {one.ratio["name"] for one in schemas} == set(titles.RATIOS)


# The words of a game


@pytest.mark.parametrize(
    ("stats", "error", "key"),
    [
        ({"kills": 1, "goals": 2}, problems.UnknownKey, "goals"),
        ({"kills": -1}, problems.WrongType, "kills"),
        ({"kills": 1.5}, problems.WrongType, "kills"),
        ({"kills": "7"}, problems.WrongType, "kills"),
        ({"kills": True}, problems.WrongType, "kills"),
        ({"kills": None}, problems.WrongType, "kills"),
        ({"kills": 10**9 + 1}, problems.WrongType, "kills"),
        ({"weapon": 47}, problems.WrongType, "weapon"),
        ({"weapon": ""}, problems.WrongType, "weapon"),
        ({"weapon": "x" * 61}, problems.WrongType, "weapon"),
        ({"weapon": {"name": "AK-47"}}, problems.WrongType, "weapon"),
    ],
    ids=str,
)
def test_what_the_schema_does_not_say_is_refused_by_the_service_and_by_the_database(stats, error, key, koffi, bout):
    match = bout(0, 1, (2, 1))

    with pytest.raises(error) as refusal:
        record(koffi, match.pk, match.home.player_id, stats)
    with pytest.raises(IntegrityError) as by_database, transaction.atomic():
        insert(koffi, match, stats)

    assert refusal.value.data["key"] == key
    assert by_database.value.__cause__.diag.constraint_name in error.constraints
    assert GameStats.objects.count() == PlayerTotal.objects.count() == 0


def insert(koffi, played, stats, **fields):
    schema = GameSchema.objects.get(game="csgo")
    whole = {
        "bar": koffi.bar,
        "game_id": "csgo",
        "schema": schema,
        "match": played,
        "player": played.home.player,
        "stats": stats,
        "recorded_by": koffi.user,
    }
    return GameStats.objects.create(**(whole | fields))


def test_an_unknown_key_is_refused_with_the_list_of_those_that_are_allowed(koffi, bout):
    match = bout(0, 1, (2, 1))

    with pytest.raises(problems.UnknownKey) as refusal:
        record(koffi, match.pk, match.home.player_id, {"goals": 1})

    assert refusal.value.data["allowed"] == sorted(GameSchema.objects.get(game="csgo").keys)


@pytest.mark.parametrize("stats", [{}, {"kills": 0}, {"kills": 25.0, "weapon": "AK-47"}], ids=str)
def test_zero_is_a_value_and_so_is_nothing(stats, koffi, bout):
    match = bout(0, 1, (2, 1))

    assert record(koffi, match.pk, match.home.player_id, stats).stats == stats
    assert list(PlayerTotal.objects.values_list("total", "matches")) == [
        (Decimal(stats["kills"]), 1) for key in stats if key == "kills"
    ]


def test_stats_are_of_who_has_played_in_this_game(koffi, bout, seats, board):
    match = bout(0, 1, (2, 1))
    coming = arrange(koffi, board.pk, place=1, sides=(seats[0].pk, seats[1].pk))
    lol = GameSchema.objects.get(game="lol")

    with pytest.raises(NotFound):
        record(koffi, match.pk, seats[2].player_id, {})
    for fields in (
        {"player": seats[2].player},
        {"match": coming},
        {"game_id": "lol", "schema": lol},
        {"schema": lol},
    ):
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            insert(koffi, match, {}, **fields)
        assert refusal.value.__cause__.diag.constraint_name.startswith("stats_are_of")


def test_what_was_recorded_keeps_its_version_and_a_schema_stays(koffi, bout):
    first = bout(0, 1, (2, 1), {"mvpStars": 1})
    GameSchema.objects.create(game_id="csgo", version=2, keys={"kills": {"type": "integer", "ranked": True}})

    with pytest.raises(problems.UnknownKey):
        bout(0, 1, (2, 1), {"mvpStars": 1})
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        GameSchema.objects.filter(version=1).update(keys={})
    assert GameStats.objects.get(match=first).schema.version == 1
    assert broken() == []


@pytest.mark.parametrize("keys", [
    {}, [], {"kills": "integer"}, {"kills": {"type": "integer"}}, {"kills": {"type": "date", "ranked": False}},
    {"weapon": {"type": "text", "ranked": True}}, {"Kills!": {"type": "integer", "ranked": True}},
], ids=str)  # fmt: skip
def test_a_schema_that_is_none_is_refused(keys):
    with pytest.raises(DatabaseError), transaction.atomic():
        GameSchema.objects.create(game_id="csgo", version=9, keys=keys)


# Totals


def test_totals_follow_whatever_is_recorded_changed_corrected_and_forfeited(koffi, board, bout):
    chance = random.Random(2)
    for _ in range(25):
        match = bout(
            *chance.sample(range(4), 2), chance.choice([(2, 1), (0, 3), (1, 1)]),
            {"kills": chance.randrange(9), "deaths": 0, "weapon": "AK-47"}, {"kills": chance.randrange(9)},
        )  # fmt: skip
        if chance.random() < 0.4:
            record(koffi, match.pk, match.home.player_id, {"kills": 1, "assists": 4})
        if chance.random() < 0.4:
            correct(koffi, match.pk, Score(0, 5))

    assert broken() == []
    assert PlayerTotal.objects.count() >= 8
    assert sum(one.matches for one in PlayerRecord.objects.all()) == 50


def test_what_was_recorded_of_a_live_match_is_gone_with_a_forfeit(koffi, board, seats):
    match = start(koffi, arrange(koffi, board.pk, place=0, sides=(seats[0].pk, seats[1].pk)).pk)
    record(koffi, match.pk, seats[0].player_id, {"kills": 9})

    forfeit(koffi, match.pk, Side.HOME)

    assert GameStats.objects.count() == 0
    assert list(PlayerTotal.objects.values_list("total", "matches")) == [(0, 0)]
    assert games.top(koffi.bar_id, "csgo", "kills", 10) == []
    assert broken() == []


@pytest.mark.parametrize("table", ["stats_playertotal", "stats_playerrecord"])
def test_i41_a_total_that_was_tampered_with_is_found(table, koffi, bout):
    bout(0, 1, (2, 1), {"kills": 3})
    assert broken() == []

    run(f"UPDATE {table} SET matches = matches + 1")

    assert broken()


# Queries


def test_the_top_by_a_ranked_key_counts_zeros_in_the_average(koffi, bout, seats):
    bout(0, 1, (2, 1), {"kills": 10}, {"kills": 4})
    bout(0, 1, (2, 1), {"kills": 0}, {"deaths": 4})

    told = games.top(koffi.bar_id, "csgo", "kills", 10)

    assert [(one["player"], one["total"], one["matches"], one["average"]) for one in told] == [
        (seats[0].player_id, 10, 2, 5),
        (seats[1].player_id, 4, 1, 4),
    ]
    assert games.top(koffi.bar_id, "csgo", "kills", 1) == told[:1]
    for game, key, error in (("belote", "kills", problems.UnknownGame), ("csgo", "weapon", problems.UnknownKey)):
        with pytest.raises(error) as refusal:
            games.top(koffi.bar_id, game, key, 10)
        assert refusal.value.data["allowed"]


@pytest.mark.parametrize(("deaths", "kda"), [(0, 15), (1, 15), (3, 5)])
def test_kda_over_no_deaths_is_kills_and_assists(deaths, kda, koffi, bout, seats):
    bout(0, 1, (2, 1), {"kills": 9, "assists": 6, "deaths": deaths})

    told = games.figures_of(koffi.bar_id, seats[0].player_id, "csgo")

    assert told["ratio"] == {"name": "kda", "ratio": kda}
    assert (told["matches"], told["wins"], told["win_rate"]) == (1, 1, 100)
    assert {one["key"]: one["total"] for one in told["totals"]} == {"kills": 9, "assists": 6, "deaths": deaths}
    assert games.figures_of(koffi.bar_id, seats[2].player_id, "csgo")["ratio"] is None


def test_a_leaderboard_asks_for_five_matches_and_ranks_by_wins_then_kda(koffi, bout, seats):
    for turn in range(5):
        bout(0, 1, (2, 1) if turn < 3 else (0, 3), {"kills": 1, "deaths": 1}, {"kills": 2, "deaths": 0})
        bout(2, 3, (2, 1) if turn < 3 else (0, 3), {"kills": 8, "deaths": 2})
    for _ in range(4):
        bout(0, 1, (1, 1))

    told = games.leaderboard(koffi.bar_id, "csgo")

    assert [(one["player"], one["matches"], one["win_rate"], one["ratio"]) for one in told] == [
        (seats[2].player_id, 5, 60, 4),
        (seats[3].player_id, 5, 40, None),
        (seats[0].player_id, 9, Decimal("33.33"), 1),
        (seats[1].player_id, 9, Decimal("22.22"), 10),
    ]
    assert games.leaderboard(koffi.bar_id, "lol") == []


def test_four_matches_are_not_enough_for_a_leaderboard(koffi, bout):
    for _ in range(4):
        bout(0, 1, (2, 1))

    assert games.leaderboard(koffi.bar_id, "csgo") == []


def test_another_bars_players_are_in_no_list(koffi, zoe, bout):
    bout(0, 1, (2, 1), {"kills": 10})

    assert games.top(zoe.bar_id, "csgo", "kills", 10) == []
    assert search(zoe.bar_id, "csgo", Wanted()) == ([], None)
    with pytest.raises(NotFound):
        games.figures_of(zoe.bar_id, PlayerTotal.objects.get().player_id, "csgo")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(contains={"weapon": "AWP"}), [1]),
        (Wanted(contains={"weapon": "AWP", "kills": 3}), []),
        (Wanted(contains={"kills": 0}), [2]),
        (Wanted(has="kills"), [0, 1, 2]),
        (Wanted(has_all=("kills", "weapon")), [0, 1]),
        (Wanted(has_any=("weapon", "map")), [0, 1]),
        (Wanted(has_any=("map",)), []),
        (Wanted(), [0, 1, 2, 3]),
    ],
    ids=str,
)
def test_searches_by_content_and_by_key(wanted, found, koffi, bout):
    stats = [{"kills": 5, "weapon": "AK-47"}, {"kills": 7, "weapon": "AWP"}, {"kills": 0}, {"deaths": 2}]
    matches = [bout(0, 1, (2, 1), one) for one in stats]

    told, following = search(koffi.bar_id, "csgo", wanted)

    assert ([matches.index(one.match) for one in reversed(told)], following) == (found, None)


@pytest.mark.parametrize("recent", [1, 20_000])
def test_a_search_goes_on_page_by_page_among_the_recent_and_among_all(recent, koffi, bout, monkeypatch):
    monkeypatch.setattr(searching, "PAGE", 2)
    for name in ("AMONG_RECENT", "AMONG_ALL"):
        among = getattr(searching, name).replace("LIMIT 51", "LIMIT 3").replace("LIMIT 20000", f"LIMIT {recent}")
        monkeypatch.setattr(searching, name, among)
    made = [bout(0, 1, (2, 1), {"weapon": "AWP" if number % 2 else "AK-47"}) for number in range(7)]
    wanted = Wanted(contains={"weapon": "AK-47"})

    first, following = search(koffi.bar_id, "csgo", wanted)
    second, end = search(koffi.bar_id, "csgo", wanted, following)

    assert [made.index(one.match) for one in first + second] == [6, 4, 2, 0]
    assert (following, end) == (first[-1].pk, None)


def test_a_search_for_an_unknown_key_is_refused():
    for wanted in (Wanted(contains={"goals": 1}), Wanted(has="goals"), Wanted(has_all=("kills", "goals"))):
        with pytest.raises(problems.UnknownKey):
            search(uuid.uuid4(), "csgo", wanted)


@pytest.mark.parametrize("wanted", [Wanted(contains={"weapon": "AWP"}), Wanted(has="map"), Wanted(has_any=("map",))])
def test_a_search_among_all_is_served_by_the_index_of_contents(wanted):
    """With so few rows Postgres would rather read them all."""
    statement = searching.AMONG_ALL.format(condition=wanted.condition)
    run("SET LOCAL enable_seqscan = off", "SET LOCAL enable_indexscan = off", "DROP INDEX stats_newest_first")
    run("ALTER TABLE stats_gamestats DROP CONSTRAINT stats_belong_to_their_bar")

    plan = games.fetched(f"EXPLAIN {statement}", {"bar": uuid.uuid4(), "game": "csgo", "before": None} | wanted.params)

    assert "stats_by_content" in str(plan)


def test_every_game_tells_its_words():
    told = {schema.game_id: schema for schema in games.games()}

    assert sorted(told) == ["baby-foot", "csgo", "darts", "fifa", "lol", "pool", "quiz"]
    assert told["csgo"].ranked == ["assists", "damage", "deaths", "headshots", "kills", "mvpStars"]
    assert all(set(schema.ratio["over"] + schema.ratio["under"]) <= set(schema.ranked) for schema in told.values())
