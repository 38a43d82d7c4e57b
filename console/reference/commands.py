"""The page about commands, from the tree and from each command's own help."""

import click

from console.cli.lazy import ExampleCommand, load
from console.cli.program import PROGRAM
from console.cli.tree import TREE, Branch, Leaf


def commands() -> list[str]:
    """Every command with its arguments, options and examples."""
    lines = ["# Commands", "", "Data goes to stdout, messages to stderr; `-o` is always the form of the data. A noun"]
    lines += ["alone means its list.", ""]
    for name, node in TREE.items():
        if isinstance(node, Branch):
            lines += [f"## {name}", "", node.words, ""]
            for verb, leaf in node.leaves.items():
                lines += _command(f"{name} {verb}", leaf, "###")
        else:
            lines += _command(name, node, "##")
    return lines


def _command(name: str, leaf: Leaf, heading: str) -> list[str]:
    found = load(leaf)
    context = click.Context(found, info_name=f"{PROGRAM} {name}")
    usage = " ".join(found.collect_usage_pieces(context))
    lines = [f"{heading} {name}", "", f"`{PROGRAM} {name} {usage}`".replace(" `", "`"), "", _help(found), ""]
    options = [option for option in found.get_params(context) if isinstance(option, click.Option) and not option.hidden]
    lines += ["| option | meaning |", "|---|---|"]
    lines += [f"| {_names(option)} | {_meaning(option)} |" for option in options if "--help" not in option.opts]
    if isinstance(found, ExampleCommand) and found.examples:
        lines += ["", "```sh", *(f"{PROGRAM} {example}" for example in found.examples), "```"]
    return [*lines, ""]


def _help(found: click.Command) -> str:
    return " ".join((found.help or "").split())


def _names(option: click.Option) -> str:
    return ", ".join(f"`{name}`" for name in option.opts)


def _meaning(option: click.Option) -> str:
    words = (option.help or "").strip()
    if isinstance(option.type, click.Choice):
        words += " One of " + ", ".join(f"`{choice}`" for choice in option.type.choices) + "."
    if option.required:
        words += " Required."
    return words.strip().replace("|", "\\|")
