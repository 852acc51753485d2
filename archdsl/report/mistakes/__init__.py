from archdsl.report.errors import *
from archdsl.report.mistakes.names import *
from archdsl.report.mistakes.arguments import *
from archdsl.report.mistakes.values import *
from archdsl.report.mistakes.flows import *
