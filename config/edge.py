"""The edge of the API: what Django answers by itself becomes a problem, and what hasn't changed isn't sent again.

It also says what is left of the caller's budget, sends old addresses on, and answers in English whoever asks for no
language.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag
from django.utils.translation import get_language

from bars.auth import Forged
from config.problems import CONTENT_TYPE, Internal, MethodNotAllowed, TooLarge, problem_response
from config.rates import say_what_is_left
from realtime.errors import InvalidRequest, NotFound, OutcomeUnknown, Problem
from realtime.language import or_english

PREFIX = "/api/v1/"
OLD, NEW = "/api/sync/", "/api/v1/sync/"
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
        if request.path_info.startswith(OLD):
            return sent_on(request)
        if request.path_info.startswith(PREFIX):
            speak_english_unless_asked(request)
        response = self.get_response(request)
        if request.path_info.startswith(PREFIX) and isinstance(response, HttpResponse):
            response = finished(request, response)
        say_what_is_left(request, response)
        return response


def sent_on(request: HttpRequest) -> HttpResponse:
    """308: the same method, body and query, at today's address. Here, before anything asks who it is."""
    return HttpResponsePermanentRedirect(NEW + request.get_full_path().removeprefix(OLD), preserve_request=True)


def speak_english_unless_asked(request: HttpRequest) -> None:
    """For LocaleMiddleware: a browser always names its languages; a program that names none is no reader of French."""
    request.META["HTTP_ACCEPT_LANGUAGE"] = or_english(request.META.get("HTTP_ACCEPT_LANGUAGE"))


def finished(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer as a client of the API gets it."""
    if response.status_code >= 400 and response.headers.get("Content-Type") != CONTENT_TYPE:
        response = as_problem(response)
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.headers.setdefault("Content-Language", get_language() or "en")
    patch_vary_headers(response, ["Authorization", "Cookie", "Accept-Language"])
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
        response["ETag"] = f"W/{response['ETag']}"  # weak: it also stands for the body compressed
    answer = get_conditional_response(request, etag=response["ETag"], response=response)
    assert isinstance(answer, HttpResponse)
    if answer is not response and CURSOR in response.headers:
        answer[CURSOR] = response[CURSOR]
    return answer
