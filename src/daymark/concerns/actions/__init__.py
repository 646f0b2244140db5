from daymark.concerns.actions import arrivals, content, desk, door, history

__all__ = ["arrivals", "content", "desk", "door", "history"]
