"""Who watches a tournament is told names, matches and scores, nothing else of anybody, and in few queries."""

import json

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from bars.models import Bar
from realtime.streams import registry
from stats.models import Side
from stats.tournaments.queries.tournaments import boards_of_matches, boards_of_tournaments, shown
from stats.tournaments.services.entering import Entrant, enter
from stats.tournaments.services.playing import Points, score, start
from tests.settling import settle
from tests.stats.playing import drawn, play_all, ready

pytestmark = pytest.mark.django_db


def test_anybody_watches_by_the_public_address_and_learns_names_and_scores_alone(koffi, awa):
    type(awa.user).objects.filter(pk=awa.user_id).update(email="awa@example.com")
    cup = drawn(koffi)
    late = drawn(koffi, name="Autre", kind="leaderboard")
    enter(koffi, late.pk, Entrant(member=awa.pk))

    answers = [Client().get(f"/api/v1/tournaments/{one.token}") for one in (cup, late)]

    told = answers[0].json()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].headers["Cursor"]
    assert (told["id"], len(told["entries"]), len(told["matches"]), len(told["standings"])) == (str(cup.pk), 4, 4, 4)
    assert "Awa" in answers[1].content.decode()
    for secret in ("example.com", str(awa.user_id), str(koffi.user_id), str(koffi.bar_id)):
        assert secret not in answers[1].content.decode()


def test_there_is_nothing_to_watch_at_another_address_or_in_a_closed_bar(koffi):
    cup = drawn(koffi)
    nothing = Client().get("/api/v1/tournaments/nothing")
    Bar.objects.filter(pk=koffi.bar_id).update(is_active=False)

    assert (nothing.status_code, Client().get(f"/api/v1/tournaments/{cup.token}").status_code) == (404, 404)
    assert registry.admitted(AnonymousUser(), f"tournament.{cup.pk}", None) is None


def test_the_streams_of_tournaments_and_matches_are_public_and_those_of_others_are_not(koffi):
    cup = drawn(koffi)
    match = ready(cup)[0]
    asked = [f"tournament.{cup.pk}", f"match.{match.pk}", f"tournament.{match.pk}", "match.1", f"bar.{cup.bar_id}"]

    admitted = [registry.admitted(AnonymousUser(), stream, None) for stream in asked]
    boards = [registry.admitted(AnonymousUser(), stream, ["board"]) for stream in asked[:2]]

    assert admitted == [{"scores"}, {"scores"}, None, None, None]
    assert boards == [{"board"}, {"board"}]


def test_a_board_is_what_a_page_would_read_again(koffi, django_assert_num_queries):
    cups = [drawn(koffi, name=f"Coupe {number}") for number in range(3)]
    live = start(koffi, ready(cups[0])[0].pk)
    score(koffi, live.pk, Points(live.pk, Side.HOME, 2))
    play_all(koffi, cups[1])
    settle()

    with django_assert_num_queries(3):
        boards = boards_of_tournaments([*(str(cup.pk) for cup in cups), "nonsense"])
    with django_assert_num_queries(1):
        board = boards_of_matches([str(live.pk)])[str(live.pk)]

    assert {key: one["status"] for key, one in boards.items()} == {
        str(cups[0].pk): "running", str(cups[1].pk): "finished", str(cups[2].pk): "running",
    }  # fmt: skip
    assert boards[str(cups[1].pk)]["standings"] == shown(cups[1])["standings"]
    assert (board["state"], board["home_score"], board["away_score"]) == ("live", 2, 0)
    assert json.dumps([boards, board])


@pytest.mark.parametrize("players", [4, 16])
def test_a_tournament_is_shown_in_two_queries(players, koffi, django_assert_num_queries):
    cup = drawn(koffi, players=players)

    with django_assert_num_queries(2):
        assert len(shown(cup)["entries"]) == players
