"""The edge of the API: what Django answers by itself becomes a problem, and what hasn't changed isn't sent again."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag

from bars.auth import Forged
from config.problems import CONTENT_TYPE, Internal, InvalidRequest, MethodNotAllowed, TooLarge, problem_response
from realtime.errors import NotFound, OutcomeUnknown, Problem

PREFIX = "/api/v1/"
CURSOR = "Cursor"
PROBLEMS: dict[int, type[Problem]] = {
    403: Forged,
    404: NotFound,
    405: MethodNotAllowed,
    413: TooLarge,
    503: OutcomeUnknown,
}


class ApiMiddleware:
    """For addresses of the API only. Streams, which are written while they are read, pass as they are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path_info.startswith(PREFIX) or not isinstance(response, HttpResponse):
            return response
        if response.status_code >= 400 and response.headers.get("Content-Type") != CONTENT_TYPE:
            response = as_problem(response)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return conditional(request, response)


def as_problem(response: HttpResponse) -> HttpResponse:
    """An address that is none, a method that it doesn't answer, a host or a body that Django refuses."""
    fallback = InvalidRequest if response.status_code < 500 else Internal
    answer = problem_response(PROBLEMS.get(response.status_code, fallback)())
    for name in {"Allow", "Retry-After"} & set(response.headers):
        answer[name] = response[name]
    return answer


def conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """304 for who has just this body; with the cursor of now, which says how fresh that is."""
    if request.method != "GET" or response.status_code != 200:
        return response
    if not response.has_header("ETag"):
        set_response_etag(response)
    answer = get_conditional_response(request, etag=response["ETag"], response=response)
    assert isinstance(answer, HttpResponse)
    if answer is not response and CURSOR in response.headers:
        answer[CURSOR] = response[CURSOR]
    return answer
