"""`python -m itsm_demo [year]`: what `make demo` and `make demo-year` call. TENANT names the tenant, acme by
default.
"""

import asyncio
import os
import sys
import time

from rich.console import Console

from itsm_demo import company, past
from itsm_demo.farewell import farewell
from itsm_demo.load import load
from itsm_demo.stack import Refused, Stack


async def demo(console: Console) -> None:
    """Load the company and say what there is."""
    began = time.monotonic()
    roles = {row["key"]: row["role"] for row in company.rows("people")}
    async with Stack(os.environ.get("TENANT") or "acme", roles) as stack:
        if sys.argv[1:] == ["year"]:
            await past.load(stack, console)
            return
        made = await load(stack, console)
        await farewell(stack, made, time.monotonic() - began, console)


def main() -> int:
    """The exit code."""
    code = 0
    try:
        asyncio.run(demo(Console()))
    except* Refused as refused:
        sys.stderr.write(f"{refused.exceptions[0]}\n")
        code = 1
    except* KeyboardInterrupt:
        sys.stderr.write("Interrupted: what is there stays as it is.\n")
        code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
