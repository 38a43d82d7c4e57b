"""Writing the reference into docs/reference: `watchdesk docs` in a checkout, and the test that it was done."""

from collections.abc import Mapping
from pathlib import Path

from console.reference.pages import PAGES, text_of

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "reference"
NOTE = "<!-- Generated from the code by `./run docs`; change the code instead. -->\n\n"


def files() -> Mapping[str, str]:
    """Every file of the reference by its name."""
    index = [NOTE + "# Reference", "", "Generated from the code; `watchdesk docs TOPIC` prints the same.", ""]
    index += [f"* [{topic}]({topic}.md): {(make.__doc__ or '').strip()}" for topic, make in PAGES.items()]
    pages = {f"{topic}.md": NOTE + text_of(topic) for topic in PAGES}
    return {"README.md": "\n".join(index) + "\n"} | pages


def write(folder: Path = FOLDER) -> list[Path]:
    """Write them all; the files that were changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, text in files().items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(path)
    return changed
