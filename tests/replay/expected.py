"""What the replay must find. Source: the BPI Challenge 2013 log, counted independently of this suite."""

from typing import Final

Number = int | float

HEADER: Final[dict[str, Number]] = {
    "cases": 7_554,
    "events": 65_533,
    "variants": 2_278,
    "case duration, mean (s)": 1_043_655.35,
    "case duration, total (s)": 7_883_772_512,
    "In Progress": 30_239,
    "Awaiting Assignment": 11_544,
    "Resolved": 6_115,
    "Closed": 5_716,
    "Wait - User": 4_217,
    "Assigned": 3_221,
    "In Call": 2_035,
    "Wait": 1_533,
    "Wait - Implementation": 493,
    "Wait - Vendor": 313,
    "Wait - Customer": 101,
    "Unmatched": 5,
    "Cancelled": 1,
}
"""What the header of the log publishes about itself."""

FIGURES: Final[dict[str, Number]] = {
    "incidents": 7_554,
    "with a resolution": 7_546,
    "never resolved or closed": 8,
    "MTTR mean (s)": 635_192.336,
    "MTTR p50 (s)": 21_696.0,
    "MTTR p90 (s)": 1_376_982.5,
    "MTTR p95 (s)": 2_338_678.5,
    "MTRS mean (s)": 724_126.177,
    "MTRS p50 (s)": 54_743.5,
    "MTRS p90 (s)": 1_576_049.5,
    "MTRS p95 (s)": 2_765_795.5,
    "MTTR P1 mean (s)": 73_459.667,
    "MTTR P1 n": 3,
    "MTTR P2 mean (s)": 854_317.425,
    "MTTR P2 n": 259,
    "MTTR P3 mean (s)": 749_322.035,
    "MTTR P3 n": 4_042,
    "MTTR P4 mean (s)": 475_913.977,
    "MTTR P4 n": 3_242,
    "reopened incidents": 514,
    "reopened, by the reopen rate": 514,
    "reopenings": 580,
    "time on hold, total (s)": 2_628_737_948,
    "opened in 2012-03": 176,
    "opened in 2012-04": 2_039,
    "opened in 2012-05": 5_189,
    "first resolved in 2012-04": 256,
    "first resolved in 2012-05": 7_249,
    "backlog at the end": 8,
}

FLOW: Final[dict[str, Number]] = {name: HEADER[name] for name in ("cases", "events", "variants")}
"""What flow must find of the log by its own states; an event is one that states one."""
