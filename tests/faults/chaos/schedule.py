"""What happens when: a function of the seed and of nothing else. What the servers make of it is not (docs)."""

import random
from typing import NamedTuple

# How often of a hundred: most are deaths.
KINDS = {
    "F14 relay killed": 18,
    "F14 both relays killed": 4,
    "F20 web killed": 22,
    "F02 Postgres killed": 14,
    "F16 Valkey killed": 12,
    "F01 sessions ended": 4,
    "F03 Postgres stopped at once": 2,
    "F03 Postgres stopped fast": 2,
    "F05 database lines cut": 4,
    "F06 Postgres frozen": 3,
    "F17 Valkey frozen": 2,
    "F19 Valkey emptied": 2,
    "F21 web replaced": 2,
    "F33 client lines silent": 2,
    "F33 client lines cut": 4,
    "F42 all frozen one by one": 3,
}
DEATHS = {"F14 relay killed": 1, "F14 both relays killed": 2, "F20 web killed": 1, "F02 Postgres killed": 1,
          "F16 Valkey killed": 1}  # fmt: skip
FAULTS_OF_A_ROUND = 10


class Step(NamedTuple):
    """After `pause` seconds of selling, this fault for `lasts` seconds; `target` is the one of two, `seed` its own."""

    kind: str
    pause: float
    lasts: float
    target: int
    seed: int


def schedule(seed, rounds):
    """The steps of each round."""
    chance = random.Random(seed)
    return [[step(chance) for _ in range(FAULTS_OF_A_ROUND)] for _ in range(rounds)]


def step(chance):
    [kind] = chance.choices(list(KINDS), list(KINDS.values()))
    return Step(kind, chance.uniform(0, 0.2), chance.uniform(0, 0.5), chance.randrange(2), chance.getrandbits(32))


def kills(steps):
    return sum(DEATHS.get(one.kind, 0) for one in steps)
