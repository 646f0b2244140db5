"""A word of an enum, as a field chooses from it."""


def words(enum: type) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in enum]  # type: ignore[attr-defined]
