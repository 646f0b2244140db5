from daymark.concerns.actions import arrivals, content, desk, door, files, history, paper

__all__ = ["arrivals", "content", "desk", "door", "files", "history", "paper"]
