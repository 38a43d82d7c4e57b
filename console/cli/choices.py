"""Choices from our own words."""

from enum import StrEnum

import click


def one_of(words: type[StrEnum]) -> "click.Choice[str]":
    """An option's type: one of the words as they are written everywhere (Click would take an enum's names)."""
    return click.Choice([word.value for word in words])
