"""What the end of a connection asks of the client, as static/realtime/verdicts.js reads it."""

from enum import StrEnum

SIGNED_OUT, BAR_FULL, SERVER_RESTART = 4001, 4130, 1012

FINAL = {"not_found", "not_allowed", "invalid", "bad_cursor", "too_many_streams"}  # asking again changes nothing


class Verdict(StrEnum):
    SIGN_IN = "sign_in"
    STOP = "stop"
    POLL = "poll"
    AT_ONCE = "at_once"
    BACK_OFF = "back_off"


def of_close(code: int) -> Verdict:
    """Of a WebSocket close code, by range."""
    named = {SIGNED_OUT: Verdict.SIGN_IN, BAR_FULL: Verdict.POLL, SERVER_RESTART: Verdict.AT_ONCE}
    ranges = {40: Verdict.STOP, 42: Verdict.AT_ONCE}
    return named.get(code) or ranges.get(code // 100, Verdict.BACK_OFF)


def of_error(code: str) -> Verdict:
    """Of an error message that comes instead of a welcome."""
    if code == "sign_in":
        return Verdict.SIGN_IN
    return Verdict.STOP if code in FINAL else Verdict.BACK_OFF


def of_status(status: int) -> Verdict:
    """Of the status of an HTTP twin that refused."""
    stops = {401: Verdict.SIGN_IN, 400: Verdict.STOP, 403: Verdict.STOP, 404: Verdict.STOP}
    return stops.get(status, Verdict.BACK_OFF)
