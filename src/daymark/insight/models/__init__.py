from daymark.insight.models.figures import Edition, Figure, Measure, Upload
from daymark.insight.models.releases import Gate, Release, Run, Scope, Tally, View
from daymark.insight.models.studies import (
    Chosen,
    Estimation,
    SeenList,
    Sighting,
    Study,
    StudyShare,
)

__all__ = [
    "Chosen",
    "Edition",
    "Estimation",
    "Figure",
    "Gate",
    "Measure",
    "Release",
    "Run",
    "Scope",
    "SeenList",
    "Sighting",
    "Study",
    "StudyShare",
    "Tally",
    "Upload",
    "View",
]
