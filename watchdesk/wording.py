"""Counts in sentences for people."""


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 monitor`, `3,000 monitors`; `plural` where an s is not enough."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def verb(count: int, one: str, many: str) -> str:
    """The verb that goes with so many."""
    return one if count == 1 else many
