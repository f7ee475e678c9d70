"""Which rule each operation of PyTorch has.

In reading order:

spelling.py    one spelling for each operation and each argument
rule.py        a rule as the interpreter calls it
operations.py  which operations belong together
sliding.py     arguments of convolutions, pools and interpolation
reducing.py    arguments of reductions
normalising.py arguments of norms
calls.py       arguments of operations along channels, shapes and attributes
entries.py     the table
"""

from .calls import refuse
from .entries import rule_for, table
from .operations import CELLWISE_MODULES, CONCATENATIONS, PRODUCTS, QUOTIENTS, SUMS
from .rule import Rule, Rules
from .spelling import writes_in_place

__all__ = [
    "CELLWISE_MODULES",
    "CONCATENATIONS",
    "PRODUCTS",
    "QUOTIENTS",
    "SUMS",
    "Rule",
    "Rules",
    "refuse",
    "rule_for",
    "table",
    "writes_in_place",
]
