"""Fewer bytes for phones: answers are compressed as they are made, static files when they are collected."""

from pathlib import Path
from typing import Any

import brotli
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedStaticFilesStorage

LEAST = 1_000  # bytes: what fits into one packet comes no sooner for being shorter
QUALITY = 5  # of brotli's 11, which take 11 s for all files and make them a tenth smaller than these 0.2 s do


class CompressionMiddleware(GZipMiddleware):
    """Django's, but only for bodies that are worth it and never for a stream: its events would wait for one another.

    BREACH guesses a secret by the lengths of many bodies that hold it beside what the attacker has sent. The secret in
    every page is the CSRF token, and Django masks that anew each time; tokens and passwords are told once. Django also
    adds up to 100 random bytes, and what other sites load in passing comes without the session (SameSite=Lax).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not isinstance(response, HttpResponse):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])  # a short answer and a 304 vary as the long 200 does
        return super().process_response(request, response) if len(response.content) >= LEAST else response


class QuickCompressor(Compressor):
    """Every start compresses all files again, so it must take no time. Maps of libraries are half of their bytes."""

    SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")

    def compress(self, path: str) -> list[str]:
        for suffix in (".br", ".gz"):
            Path(path + suffix).unlink(missing_ok=True)  # of an older file, which this one may be too short to replace
        return super().compress(path)

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return brotli.compress(data, quality=QUALITY)


class StaticStorage(CompressedStaticFilesStorage):
    """Beside each file its .br and .gz, for WhiteNoise to send. Files that are found and not collected have none."""

    def create_compressor(self, **options: Any) -> Compressor:
        return QuickCompressor(**options)
