from daymark.concerns.actions import (
    arrivals,
    content,
    desk,
    door,
    files,
    handovers,
    history,
    inquiries,
    merges,
    overdue,
    paper,
    proposals,
)

__all__ = [
    "arrivals",
    "content",
    "desk",
    "door",
    "files",
    "handovers",
    "history",
    "inquiries",
    "merges",
    "overdue",
    "paper",
    "proposals",
]
