from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haechi.streams import tokens as module
from haechi.streams.tokens import VERBATIM, Tokens, normalised

TOKENS = Tokens(bytes(range(32)))
KINDS = ("bag", "traveler", "seller", "event", "document")
kinds = st.sampled_from(KINDS)
names = st.lists(st.text(), min_size=1, max_size=4)


def test_tokens_are_stable() -> None:
    # Stated, because a log is only readable while these stay what they are.
    assert TOKENS.token("bag", "0180123456") == 0xD0F56D1284BFEF69
    assert TOKENS.id128("event", "e-1").hex() == "07a0f71f1fd2e75686f50200e3252550"


@given(kinds, names)
def test_a_token_fits_64_bits_and_is_never_zero(kind: str, parts: list[str]) -> None:
    token = TOKENS.token(kind, *parts)
    assert 0 < token < 2**64
    assert TOKENS.token(kind, *parts) == token
    assert Tokens(bytes(range(32))).token(kind, *parts) == token
    assert len(TOKENS.id128(kind, *parts)) == 16


@given(names)
def test_kinds_keys_and_widths_are_apart(parts: list[str]) -> None:
    token = TOKENS.token("bag", *parts)
    assert token != TOKENS.token("seller", *parts)
    assert token != Tokens(bytes(32)).token("bag", *parts)
    assert TOKENS.id128("bag", *parts)[:8] != token.to_bytes(8, "little")


@given(names, names)
def test_parts_do_not_run_together(first: list[str], second: list[str]) -> None:
    same = [normalised("event", one) for one in first] == [
        normalised("event", one) for one in second
    ]
    assert (TOKENS.id128("event", *first) == TOKENS.id128("event", *second)) is same


@given(kinds, st.text())
def test_a_normal_form_is_its_own(kind: str, name: str) -> None:
    once = normalised(kind, name)
    assert normalised(kind, once) == once


def test_printed_names_are_folded_and_issued_ones_are_not() -> None:
    assert TOKENS.token("bag", " ke\uff11\uff12 ") == TOKENS.token("bag", "KE12")
    assert TOKENS.token("seller", "STRASSE") == TOKENS.token("seller", "Straße")
    for kind in VERBATIM:
        assert TOKENS.token(kind, "aB") != TOKENS.token(kind, "ab")
        assert TOKENS.token(kind, " aB ") == TOKENS.token(kind, "aB")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 4)
    tokens = Tokens(bytes(32))
    made = [tokens.token("bag", str(i)) for i in range(20)]
    tokens.token("bag", "x" * 1000)
    assert len(tokens._remembered) <= 4
    assert made == [tokens.token("bag", str(i)) for i in range(20)]


def test_the_key_has_32_bytes_and_is_not_shown() -> None:
    with pytest.raises(ValueError, match="has 5 bytes; it must have 32"):
        Tokens(b"short")
    assert "key not shown" in repr(TOKENS)
