"""The icon of pages: its colour and its shape tell the worst open priority."""

from urllib.parse import quote

COLOURS = {"P1": "#c8323b", "P2": "#b9770e", "P3": "#b9770e", "P4": "#5b6673", "P5": "#5b6673", None: "#2f9360"}
SHAPES = {
    "P1": '<path d="M5 .5h6L15.5 5v6L11 15.5H5L.5 11V5z"/>',
    "P2": '<path d="M8 1 15.5 14.5H.5z"/>',
    None: '<circle cx="8" cy="8" r="7"/>',
}


def icon(worst: str | None) -> str:
    """As a data address; `worst` is None when nothing is open."""
    shape = SHAPES.get(worst, '<path d="M8 .5 15.5 8 8 15.5.5 8z"/>')
    colour = COLOURS.get(worst, COLOURS["P5"])
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g fill="{colour}">{shape}</g></svg>'
    return f"data:image/svg+xml,{quote(drawing)}"
