"""One gate for every table and map made of a partnership's own records: nothing small leaves."""

from prevalence.disclosure.attacking import Exposed, attack
from prevalence.disclosure.protecting import Refused, Why, protect
from prevalence.disclosure.rates import Rates, rates
from prevalence.disclosure.tables import BadTable, Dimension, Release, Table
from prevalence.disclosure.world import Contradiction, TooLarge

__all__ = [
    "BadTable",
    "Contradiction",
    "Dimension",
    "Exposed",
    "Rates",
    "Refused",
    "Release",
    "Table",
    "TooLarge",
    "Why",
    "attack",
    "protect",
    "rates",
]
