import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from bars.invariants import Finding, all_invariants, check
from bars.management.careful import CarefulCommand, progress


class Command(CarefulCommand):
    help = "Checks that everything that must be true is true. Exit code 1 where something isn't."

    def handle(self, *args: Any, **options: Any) -> None:
        invariants = all_invariants()
        findings = []
        with progress() as tell:
            for done, invariant in enumerate(invariants):
                tell(invariant.id, done, len(invariants))
                findings.append(check(invariant))
        self.stdout.write(table(findings))
        broken = [finding for finding in findings if finding.broken]
        for finding in broken:
            self.stdout.write(f"{finding.invariant.id}: {finding.invariant.sentence} Not in {finding.broken} rows:")
            self.stdout.writelines(f"  {row}\n" for row in finding.rows)
        if broken:
            self.stderr.write(f"{len(broken)} of {len(findings)} invariants are broken.")
            sys.exit(1)
        self.stdout.write(f"All {len(findings)} invariants hold.")


def table(findings: list[Finding]) -> str:
    """One line an invariant: id, sentence, rows that break it, milliseconds."""
    shown = Table("id", "what is always true", box=None)
    shown.add_column("broken", justify="right")
    shown.add_column("ms", justify="right")
    for invariant, broken, _, seconds in findings:
        shown.add_row(invariant.id, invariant.sentence, str(broken), f"{seconds * 1000:.0f}")
    console = Console(width=120, color_system=None)
    with console.capture() as captured:
        console.print(shown)
    return captured.get()
