"""How anything wrong is said: places in text, diagnostics about them, and the words of every mistake."""

from archdsl.report.diagnostic import ArchError, Diagnostic, Label, Mistake
from archdsl.report.source import Source, Span

__all__ = ["ArchError", "Diagnostic", "Label", "Mistake", "Source", "Span"]
