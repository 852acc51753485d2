"""archdsl: a declarative language for neural-network architectures, and its compiler."""

from archdsl import weights
from archdsl.limits import Limits
from archdsl.load import load, loads
from archdsl.network import Network, Stats
from archdsl.report import ArchError

__all__ = ["ArchError", "Limits", "Network", "Stats", "load", "loads", "weights"]
