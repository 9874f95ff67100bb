"""Sets of time as sorted stretches [start, end) in microseconds that neither overlap nor touch."""

from collections.abc import Iterable, Iterator

Stretch = tuple[int, int]


def union(given: Iterable[Stretch]) -> list[Stretch]:
    """Every moment that lies in one of them at least."""
    merged: list[Stretch] = []
    for start, end in sorted(given):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def both(one: Iterable[Stretch], other: Iterable[Stretch]) -> list[Stretch]:
    """Every moment that lies in both sets."""
    return list(meeting(iter(one), iter(other)))


def meeting(one: Iterator[Stretch], other: Iterator[Stretch]) -> Iterator[Stretch]:
    """Where two sets meet, in order."""
    left, right = next(one, None), next(other, None)
    while left is not None and right is not None:
        start, end = max(left[0], right[0]), min(left[1], right[1])
        if start < end:
            yield start, end
        if left[1] <= right[1]:
            left = next(one, None)
        else:
            right = next(other, None)


def without(one: Iterable[Stretch], other: list[Stretch]) -> list[Stretch]:
    """Every moment of the first set that lies not in the second."""
    found = []
    index = 0
    for start, end in one:
        while index < len(other) and other[index][1] <= start:
            index += 1
        at, after = start, index
        while after < len(other) and other[after][0] < end:
            if at < other[after][0]:
                found.append((at, other[after][0]))
            at = max(at, other[after][1])
            after += 1
        if at < end:
            found.append((at, end))
    return found


def length(given: Iterable[Stretch]) -> int:
    """How long they are together."""
    return sum(end - start for start, end in given)
