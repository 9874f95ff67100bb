"""Names on the broker and their declaration; works on RabbitMQ 3.10 and 4.x.

Every service declares what it uses, each time it connects, so a lost queue comes back by itself.
"""

from typing import Any

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractQueue

EVENTS_EXCHANGE = "itsm.events"
DEAD_EXCHANGE = "itsm.dead"
CONTENT_TYPE = "application/cloudevents+json"
POSITION_HEADER = "x-position"

DELIVERY_LIMIT = 100
"""Each crash of a consumer counts as a delivery, so the limit only fences messages that kill it."""


async def declare_exchange(channel: AbstractChannel) -> AbstractExchange:
    """The durable topic exchange of all events; the routing key is the event's type."""
    return await channel.declare_exchange(EVENTS_EXCHANGE, ExchangeType.TOPIC, durable=True)


async def declare_queue(channel: AbstractChannel, name: str, bindings: tuple[str, ...]) -> AbstractQueue:
    """A durable quorum queue with one active consumer at a time, and where its killers end."""
    dead = await channel.declare_exchange(DEAD_EXCHANGE, ExchangeType.DIRECT, durable=True)
    morgue = await channel.declare_queue(f"{name}.dead", durable=True, arguments={"x-queue-type": "quorum"})
    await morgue.bind(dead, name)
    arguments: dict[str, Any] = {
        "x-queue-type": "quorum",
        "x-single-active-consumer": True,
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": DEAD_EXCHANGE,
        "x-dead-letter-routing-key": name,
    }
    queue = await channel.declare_queue(name, durable=True, arguments=arguments)
    exchange = await declare_exchange(channel)
    for binding in bindings:
        await queue.bind(exchange, binding)
    return queue
