"""G.711: the eight bits a sample that telephone lines carry, μ-law and A-law (ITU-T G.711, 1988)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BIAS, _FULL = 132, 32_635


def mu_law_encode(samples: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Code 16-bit samples in μ-law, shape (n,) → (n,)."""
    wide = samples.astype(np.int32)
    magnitude = np.minimum(np.abs(wide), _FULL) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(wide < 0, 0x80, 0)
    coded: NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return coded


def mu_law_decode(coded: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Give the 16-bit samples of μ-law bytes, shape (n,) → (n,)."""
    return _MU_LAW[coded]


def a_law_decode(coded: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Give the 16-bit samples of A-law bytes, shape (n,) → (n,)."""
    return _A_LAW[coded]


def _mu_law_table() -> NDArray[np.int16]:
    byte = ~np.arange(256) & 0xFF
    magnitude = (((byte & 0x0F) << 3) + _BIAS) << ((byte & 0x70) >> 4)
    return np.where(byte & 0x80, _BIAS - magnitude, magnitude - _BIAS).astype(np.int16)


def _a_law_table() -> NDArray[np.int16]:
    byte = np.arange(256) ^ 0x55
    exponent = (byte & 0x70) >> 4
    first = ((byte & 0x0F) << 4) + 8
    magnitude = np.where(exponent == 0, first, (first + 0x100) << np.maximum(exponent - 1, 0))
    return np.where(byte & 0x80, magnitude, -magnitude).astype(np.int16)


_MU_LAW, _A_LAW = _mu_law_table(), _a_law_table()
