"""The page about conditions, with what the parser knows."""

from monitors.condition_words import FOREIGN, OPERATORS
from monitors.literals import COMPARABLE, SPELLED
from monitors.value_types import FITTING

MEANING = {
    "==": "equal",
    "!=": "not equal",
    "<=": "at most",
    ">=": "at least",
    "<": "less",
    ">": "more",
    "in": "inside a range, both ends included, or one of a list",
    "matches": "the regular expression is found",
    "contains": "the text, or the list, has it",
}
EXAMPLES = (
    "status == 200",
    "status in 200..299",
    'body.status == "UP" and body.queue.depth < 100',
    'not text contains "error"',
    'headers.content-type matches "^application/json"',
    "cert.expires_in > 21d",
    'latency: {warn: "> 300ms", crit: "> 2s", recover: "< 250ms", for: 30s}',
)


def conditions() -> list[str]:
    """What may stand under `expect`."""
    lines = [
        "# Conditions",
        "",
        "A line under `expect` is `path operator literal`; lines and parts are joined by `and`,",
    ]
    lines += ["`or`, `not` and brackets. A plain line that does not hold is critical; `warn` and `crit` hold when the"]
    lines += ["value is bad. A value that is missing, null, not a number or of another type makes the condition"]
    lines += ["*unknown*: neither good nor bad. A transport error is critical before any condition is looked at. Of"]
    lines += ["several lines the worst verdict counts: critical, then unknown, then warning, then ok.", ""]
    lines += ["```yaml", "expect:", *(f"  - {example}" for example in EXAMPLES), "```", ""]
    lines += ["| operator | holds when the value is |", "|---|---|"]
    lines += [f"| `{operator}` | {MEANING[operator]} |" for operator in OPERATORS]
    lines += ["", "| literal | compares with values of the type |", "|---|---|"]
    lines += [f"| {SPELLED[kind]} | {', '.join(sorted(fits))} |" for kind, fits in COMPARABLE.items()]
    lines += ["", "| type of value | operators |", "|---|---|"]
    lines += [
        f"| {kind} | {' '.join(f'`{operator}`' for operator in operators)} |" for kind, operators in FITTING.items()
    ]
    others = ", ".join(f"`{wrong}` (`{right}`)".replace("|", "\\|") for wrong, right in FOREIGN.items())
    lines += ["", f"Spellings of other languages are refused with the right one: {others}.", ""]
    lines += ["`for` makes a bad value count only after it has been bad that long; with `recover` a bad verdict stays"]
    lines += [
        "until that condition holds. Limits may also be ranges of the Nagios plugin guidelines: `10`, `10:`, `~:10`,"
    ]
    lines += ["`@10:20`."]
    return lines
