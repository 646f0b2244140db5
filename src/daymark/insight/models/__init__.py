from daymark.insight.models.figures import Edition, Figure, Measure, Upload
from daymark.insight.models.releases import Gate, Release, Run, Scope, Tally, View

__all__ = [
    "Edition",
    "Figure",
    "Gate",
    "Measure",
    "Release",
    "Run",
    "Scope",
    "Tally",
    "Upload",
    "View",
]
