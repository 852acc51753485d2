"""archdsl: a declarative language for neural-network architectures, and its compiler."""

from archdsl import weights
from archdsl.limits import Limits, in_force
from archdsl.load import ablation, load, loads
from archdsl.network import Network
from archdsl.report import ArchError
from archdsl.stats import Stats

__all__ = ["ArchError", "Limits", "Network", "Stats", "ablation", "in_force", "load", "loads", "weights"]
