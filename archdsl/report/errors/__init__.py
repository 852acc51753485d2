"""The words of every mistake: one function each, whose name is the code and whose docstring explains it."""

from archdsl.report.errors.ablations import *
from archdsl.report.errors.arguments import *
from archdsl.report.errors.catalogue import *
from archdsl.report.errors.drawing import *
from archdsl.report.errors.flows import *
from archdsl.report.errors.limits import *
from archdsl.report.errors.names import *
from archdsl.report.errors.passes import *
from archdsl.report.errors.study import *
from archdsl.report.errors.syntax import *
from archdsl.report.errors.unused import *
from archdsl.report.errors.values import *
from archdsl.report.errors.weights import *
from archdsl.report.errors.yaml import *
