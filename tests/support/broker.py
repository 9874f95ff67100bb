"""What a test does on the exchange directly: hostile publishing, independent listening."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractQueue
from itsm_chassis.bus.topology import CONTENT_TYPE, EVENTS_EXCHANGE, declare_exchange


@asynccontextmanager
async def channel(amqp_url: str) -> AsyncIterator[AbstractChannel]:
    """A channel of its own connection, with the exchange declared."""
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        made = await connection.channel()
        await declare_exchange(made)
        yield made


async def listen(on: AbstractChannel, binding: str = "itsm.#", name: str = "") -> AbstractQueue:
    """A queue that hears everything published from now on."""
    queue = await on.declare_queue(name or None, exclusive=not name, durable=bool(name))
    await queue.bind(EVENTS_EXCHANGE, binding)
    return queue


async def put(on: AbstractChannel, body: bytes, routing_key: str, content_type: str = CONTENT_TYPE) -> None:
    """Publish bytes as they are."""
    exchange = await on.get_exchange(EVENTS_EXCHANGE)
    message = aio_pika.Message(
        body, content_type=content_type, delivery_mode=aio_pika.DeliveryMode.PERSISTENT
    )
    await exchange.publish(message, routing_key=routing_key)


async def heard(queue: AbstractQueue, count: int, timeout_s: float = 20) -> list[Any]:
    """The next `count` messages, acknowledged."""
    got: list[Any] = []
    async with queue.iterator(timeout=timeout_s) as messages:
        async for message in messages:
            await message.ack()
            got.append(message)
            if len(got) == count:
                break
    return got
