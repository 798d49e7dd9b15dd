"""The honest: buyers who book once a second, and one person a second who signs in. Writes what they saw."""

import argparse
import asyncio
import collections
import json
import random
import sys
import time

from client import Connection

WAIT_SECONDS = 5
MEMORY_LOOK_SECONDS = 0.5


class Seen:
    """What the honest saw."""

    def __init__(self):
        self.bookings, self.sign_ins = [], []
        self.statuses = collections.Counter()
        self.memory_kb_max = 0

    def note(self, what, answer):
        self.statuses[f"{what} {answer.status if answer else 'no answer'}"] += 1


async def book(plan, buyer, number, ends, seen):
    """Books once a second, on a connection that stays open, beginning anywhere within the first second."""
    connection = Connection(plan["port"], buyer["address"])
    path = f"/v1/events/{plan['event']}/bookings"
    body = {"items": [{"ticketTypeId": plan["ticketType"], "quantity": 1}]}
    due, turn = time.monotonic() + random.random(), 0
    while due < ends:
        await asyncio.sleep(max(0, due - time.monotonic()))
        fields = [("Idempotency-Key", f"{plan['run']}-{number}-{turn}"), ("Prefer", f"wait={WAIT_SECONDS}")]
        began = time.monotonic()
        try:
            answer = await connection.ask("POST", path, body, buyer["token"], fields)
        except OSError:
            answer = None
        seen.note("booking", answer)
        # From when it was due: a buyer that is held up does not hide that.
        seen.bookings.append(time.monotonic() - min(due, began))
        turn += 1
        due = max(due + 1, time.monotonic())
    await connection.close()


async def sign_in(plan, person, due, seen):
    await asyncio.sleep(max(0, due - time.monotonic()))
    connection = Connection(plan["port"], person["address"])
    began = time.monotonic()
    try:
        answer = await connection.ask(
            "POST", "/v1/sessions", {"email": person["email"], "password": person["password"]})
    except OSError:
        answer = None
    seen.note("sign-in", answer)
    seen.sign_ins.append(time.monotonic() - began)
    await connection.close()


async def watch_memory(pid, ends, seen):
    while time.monotonic() < ends:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    seen.memory_kb_max = max(seen.memory_kb_max, int(line.split()[1]))
        await asyncio.sleep(MEMORY_LOOK_SECONDS)


def quantile(times, share):
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plan", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pid", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    options = parser.parse_args()
    with open(options.plan, encoding="ascii") as file:
        plan = json.load(file)
    plan |= {"port": options.port, "run": options.run}
    seen, began = Seen(), time.monotonic()
    ends = began + options.seconds
    signers = plan["signers"]
    await asyncio.gather(
        watch_memory(options.pid, ends, seen),
        *(book(plan, buyer, number, ends, seen) for number, buyer in enumerate(plan["buyers"])),
        *(sign_in(plan, signers[second % len(signers)], began + second, seen)
          for second in range(options.seconds)))
    json.dump({
        "bookings": len(seen.bookings), "p50": quantile(seen.bookings, 0.5),
        "p99": quantile(seen.bookings, 0.99), "slowest": max(seen.bookings, default=None),
        "signIns": len(seen.sign_ins), "signInMedian": quantile(seen.sign_ins, 0.5),
        "signInSlowest": max(seen.sign_ins, default=None), "statuses": dict(seen.statuses),
        "memoryMB": round(seen.memory_kb_max / 1024, 1),
    }, sys.stdout)


asyncio.run(main())
