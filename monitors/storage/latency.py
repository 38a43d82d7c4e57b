"""Latencies as whole numbers on a logarithmic scale: steps of 2 %, so what is stored is within 1 % of the truth."""

import numpy as np
from numpy.typing import NDArray

FLOOR_S = 1e-6
STEP = 1.02
NONE = 0
HIGHEST = 2500  # more seconds than a monitor will live

_SCALE = np.concatenate(([np.nan], FLOOR_S * STEP ** np.arange(HIGHEST, dtype=np.float64)))


def encode(latencies_s: NDArray[np.float64]) -> NDArray[np.uint16]:
    """Codes from 1; NaN (no latency) becomes 0. Encoding what `decode` returned gives the same codes again."""
    with np.errstate(invalid="ignore", divide="ignore"):
        steps = np.rint(np.log(np.maximum(latencies_s, FLOOR_S) / FLOOR_S) / np.log(STEP))
    codes = np.minimum(steps + 1, HIGHEST)
    return np.where(np.isnan(latencies_s), NONE, codes).astype(np.uint16)


def decode(codes: NDArray[np.uint16]) -> NDArray[np.float64]:
    """Seconds, NaN for no latency."""
    return _SCALE[codes]
