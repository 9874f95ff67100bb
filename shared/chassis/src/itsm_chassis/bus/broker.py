"""A connection to RabbitMQ that tells quickly when it is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
import structlog
from aio_pika.abc import AbstractConnection
from yarl import URL

HEARTBEAT_S = 10
CONNECT_TIMEOUT_S = 5.0

log = structlog.get_logger(__name__)


@asynccontextmanager
async def connected(url: str, name: str) -> AsyncIterator[AbstractConnection]:
    """An open connection, named in the broker's listing; closed within 3 s, whatever its state.

    It does not reconnect by itself: whoever uses it starts again from the declaration of its queues.
    """
    address = str(URL(url).update_query(heartbeat=str(HEARTBEAT_S)))
    connection = await aio_pika.connect(
        address, timeout=CONNECT_TIMEOUT_S, client_properties={"connection_name": name}
    )
    try:
        yield connection
    finally:
        try:
            await asyncio.wait_for(connection.close(), 3)
        except Exception as error:  # closing what is already gone may fail in any way
            log.debug("connection was gone before it was closed", connection=name, error=repr(error))
