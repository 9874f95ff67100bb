"""What the person at the terminal is told in the end: what there is, and where to look."""

import time
from collections import Counter

from rich.console import Console
from rich.table import Table

from itsm_demo.design import BOSS
from itsm_demo.load import DESK, Made
from itsm_demo.stack import Stack

HOW = """
Look at the figures at {metrics} (sign in as {boss}, a manager of {tenant}),
or ask as somebody of the company (make token ROLE=... SUB=... prints a token):

    token() {{ echo "Authorization: Bearer $(make -s token TENANT={tenant} ROLE=$1 SUB=$2 | tail -1)"; }}
    BOSS="$(token manager {boss})"
"""
LOOK = """\
    ROSA="$(token requester rosa.almendro)"
    DESK="$(token agent tomas.eldvik)"

    curl -s '{catalog}/v1/catalogue?q=lap' -H "$ROSA"                      # what can be ordered
    curl -s '{catalog}/v1/approvals?status=pending' -H "$DESK"             # who is asked for approval
    curl -s '{catalog}/v1/fulfilment-tasks?status=open' -H "$DESK"         # what there is to do
    curl -s '{catalog}/v1/configuration-items/san-aar-1/impact?direction=upstream' -H "$DESK"
    curl -s '{catalog}/v1/portfolio?group_by=business_unit&until={month}' -H "$BOSS"     # value, cost, demand
    curl -s '{incident}/v1/incidents?status=in_progress' -H "$DESK"
    curl -s '{metrics}/v1/kpis/backlog?group_by=priority' -H "$BOSS"
"""


async def farewell(stack: Stack, made: list[Made], seconds: float, console: Console) -> None:
    """Print it."""
    table = Table("", "there are", "new or moved", box=None, pad_edge=False)
    for part, total, new in made:
        table.add_row(part, str(total), str(new))
    console.print(table)
    for name, service, path in (
        ("services", "catalog", "/v1/services"),
        ("incidents", "incident", "/v1/incidents"),
        ("requests", "catalog", "/v1/service-requests"),
    ):
        states = Counter(each["status"] for each in await stack.all(DESK, service, path))
        console.print(f"{name}: " + ", ".join(f"{count} {state}" for state, count in sorted(states.items())))
    console.print(f"Halvorsund Instruments stands in the tenant {stack.tenant}, after {seconds:.0f} s.")
    year, month = time.gmtime()[:2]
    ends = f"{year + month // 12}-{month % 12 + 1:02d}"
    look(stack, console, LOOK, month=ends)


def look(stack: Stack, console: Console, commands: str, **told: str) -> None:
    """Say where to look, and what to ask."""
    urls = {name: f"http://127.0.0.1:{port}" for name, port in stack.ports.items()}
    text = (HOW + commands).format(tenant=stack.tenant, boss=BOSS, **urls, **told)
    console.print(text, markup=False, highlight=False, soft_wrap=True)
