"""Commands that are loaded when they are called: help and completion stay fast."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeVar

import click

from console.cli.tree import Branch, Leaf
from watchdesk.spelling import did_you_mean

COMMANDS = "console.cli.commands"
Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class ExampleCommand(click.Command):
    """A command whose help shows examples before the options."""

    def __init__(self, *given: Any, examples: Sequence[str] = (), **named: Any) -> None:
        super().__init__(*given, **named)
        self.examples = tuple(examples)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_help_text(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write_text(f"watchdesk {example}")


def command(*examples: str) -> Callable[[Callable[..., Any]], ExampleCommand]:
    """Make a function a command; `examples` are command lines without the program's name."""

    def declare(function: Callable[..., Any]) -> ExampleCommand:
        return click.command(cls=ExampleCommand, examples=examples)(function)

    return declare


class CutOff(Exception):
    """Whoever read our output went away. No OSError: Click would end the program with a code of its own."""


class TreeGroup(click.Group):
    """A group whose commands are named by a table and imported on call."""

    def __init__(
        self, *given: Any, leaves: Mapping[str, Leaf | Branch], default: str | None = None, **named: Any
    ) -> None:
        super().__init__(*given, **named)
        self.leaves = leaves
        self.default = default

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(self.leaves)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        found = self.leaves.get(cmd_name)
        if isinstance(found, Branch):
            return TreeGroup(name=cmd_name, help=found.words, leaves=found.leaves, default=found.default)
        return load(found) if found else None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        wants_help = any(name in args for name in self.get_help_option_names(ctx))
        if self.default and not wants_help and (not args or args[0].startswith("-")):
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise CutOff from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name in self.leaves or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        hint = did_you_mean(name, self.leaves) or f"; known are {', '.join(self.leaves)}"
        message = f"no command '{name}' in '{ctx.command_path}'{hint}"
        raise click.UsageError(message, ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, leaf.words) for name, leaf in self.leaves.items()])


def load(leaf: Leaf) -> click.Command:
    """The command that a leaf names."""
    module, _, attribute = leaf.at.partition(":")
    found: click.Command = getattr(import_module(f"{COMMANDS}.{module}"), attribute)
    found.short_help = leaf.words
    return found
