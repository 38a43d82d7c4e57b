"""A function as a program: `--name value` for each of its parameters, all texts."""

import argparse
import inspect
import sys
from collections.abc import Callable, Sequence


def program(function: Callable[..., object], words: Sequence[str]) -> int:
    """Call the function with what the words say; 1 when it returns False, 2 with the reason when it refuses."""
    parser = argparse.ArgumentParser(description=(function.__doc__ or "").partition("\n")[0])
    for parameter in inspect.signature(function).parameters.values():
        is_needed = parameter.default is inspect.Parameter.empty
        parser.add_argument(f"--{parameter.name.replace('_', '-')}", required=is_needed, default=parameter.default)
    try:
        return 1 if function(**vars(parser.parse_args(words))) is False else 0
    except (ValueError, OSError) as error:
        sys.stderr.write(f"refused: {error}\n")
        return 2
