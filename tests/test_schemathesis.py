"""Every operation of the OpenAPI file, asked by schemathesis: each answer is one that the file describes.

FUZZ=500 asks each that often, from a new seed each time.
"""

import os

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.failures import FailureGroup

from stock.queries.products import inventory
from tests.books import books
from tests.canaries import Leak
from tests.fuzzing import OF_BARS, OPERATIONS, aimed, ask, cases, edges, ids_of, row_of
from tests.settling import run, settle

pytestmark = pytest.mark.timeout(600)
TIMES = int(os.environ.get("FUZZ", "0"))
WHOSE = st.sampled_from(["ours", "theirs", "nobody's"])


def often(examples):
    """The same requests in every run, unless FUZZ asks for others."""
    return settings(
        max_examples=TIMES or examples,
        derandomize=not TIMES,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


class Asking:
    """Whoever asks one operation again and again, each time of the same two bars."""

    def __init__(self, world, label):
        self.world, self.row = world, row_of(label)
        run("SET LOCAL idle_in_transaction_session_timeout = 0")  # while a failure is made small
        world.make(self.row)
        self.ids = {"ours": ids_of(self.row, world.ours), "theirs": ids_of(self.row, world.theirs)}
        settle()
        self.before = books()

    def ask(self, case, who, *, in_place, whose):
        """The answer; where it is a refusal, nothing was written."""
        with self.world.asked_by(who) as person:
            own = self.world.make_own(self.row)
            before = books() if own else self.before
            aimed(case, self.row, self.world.ours if in_place else None, self.ids.get(whose))
            answer = ask(case, person.headers)
            if answer.status_code >= 400:
                assert answer.headers["Content-Type"] == "application/problem+json"
            if answer.status_code >= 400 and case.method != "GET":
                assert books() == before
            if answer.status_code < 400:
                settle()  # what a commit would say
        return answer


@pytest.mark.parametrize("label", OPERATIONS)
@pytest.mark.parametrize("who", ["owner", "waiter"])
def test_every_answer_is_one_that_the_file_describes(who, label, world):
    asking = Asking(world, label)

    @often(24 if who == "owner" else 8)
    @given(cases(OPERATIONS[label]), st.sampled_from([True, True, False]), WHOSE)
    def check(case, in_place, whose):
        asking.ask(case, who, in_place=in_place, whose=whose)

    check()


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_limit_that_the_file_states_is_kept(label, world):
    asking = Asking(world, label)

    for number, case in enumerate(edges(OPERATIONS[label])):
        asking.ask(case, "owner", in_place=True, whose=("ours", "theirs", "nobody's")[number % 3])


@pytest.mark.parametrize("label", OF_BARS)
def test_a_stranger_gets_nothing_of_a_bar_whatever_they_send(label, world):
    asking = Asking(world, label)

    @often(8)
    @given(cases(OPERATIONS[label]), WHOSE)
    def check(case, whose):
        answer = asking.ask(case, "stranger", in_place=True, whose=whose)

        assert answer.status_code in (400, 404, 413, 415)

    check()


def fail(*args, **options):
    raise RuntimeError("a mistake of ours")


SABOTAGED_VIEWS = {
    "a mistake": (lambda world: fail, FailureGroup),
    "another bar's products": (lambda world: lambda member, **asked: inventory(world.theirs.owner, **asked), Leak),
}


@pytest.mark.parametrize(("sabotage", "error"), SABOTAGED_VIEWS.values(), ids=SABOTAGED_VIEWS)
def test_an_operation_that_does_wrong_is_found(sabotage, error, world, monkeypatch):
    label = "GET /api/v1/bars/{bar}/inventory"
    asking = Asking(world, label)
    monkeypatch.setattr("stock.api.products.inventory", sabotage(world))

    @settings(often(24), report_multiple_bugs=False)
    @given(cases(OPERATIONS[label]))
    def check(case):
        asking.ask(case, "owner", in_place=True, whose="nobody's")

    with pytest.raises(error):
        check()
