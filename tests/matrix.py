"""Who gets what from every address: the table that tests/test_matrix.py compares the servers with.

{bar} is Chez Yao. Its waiter, manager, co_owner and owner work there; `stranger` owns another bar, `left` was
its manager, `suspended` is its manager whose account is off, `operator` runs the platform and no bar. In the
columns `unknown` and `closed` it is Chez Yao's owner who asks, for a bar that isn't and for one that is closed.
A method that is not named answers 405; ANY answers each alike. A dot repeats what stands to the left of it.
"""

from typing import NamedTuple

OTHERS = ["nobody", "stranger", "left", "suspended", "operator", "unknown", "closed"]
COLUMNS = [*OTHERS, "waiter", "manager", "co_owner", "owner"]

TABLE = """
address                              method  nobody stranger left suspended operator unknown closed  waiter manager co_owner owner
/i18n/setlang/                       ANY     302    .        .    .         .        .       .       .      .       .        .
/                                    ANY     302    .        .    .         .        .       .       .      .       .        .
/login/                              GET     200    302      302  200       302      302     302     302    302     302      302
/login/                              POST    200    302      302  200       302      302     302     302    302     302      302
/login/                              PUT     200    302      302  200       302      302     302     302    302     302      302
/logout/                             POST    302    .        .    .         .        .       .       .      .       .        .
/bars/                               GET     302    200      200  302       200      200     200     200    200     200      200
/bars/{bar}/till                     GET     302    404      404  302       404      404     404     200    200     200      200
/bars/{bar}/sales                    GET     302    404      404  302       404      404     404     200    200     200      200
/bars/{bar}/tonight                  GET     302    404      404  302       404      404     404     403    200     200      200
/operator/                           GET     302    403      403  302       200      403     403     403    403     403      403

/api/v1/                             ANY     404    .        .    .         .        .       .       .      .       .        .
/api/v1/docs                         ANY     200    .        .    .         .        .       .       .      .       .        .
/api/v1/openapi.json                 ANY     200    .        .    .         .        .       .       .      .       .        .
/api/v1/auth/token                   POST    201    201      201  401       201      201     201     201    201     201      201
/api/v1/bars                         GET     401    200      200  401       200      200     200     200    200     200      200
/api/v1/bars/{bar}                   GET     401    404      404  401       404      404     404     200    200     200      200
/api/v1/bars/{bar}/products          GET     401    404      404  401       404      404     404     200    200     200      200
/api/v1/bars/{bar}/sales             GET     401    404      404  401       404      404     404     200    200     200      200
/api/v1/bars/{bar}/sales             POST    401    404      404  401       404      404     404     201    201     201      201
/api/v1/bars/{bar}/tonight           GET     401    404      404  401       404      404     404     403    200     200      200
/api/v1/sync/poll                    GET     401    404      404  401       404      404     404     200    200     200      200
/api/v1/sync/stream                  GET     401    404      404  401       404      404     404     200    200     200      200
/api/v1/admin/stats                  GET     401    403      403  401       200      403     403     403    403     403      403
/api/v1/admin/stats/stream           GET     401    403      403  401       200      403     403     403    403     403      403
"""  # noqa: E501


class Row(NamedTuple):
    address: str
    method: str
    expected: dict[str, int]


def read(table: str = TABLE) -> list[Row]:
    """The rows of the table."""
    rows = []
    for line in table.strip().splitlines()[1:]:
        if not line:
            continue
        address, method, *cells = line.split()
        statuses = [cells[0] if cell == "." else cell for cell in cells]
        rows.append(Row(address, method, dict(zip(COLUMNS, map(int, statuses), strict=True))))
    return rows


ROWS = read()
