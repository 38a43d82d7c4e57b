"""Latencies counted in 23 classes, each 1.75 times as wide as the one before: percentiles without the results.

The first class ends at half a millisecond, the last but one at a minute. Classes are added up over days and
monitors, which percentiles cannot be.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from monitors.storage import latency

CLASSES = 23
FIRST_S, RATIO = 0.0005, 1.745
UPPER_S = FIRST_S * RATIO ** np.arange(CLASSES - 1)  # the last class has no upper end
_CLASS_OF = np.searchsorted(UPPER_S, latency.decode(np.arange(latency.HIGHEST + 1, dtype=np.uint16)))
NARROW, WIDE = np.dtype("<u2"), np.dtype("<u4")


def count(codes: NDArray[np.uint16], row: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """Latency codes counted by class, in `rows` histograms; `row` says which one each belongs to."""
    has_latency = codes != latency.NONE
    cells = row[has_latency] * CLASSES + _CLASS_OF[codes[has_latency]]
    return np.bincount(cells, minlength=rows * CLASSES).reshape(rows, CLASSES)


def pack(histogram: NDArray[np.int64]) -> bytes:
    """46 bytes, or 92 for a monitor that is checked more than 65,535 times a day."""
    return histogram.astype(NARROW if histogram.max() < 1 << 16 else WIDE).tobytes()


def unpack(payloads: Sequence[bytes]) -> NDArray[np.int64]:
    """One row a payload."""
    found = np.zeros((len(payloads), CLASSES), np.int64)
    for kind in (NARROW, WIDE):
        places = [place for place, payload in enumerate(payloads) if len(payload) == CLASSES * kind.itemsize]
        joined = b"".join([payloads[place] for place in places])
        found[places] = np.frombuffer(joined, kind).reshape(-1, CLASSES)
    return found


def percentiles(histograms: NDArray[np.int64], ratio: float) -> NDArray[np.float64]:
    """For each row the latency in seconds that `ratio` (0-1) of its results do not exceed; NaN without any.

    Within a class the logarithm is taken to be spread evenly, so the figure is right to the class and usually
    to a tenth.
    """
    reached = np.cumsum(histograms, axis=1)
    total = reached[:, -1]
    wanted = np.maximum(ratio * total, 1e-9)
    place = np.minimum((reached < wanted[:, None]).sum(axis=1), CLASSES - 1)
    rows = np.arange(len(histograms))
    inside = histograms[rows, place]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (wanted - (reached[rows, place] - inside)) / inside
        upper = FIRST_S * RATIO ** (place + share - 1)
    return np.where(total > 0, upper, np.nan).astype(np.float64)
