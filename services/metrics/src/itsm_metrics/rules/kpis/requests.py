"""The figures of service requests, and the demand that they and incidents make."""

from itsm_metrics.rules.kpis.kpi import REQUEST, Kpi

OF_REQUESTS = ("service_request",)
LEFT_OUT = ("requests_rejected", "requests_cancelled", "requests_unfulfilled")
APART = (
    "; requests_rejected and requests_cancelled count those that ended so in the period, "
    "requests_unfulfilled those submitted in the period and neither fulfilled nor ended so far"
)

REQUESTS = (
    Kpi(
        "request_fulfilment_time",
        "Request fulfilment time",
        "s",
        "duration",
        "request_fulfilled",
        "last fulfilment - submitted_at, over requests last fulfilled in the period; closing a request that "
        "was not fulfilled fulfils it; on_time is the share, among those of them that had a due date, of "
        "those fulfilled by then" + APART,
        excluded=LEFT_OUT,
        base=REQUEST,
        extra=("on_time",),
        share="on_time",
        resources=OF_REQUESTS,
        practice="Request fulfilment",
        direction="down",
    ),
    Kpi(
        "request_fulfilment_time_business",
        "Request fulfilment time (business time)",
        "s",
        "duration",
        "request_fulfilled_business",
        "open time of the offering's calendar, without holds, from submission to the last fulfilment, over "
        "requests last fulfilled in the period" + APART,
        excluded=LEFT_OUT,
        base=REQUEST,
        extra=("on_time",),
        share="on_time",
        resources=OF_REQUESTS,
        practice="Request fulfilment",
        direction="down",
    ),
    Kpi(
        "requests_submitted",
        "Requests submitted",
        "count",
        "count",
        "request_submitted",
        "service requests submitted in the period; each item of an order is a request",
        base=REQUEST,
        resources=OF_REQUESTS,
        practice="Request fulfilment",
        direction=None,
    ),
    Kpi(
        "request_backlog",
        "Request backlog",
        "count",
        "gauge",
        "request_open",
        "requests that are submitted, awaiting_approval, approved, in_fulfilment or on_hold at `to`; month "
        "is that of submission, age the bucket of whole elapsed days since",
        base=REQUEST,
        extra=("age",),
        resources=OF_REQUESTS,
        practice="Request fulfilment",
        direction="down",
    ),
    Kpi(
        "request_backlog_growth",
        "Growth of the request backlog",
        "count",
        "growth",
        "request_open",
        "requests that are submitted, awaiting_approval, approved, in_fulfilment or on_hold at `to` - those "
        "that were at `from`; n is the number of requests that are so at one of the two and not at both, or "
        "stand elsewhere; month is that of submission",
        base=REQUEST,
        resources=OF_REQUESTS,
        practice="Request fulfilment",
        direction="down",
    ),
    Kpi(
        "approval_wait",
        "Approval wait",
        "s",
        "duration",
        "approval_waited",
        "time that a request spent in awaiting_approval or a change in authorize, over records whose last "
        "such wait ended in the period, however it ended; record_type tells them apart; imported changes, of "
        "which it is not known, and unauthorised ones have none",
        formula_version=2,
        base=REQUEST,
        extra=("record_type",),
        resources=(*OF_REQUESTS, "change"),
        practice="Request fulfilment",
        direction="down",
    ),
    Kpi(
        "demand",
        "Demand",
        "count",
        "count",
        "",
        "requests submitted and incidents opened in the period; kind tells them apart",
        base=("service", "month"),
        extra=("kind",),
        kinds={"opened": "incident", "request_submitted": "request"},
        resources=("incident", "service_request"),
        practice="Demand management",
        direction=None,
    ),
)
