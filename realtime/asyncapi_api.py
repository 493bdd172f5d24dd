"""The AsyncAPI document, beside the OpenAPI file and as public as that."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from realtime.asyncapi import document

router = Router(tags=["realtime"])


@router.get("/asyncapi.json", auth=None, response=dict[str, Any], summary="The WebSocket, as AsyncAPI 3.0")
def asyncapi(request: HttpRequest) -> dict[str, Any]:
    return document()
