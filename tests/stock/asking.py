"""Asking the API about a bar's stock, as a member of it."""

import json

from django.test import Client

from tests import factories


class Asker:
    """`Asker(koffi).post("supplies", {...})`: paths start at the member's bar."""

    def __init__(self, member, bar=None):
        self.client = Client(headers=factories.bearer(member))
        self.address = f"/api/v1/bars/{(bar or member.bar).pk}"

    def ask(self, method, path, body=None):
        data = json.dumps(body if body is not None else {}, default=str)
        return self.client.generic(method, f"{self.address}/{path}", data, "application/json")

    def get(self, path, **filters):
        return self.client.get(f"{self.address}/{path}", filters)

    def post(self, path, body=None):
        return self.ask("POST", path, body)

    def patch(self, path, body):
        return self.ask("PATCH", path, body)

    def put(self, path, body):
        return self.ask("PUT", path, body)

    def delete(self, path):
        return self.ask("DELETE", path)
