from daymark.concerns.models.alike import Likeness, Mark, Token
from daymark.concerns.models.content import Allowance, Clock, Dated, Limit, Route, SecondPerson
from daymark.concerns.models.desk import (
    Account,
    Asked,
    Concern,
    Event,
    Handover,
    Inquiry,
    Merge,
    Message,
    Proposal,
    Source,
)
from daymark.concerns.models.door import Arrival, Left, Letter, Parcel, Piece, Thread
from daymark.concerns.models.files import File, Original

__all__ = [
    "Account",
    "Allowance",
    "Arrival",
    "Asked",
    "Clock",
    "Concern",
    "Dated",
    "Event",
    "File",
    "Handover",
    "Inquiry",
    "Left",
    "Letter",
    "Likeness",
    "Limit",
    "Mark",
    "Merge",
    "Message",
    "Original",
    "Parcel",
    "Piece",
    "Proposal",
    "Route",
    "SecondPerson",
    "Source",
    "Thread",
    "Token",
]
