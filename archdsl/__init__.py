"""archdsl: a declarative language for neural-network architectures, and its compiler."""

from archdsl import weights
from archdsl.load import ablation, load, loads
from archdsl.network import Network, Stats
from archdsl.report import ArchError

__all__ = ["ArchError", "Network", "Stats", "ablation", "load", "loads", "weights"]
