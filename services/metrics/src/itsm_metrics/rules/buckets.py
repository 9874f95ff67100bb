"""Histograms whose quantiles are within 1 %, and which add up and subtract exactly.

Buckets are intervals of whole numbers, each at most 2 % wide, on both sides of zero: the middle of one is
within `ERROR` of all that is in it. Their bounds come from integers alone, so that a value has the same
bucket wherever it is counted, and taking it back finds it. A histogram is its entries' bytes, by bucket.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

ERROR: Final = 0.01
"""How far a quantile may be from the exact one, as a share of it."""
ENTRY: Final = np.dtype([("bucket", ">i2"), ("n", ">i4")])
"""Both with the big end first, on any machine."""
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
    entries = np.frombuffer(histogram, ENTRY).copy()
    known = entries["bucket"].tolist()
    new = []
    for bucket, count in by.items():
        place = bisect_left(known, bucket)
        if place < len(known) and known[place] == bucket:
            entries["n"][place] += count
        else:
            new.append((bucket, count))
    if new:
        entries = np.sort(np.concatenate((entries, np.array(new, ENTRY))), order="bucket")
    return bytes(entries[entries["n"] != 0].astype(ENTRY).tobytes())


def merged(histograms: Sequence[bytes], values: Sequence[bytes]) -> NDArray[np.int64]:
    """How many are in each bucket, of histograms and of values as they are, in eight bytes each."""
    read = np.frombuffer(b"".join(histograms), ENTRY)
    counted = np.bincount(read["bucket"], read["n"], len(MIDDLES))
    single = np.searchsorted(_starts, np.frombuffer(b"".join(values), ">i8"), side="right")
    return counted.astype(np.int64) + np.bincount(single, minlength=len(MIDDLES))


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
