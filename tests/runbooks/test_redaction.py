"""What is kept of output: no secret in any spelling, nothing that steers a terminal, no more than 256 KiB."""

import base64
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbooks.redaction import presentable
from runbooks.steps.kind import OUTPUT_BYTES

PLAIN = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=40)


@given(PLAIN, st.text("<> \n", max_size=30), st.text("<> \n", max_size=30))
def test_a_secret_is_hidden_in_all_its_spellings(secret: str, before: str, after: str) -> None:
    spelled = [
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        repr(secret),
        base64.b64encode(secret.encode()).decode(),
        base64.urlsafe_b64encode(secret.encode()).decode(),
        base64.b64encode(f"user:{secret}".encode()).decode(),
    ]
    for text in spelled:
        shown = presentable(f"{before} {text} {after}", [secret])
        assert "[redacted]" in shown
        rest = shown.replace("[redacted]", "").replace(before, "").replace(after, "")
        assert secret not in rest
        assert len(rest.strip("'\" =<>\n")) <= 10  # "user:" in base64 is 7 signs, and the last of the whole stays


def test_the_lines_of_a_secret_of_several_lines_are_hidden_each() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n"
    shown = presentable("found kqhkiG9w0BAQEF in it", [key])
    assert shown == "found [redacted] in it"


def test_a_tiny_secret_does_not_destroy_the_text() -> None:
    assert presentable("a plain sentence", ["a"]) == "a plain sentence"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1$r q\x1b\\dcs", "dcs"),
        ("\x9b31mc1", "31mc1"),
        ("a\rb\r\nc", "a\nb\nc"),
        ("bell\x07 back\x08", "bell back"),
        ("gpj.\u202eexe\u2069", "gpj.exe"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("\x1b", ""),
        ("open \x1b]0;never ends", "open "),
    ],
)
def test_nothing_that_steers_a_terminal_is_left(text: str, shown: str) -> None:
    assert presentable(text, []) == shown


@given(st.text(max_size=200))
def test_no_control_character_survives(text: str) -> None:
    shown = presentable(text, [])
    assert not {sign for sign in shown if (ord(sign) < 32 and sign not in "\t\n") or 0x7F <= ord(sign) < 0xA0}


def test_output_that_is_too_long_is_cut_after_its_secrets_are_hidden() -> None:
    text = "x" * (OUTPUT_BYTES - 50) + "the-secret-at-the-edge" * 3
    shown = presentable(text, ["the-secret-at-the-edge"])
    assert len(shown.encode()) <= OUTPUT_BYTES
    assert "the-secret" not in shown


def test_a_cut_does_not_split_a_character() -> None:
    assert presentable("€" * OUTPUT_BYTES, []).startswith("€€")
