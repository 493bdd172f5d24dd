"""A refusal raised behind a page becomes that page: 403 and 404 as everywhere else."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from realtime.errors import Problem


class RefusalMiddleware:
    """Renders <status>.html for a Problem; the API has turned its own into problem+json before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Problem):
            return None
        status = exception.status if exception.status in (403, 404) else 400
        return render(request, f"{status}.html", {"problem": exception}, status=status)
