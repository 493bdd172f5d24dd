"""Pages of tournaments: who sees what, what each may do there, and what the room sees on its television."""

import re
import uuid

import pytest
from django.test import Client

from bars.models import Bar
from stats.models import Side
from stats.tournaments.services.entering import Entrant, call_off, enter
from stats.tournaments.services.playing import Points, forfeit, score, start
from stats.tournaments.services.recording import record
from tests import factories
from tests.settling import settle
from tests.stats.playing import drawn, opened, play_all, played, ready

pytestmark = pytest.mark.django_db
PROBE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def page(client, bar):
    def page(member, path="tournaments", language="fr", **query):
        settle()
        client.force_login(member.user)
        return client.get(f"/bars/{bar.pk}/{path}", query, headers={"Accept-Language": language})

    return page


def text(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_manager_opens_tournaments_and_a_waiter_looks(page, koffi, awa):
    opened(koffi, name="Coupe du samedi", players=2)

    by_koffi, by_awa = (text(page(member)) for member in (koffi, awa))

    assert ["Coupe du samedi" in one for one in (by_koffi, by_awa)] == [True, True]
    assert ['data-opens="new"' in one for one in (by_koffi, by_awa)] == [True, False]
    assert "2\u00a0joueurs" in by_koffi


def test_an_empty_list_says_what_to_do(page, koffi, awa):
    by_koffi, by_awa = (text(page(member)) for member in (koffi, awa))

    assert "Ouvrir un tournoi" in by_koffi
    assert "Ouvrir un tournoi" not in by_awa


def test_the_list_is_filtered_by_status(page, koffi):
    opened(koffi, name="Ouverte")
    call_off(koffi, opened(koffi, name="Annulée").pk)

    shown = text(page(koffi, status="cancelled"))

    assert ("Annulée</strong>" in shown, "Ouverte</strong>" in shown) == (True, False)
    assert page(koffi, status="nonsense").status_code == 400
    assert page(koffi, before="nonsense").status_code == 400


def test_a_list_has_fifty_and_goes_on(page, koffi):
    for number in range(51):
        opened(koffi, name=f"Coupe {number}")

    first = text(page(koffi))
    [before] = re.findall(r"before=([0-9a-f-]{36})", first)

    assert (first.count('class="list-row"'), text(page(koffi, before=before)).count('class="list-row"')) == (50, 1)


@pytest.mark.parametrize("tournaments", [1, 3])
def test_the_list_costs_the_same_however_many(tournaments, page, client, koffi, django_assert_num_queries):
    for number in range(tournaments):
        opened(koffi, name=f"Coupe {number}", players=2)
    page(koffi)

    with django_assert_num_queries(8):
        client.get(f"/bars/{koffi.bar_id}/tournaments")


def test_before_the_draw_players_are_entered_and_the_draw_is_offered(page, koffi, awa):
    cup = opened(koffi, players=3)

    by_koffi, by_awa = (text(page(member, f"tournaments/{cup.pk}")) for member in (koffi, awa))

    assert [f"tournaments/{cup.pk}/entries" in one for one in (by_koffi, by_awa)] == [True, False]
    assert ['data-opens="draw"' in one for one in (by_koffi, by_awa)] == [True, False]
    assert by_awa.count("Player ") >= 3
    assert f'value="{awa.pk}"' in by_koffi  # one of the team, to be entered by a tap


def test_a_cup_is_a_bracket_whose_rounds_have_their_names(page, koffi):
    cup = drawn(koffi, players=6)

    french, english = (text(page(koffi, f"tournaments/{cup.pk}", language)) for language in ("fr", "en"))

    assert all(words in french for words in ("Quarts de finale", "Demi-finales", "Finale", "Petite finale"))
    assert all(words in english for words in ("Quarter-finals", "Semi-finals", "Final", "Third place"))
    assert cup.seed in french


@pytest.mark.parametrize("kind", ["round_robin", "leaderboard"])
def test_others_are_a_table(kind, page, koffi):
    tournament = drawn(koffi, kind=kind)

    shown = text(page(koffi, f"tournaments/{tournament.pk}"))

    assert ("standings" in shown, 'class="bracket"' in shown) == (True, False)
    assert ('data-opens="arrange"' in shown) == (kind == "leaderboard")


@pytest.mark.parametrize("players", [4, 16])
def test_a_tournament_costs_the_same_however_many_play(players, page, client, koffi, django_assert_num_queries):
    cup = drawn(koffi, players=players)
    page(koffi, f"tournaments/{cup.pk}")

    with django_assert_num_queries(14):
        client.get(f"/bars/{koffi.bar_id}/tournaments/{cup.pk}")


def test_the_console_has_the_buttons_of_the_moment(page, koffi, awa):
    first = ready(drawn(koffi))[0]
    scheduled = text(page(awa, f"matches/{first.pk}"))
    start(koffi, first.pk)
    score(koffi, first.pk, Points(uuid.uuid4(), Side.HOME, 2))
    live, by_koffi = (text(page(member, f"matches/{first.pk}")) for member in (awa, koffi))

    assert (f"{first.pk}/start" in scheduled, "data-points" in scheduled) == (True, False)
    assert (f"{first.pk}/start" in live, live.count("data-points")) == (False, 4)
    assert '<output data-score="home">2</output>' in live
    assert ['data-opens="forfeit"' in one for one in (live, by_koffi)] == [False, True]


def test_a_decided_match_is_corrected_by_who_runs_the_tournament(page, koffi, awa):
    cup = drawn(koffi)
    first, second = ready(cup)
    played(koffi, first)
    forfeit(koffi, second.pk, Side.HOME)

    by_awa, by_koffi, given = (
        text(page(member, f"matches/{match.pk}")) for member, match in ((awa, first), (koffi, first), (koffi, second))
    )

    assert ['data-opens="correct"' in one for one in (by_awa, by_koffi, given)] == [False, True, True]
    assert ["forfait" in one.lower() for one in (by_koffi, given)] == [False, True]


def test_statistics_are_asked_for_in_the_words_of_the_game(page, koffi):
    first = ready(drawn(koffi, game="csgo"))[0]
    start(koffi, first.pk)
    record(koffi, first.pk, first.home.player_id, {"kills": 7, "weapon": "AK-47"})

    shown = text(page(koffi, f"matches/{first.pk}"))

    assert 'name="stats.kills" data-as="number"' in shown
    assert ('value="7"' in shown, 'value="AK-47"' in shown) == (True, True)


@pytest.mark.parametrize(("wrong", "status"), [({}, 200), ({"home": "other"}, 409), ({"away": "other"}, 409)], ids=str)
def test_a_result_is_confirmed_only_of_who_meets_now(wrong, status, koffi):
    first, second = ready(drawn(koffi))
    start(koffi, first.pk)
    seen = {"home": str(first.home_id), "away": str(first.away_id)} | dict.fromkeys(wrong, str(second.home_id))
    client = Client(headers=factories.bearer(koffi))

    answer = client.post(
        f"/api/v1/bars/{koffi.bar_id}/matches/{first.pk}/confirm",
        {"home_score": 3, "away_score": 1} | seen,
        content_type="application/json",
    )

    first.refresh_from_db()
    assert (answer.status_code, first.state) == (status, "confirmed" if status == 200 else "live")
    if wrong:
        told = answer.json()
        assert (told["code"], told["home"], told["away"]) == ("other_players", str(first.home_id), str(first.away_id))


def test_a_match_that_nobody_knows_yet_says_so(page, koffi):
    cup = drawn(koffi)
    final = cup.matches.get(round=2, place=0)

    assert "On ne sait pas encore qui se rencontre" in text(page(koffi, f"matches/{final.pk}"))


@pytest.mark.parametrize("path", ["tournaments/{cup}", "matches/{match}", "players/{player}"])
def test_a_tournament_of_another_bar_is_nowhere(path, page, koffi, zoe):
    cup = drawn(zoe)
    match = ready(cup)[0]
    ids = {"cup": cup.pk, "match": match.pk, "player": match.home.player_id}

    answer = page(koffi, path.format(**ids))

    assert answer.status_code == 404


# The television


def test_anybody_sees_the_television_and_nothing_but_names(koffi, awa):
    type(awa.user).objects.filter(pk=awa.user_id).update(email="awa@example.com", last_name="Secret")
    cup = opened(koffi, players=3)
    enter(koffi, cup.pk, Entrant(member=awa.pk))

    shown = text(Client().get(f"/tv/{cup.token}"))

    assert ("Awa" in shown, "Player 1 of Coupe" in shown) == (True, True)
    for secret in ("example.com", "Secret", str(awa.user_id), str(koffi.bar_id), "koffi", "/api/"):
        assert secret not in shown


def test_the_television_shows_what_is_played_now_and_what_comes(koffi):
    cup = drawn(koffi)
    first, second = ready(cup)
    start(koffi, first.pk)
    score(koffi, first.pk, Points(uuid.uuid4(), Side.AWAY, 3))

    shown = text(Client().get(f"/tv/{cup.token}", headers={"Accept-Language": "fr"}))

    now = shown[shown.index("Matchs en cours") : shown.index('class="tv-board"')]
    assert (first.away.player.name in now, "<b>3</b>" in now, second.home.player.name in now) == (True, True, True)


def test_the_television_has_room_for_eight_matches_a_column(koffi):
    cup = drawn(koffi, players=32)

    shown = text(Client().get(f"/tv/{cup.token}"))

    assert (shown.count('class="round"'), shown.count('class="slot"')) == (4, 8 + 4 + 2 + 2)


def test_at_the_end_it_shows_the_podium(koffi):
    cup = play_all(koffi, drawn(koffi))

    shown = text(Client().get(f"/tv/{cup.token}"))

    assert [f'data-place="{place}"' in shown for place in (1, 2, 3)] == [True, True, True]


def test_there_is_no_television_at_another_address_or_in_a_closed_bar(koffi):
    cup = drawn(koffi)
    wrong = [Client().get(f"/tv/{token}").status_code for token in ("nothing", "n" * 300)]
    Bar.objects.filter(pk=koffi.bar_id).update(is_active=False)

    assert (wrong, Client().get(f"/tv/{cup.token}").status_code) == ([404, 404], 404)


def test_names_are_text_wherever_they_stand(page, koffi):
    cup = opened(koffi, players=3, name=PROBE[:60])
    enter(koffi, cup.pk, Entrant(name=PROBE))

    pages = [page(koffi), page(koffi, f"tournaments/{cup.pk}"), Client().get(f"/tv/{cup.token}")]

    assert ["<img" in text(one) for one in pages] == [False, False, False]
    assert ["&lt;img" in text(one) for one in pages] == [True, True, True]


# Leaderboards


def test_who_wins_most_and_who_has_most(page, koffi, awa):
    for number in range(5):
        [match, *_] = ready(drawn(koffi, name=f"Coupe {number}"))
        start(koffi, match.pk)
    board = drawn(koffi, name="Ligue", kind="round_robin", players=6)
    play_all(koffi, board)
    match = board.matches.filter(outcome="played").first()
    record(koffi, match.pk, match.home.player_id, {"kills": 12})

    wins, kills = text(page(awa, "games")), text(page(awa, "games", key="kills"))

    assert (wins.count('class="list-row"'), len(re.findall(r"\d \%", wins))) == (6, 6)
    assert (kills.count('class="list-row"'), match.home.player.name in kills) == (1, True)


def test_a_leaderboard_without_anybody_says_what_it_takes(page, awa):
    assert "5 matchs" in text(page(awa, "games"))


@pytest.mark.parametrize("query", [{"game": "chess"}, {"key": "nonsense"}])
def test_what_is_no_game_or_key_is_refused(query, page, awa):
    assert page(awa, "games", **query).status_code == 400


def test_a_players_page_has_the_figures_and_the_matches(page, koffi, awa):
    cup = drawn(koffi)
    first = ready(cup)[0]
    played(koffi, first, 4, 2)
    record(koffi, first.pk, first.home.player_id, {"kills": 7, "deaths": 2})

    shown = text(page(awa, f"players/{first.home.player_id}"))

    assert all(words in shown for words in (first.home.player.name, "4 – 2", "100", "KDA", "Coupe"))


def test_a_player_who_is_nowhere_is_not_found(page, awa):
    assert page(awa, f"players/{uuid.uuid4()}").status_code == 404
