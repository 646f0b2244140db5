from daymark.concerns.queries import content, desk, door

__all__ = ["content", "desk", "door"]
