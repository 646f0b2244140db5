from daymark.concerns.queries import content, desk, door, files

__all__ = ["content", "desk", "door", "files"]
