"""Histograms whose quantiles are within 1 %, and which add up and subtract exactly.

Buckets are intervals of whole numbers, each at most 2 % wide, on both sides of zero: the middle of one is
within `ERROR` of all that is in it. Their bounds come from integers alone, so that a value has the same
bucket wherever it is counted, and taking it back finds it. A histogram is its entries' bytes, by bucket.
"""

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

ERROR: Final = 0.01
"""How far a quantile may be from the exact one, as a share of it."""
PACKED: Final = struct.Struct(">Hi")
ENTRY: Final = np.dtype([("bucket", ">u2"), ("n", ">i4")])
"""An entry, with the big end first on any machine."""
LARGEST: Final = 2**63


def bounds() -> list[int]:
    """Where buckets begin: each whole number up to 50 is one, from there on they widen by 2 %."""
    above = [1]
    while (after := above[-1] + max(1, above[-1] // 50)) < LARGEST:
        above.append(after)
    return [*(-each for each in reversed(above)), 0, *above]


BOUNDS: Final = bounds()
_starts: Final = np.array(BOUNDS, dtype=np.int64)
_ends: Final = np.array([*BOUNDS, LARGEST - 1], dtype=np.float64)
MIDDLES: Final = np.concatenate(([-LARGEST], (_starts + _ends[1:] - 1) / 2))
"""What stands for each bucket."""


def bucket_of(value: int) -> int:
    """Its bucket: 0 lies below all bounds."""
    return bisect_right(BOUNDS, value)


def changed(histogram: bytes, by: Mapping[int, int]) -> bytes:
    """The histogram with so many more, or fewer, in these buckets."""
    if not histogram:
        return b"".join(PACKED.pack(*entry) for entry in sorted(by.items()) if entry[1])
    for bucket, more in by.items():
        entries = range(0, len(histogram), PACKED.size)
        place = PACKED.size * bisect_left(entries, bucket, key=partial(bucket_at, histogram))
        rest, n = place, more
        if place < len(histogram):
            found, count = PACKED.unpack_from(histogram, place)
            if found == bucket:
                rest, n = place + PACKED.size, more + count
        histogram = histogram[:place] + (PACKED.pack(bucket, n) if n else b"") + histogram[rest:]
    return histogram


def bucket_at(histogram: bytes, place: int) -> int:
    """The bucket of the entry that begins there."""
    return int.from_bytes(histogram[place : place + 2])


def merged(
    histograms: Sequence[bytes], came: Sequence[bytes] = (), went: Sequence[bytes] = ()
) -> NDArray[np.int64]:
    """How many are in each bucket, of histograms and of values as they are, in eight bytes each."""
    read = np.frombuffer(b"".join(histograms), ENTRY)
    counted = np.bincount(read["bucket"], read["n"], len(MIDDLES))
    return counted.astype(np.int64) + single(came) - single(went)


def single(values: Sequence[bytes]) -> NDArray[np.int64]:
    """The same of values alone."""
    read = np.frombuffer(b"".join(values), ">i8")
    return np.bincount(np.searchsorted(_starts, read, side="right"), minlength=len(MIDDLES))


def quantiles(counts: NDArray[np.int64], shares: Sequence[float]) -> list[float] | None:
    """Interpolated linearly between neighbours, each taken as the middle of its bucket; None: no values."""
    through = np.cumsum(counts)
    n = int(through[-1])
    if not n:
        return None

    def at(rank: int) -> Any:
        return MIDDLES[np.searchsorted(through, rank, side="right")]

    found = []
    for share in shares:
        below, part = divmod((n - 1) * share, 1)
        low, high = at(int(below)), at(min(int(below) + 1, n - 1))
        found.append(float(low + (high - low) * part))
    return found
