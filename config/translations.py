"""Compiles translations without gettext's programs, which few machines have."""

import os
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent


def compile_translations(root: Path = ROOT) -> list[Path]:
    """Makes the .mo file of each .po file that has none, or an older one; returns those it made."""
    sources = sorted(root.glob("locale/*/LC_MESSAGES/*.po"))
    return [_compile(source) for source in sources if _is_stale(source)]


def _is_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime


def _compile(source: Path) -> Path:
    compiled = source.with_suffix(".mo")
    half = compiled.with_suffix(f".{os.getpid()}")
    polib.pofile(str(source)).save_as_mofile(str(half))
    return half.replace(compiled)  # whole at once: another process may be reading it
