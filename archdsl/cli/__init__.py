"""The command line: each command is a file of its own, read when it is called."""

from archdsl.cli.main import main

__all__ = ["main"]
