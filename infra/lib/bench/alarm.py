"""Books many places of an event whose line is paused, and sees when everybody hears of the outcome.

Some wait with their request, the others poll. When all have been sent, the file --sent is written; the
line is expected to be resumed when the file --resumed is there, and times count from then. Prints them in
milliseconds as JSON.
"""

import argparse
import asyncio
import json
import os
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "siege"))
from client import Connection, address  # noqa: E402

SENDERS = 100
OPENED_AT_ONCE = 100
WAIT_SECONDS = 30
POLL_SECONDS = 0.25
LOOK_SECONDS = 0.02
BLOCK = 70


def booking(plan, number):
    """Path, body, token and fields of a submission."""
    fields = [("Idempotency-Key", f"{plan.run}-{number}")]
    body = {"items": [{"ticketTypeId": plan.ticket_type, "quantity": 1}]}
    return f"/v1/events/{plan.event}/bookings", body, plan.tokens[number % len(plan.tokens)], fields


async def send(plan, numbers, accepted):
    """Submits one after the other without waiting for outcomes."""
    connection = None
    for number in numbers:
        if connection is None:
            connection = Connection(plan.port, address(BLOCK, number % SENDERS))
        path, body, token, fields = booking(plan, number)
        answer = await connection.ask("POST", path, body, token, fields)
        if answer.status != 202:
            raise ValueError(f"a submission got {answer.status}: {answer.body[:200]!r}")
        accepted.append((answer.fields["location"], token))
    await connection.close()


async def wait(plan, number, turns):
    """Submits and waits for the outcome; gives when it came."""
    path, body, token, fields = booking(plan, number)
    connection = Connection(plan.port, address(BLOCK, number % SENDERS))
    async with turns:
        await connection.open()
    answer = await connection.ask("POST", path, body, token, fields + [("Prefer", f"wait={WAIT_SECONDS}")])
    came = time.monotonic()
    await connection.close()
    return came if answer.status == 201 else None


async def poll(plan, bookings, came):
    """Asks for each again and again until it is decided."""
    connection = Connection(plan.port, address(BLOCK, len(bookings) % SENDERS))
    ends = time.monotonic() + WAIT_SECONDS
    while bookings and time.monotonic() < ends:
        left = []
        for path, token in bookings:
            answer = await connection.ask("GET", path, token=token)
            if answer.status == 200 and answer.json()["status"] == "confirmed":
                came.append(time.monotonic())
            else:
                left.append((path, token))
        bookings = left
        await asyncio.sleep(POLL_SECONDS if left else 0)
    await connection.close()


def summary(times, began, count):
    ordered = sorted(round(1000 * max(0, at - began)) for at in times if at is not None)
    return {"asked": count, "told": len(ordered),
            "p50": ordered[len(ordered) // 2] if ordered else None,
            "p99": ordered[int(len(ordered) * 0.99)] if ordered else None,
            "last": ordered[-1] if ordered else None}


async def main():
    parser = argparse.ArgumentParser()
    for name in ("event", "ticket-type", "buyers", "run", "sent", "resumed"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("port", "waiting", "polling"):
        parser.add_argument(f"--{name}", type=int, required=True)
    plan = parser.parse_args()
    with open(plan.buyers, encoding="ascii") as file:
        plan.tokens = file.read().split()
    accepted, turns = [], asyncio.Semaphore(OPENED_AT_ONCE)
    waiting = [asyncio.ensure_future(wait(plan, number, turns)) for number in range(plan.waiting)]
    numbers = range(plan.waiting, plan.waiting + plan.polling)
    await asyncio.gather(*(send(plan, numbers[first::SENDERS], accepted) for first in range(SENDERS)))
    with open(plan.sent, "w", encoding="ascii"):
        pass
    while not os.path.exists(plan.resumed):
        await asyncio.sleep(LOOK_SECONDS)
    began, polled = time.monotonic(), []
    await asyncio.gather(*(poll(plan, accepted[first::SENDERS], polled) for first in range(SENDERS)))
    waited = await asyncio.gather(*waiting)
    json.dump({"waited": summary(waited, began, plan.waiting),
               "polled": summary(polled, began, plan.polling)}, sys.stdout)


asyncio.run(main())
