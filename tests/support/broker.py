"""What a test does on the exchange: hostile publishing, independent listening, consuming as a worker does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractQueue
from itsm_chassis.bus.consumer import Consumer, Subscription
from itsm_chassis.bus.topology import CONTENT_TYPE, EVENTS_EXCHANGE, declare_exchange
from itsm_chassis.store.database import Database
from support.eventually import until


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


@asynccontextmanager
async def running(*parts: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Each part for as long as the block lasts, begun again when it breaks off, as the worker does."""

    async def kept(run: Callable[[], Awaitable[None]]) -> None:
        while True:
            with suppress(Exception):
                await run()
            await asyncio.sleep(0.1)

    tasks = [asyncio.create_task(kept(run)) for run in parts]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def consuming(
    db: Database, amqp_url: str, subscriptions: Sequence[Subscription], replicas: int = 1
) -> AsyncIterator[None]:
    """Consumers, bound before the block begins; their queues are gone after it, others speak to nobody."""
    consumers = [Consumer(db, amqp_url, each) for _ in range(replicas) for each in subscriptions]

    async def connected() -> bool:
        return all(each.connected for each in consumers)

    try:
        async with running(*(each.run for each in consumers)):
            await until(connected)
            yield
    finally:
        async with channel(amqp_url) as on:
            for each in subscriptions:
                await on.queue_delete(each.queue)
                await on.queue_delete(f"{each.queue}.dead")
