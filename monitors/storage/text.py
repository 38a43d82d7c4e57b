"""Text from targets, made fit for either database."""


def storable(text: str) -> str:
    """`text` with NUL characters and lone surrogates replaced: a target that sends them must not stop a flush."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
