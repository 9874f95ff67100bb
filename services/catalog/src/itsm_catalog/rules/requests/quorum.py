"""When an approval step is decided: A and W are the shares that accepted and still wait, R what is needed.

Accepted when A >= R, waiting while A + W >= R, else refused at once.
"""

from fractions import Fraction
from math import ceil
from typing import Literal

Rule = Literal["any", "all", "percentage"]
Verdict = Literal["accepted", "pending", "refused"]


def needed(rule: Rule, percentage: float | None, voters: int) -> int:
    """How many of so many voters have to accept; the percentage counts as it was written, in decimals."""
    if rule == "any":
        return 1
    share = Fraction(100) if rule == "all" or percentage is None else Fraction(str(percentage))
    return ceil(share * voters / 100)


def verdict(rule: Rule, percentage: float | None, voters: int, accepted: int, refused: int) -> Verdict:
    """How a step stands once so many of its voters have accepted and refused."""
    wanted = needed(rule, percentage, voters)
    if accepted >= wanted:
        return "accepted"
    return "pending" if voters - refused >= wanted else "refused"
