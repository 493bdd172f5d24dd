"""What deploy/ says, read as its readers do."""

import shlex
from configparser import RawConfigParser

from tests.stack import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
BACKUPS = sorted((DEPLOY / "systemd/backup").iterdir())
HOME = "/srv/bartender"


class Repeated(dict):
    """A directive may stand several times: its values are joined by newlines."""

    def __setitem__(self, name, value):
        if isinstance(value, list) and isinstance(before := self.get(name), list):
            value = before + [one for one in value if one]
        super().__setitem__(name, value)


def unit(name):
    """Sections of a unit file, with their directives as written."""
    parser = RawConfigParser(strict=False, dict_type=Repeated, delimiters=["="], comment_prefixes=["#"])
    parser.optionxform = str
    parser.read(DEPLOY / "systemd" / name)
    return parser


def command(name, directive="ExecStart", instance=""):
    """What a unit runs, after its Python: the words that `python` is given."""
    python, *words = shlex.split(unit(name)["Service"][directive].replace("%i", instance))
    assert python == f"{HOME}/.venv/bin/python", python
    return words


def example_environment():
    """deploy/bartender.env.example as a dict."""
    lines = (DEPLOY / "bartender.env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
