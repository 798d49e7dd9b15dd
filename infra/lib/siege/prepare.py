"""Signs people up before the siege: an organizer with an event, and accounts that book or sign in."""

import argparse
import asyncio
import json
import secrets
import sys

from client import Connection, address

AT_ONCE_MAX = 4
ORGANIZER_BLOCK, BUYER_BLOCK, SIGNER_BLOCK = 10, 11, 12
# A sign-up that is told to come later is tried so often.
TRIALS_MAX = 100
# Events beside the one that is booked; a page of the list has as many.
LISTED_EVENTS = 100


async def sign_up(port, block, number, role, signs_in):
    """Makes an account, and signs it in if that is wished; returns what it takes to be that person."""
    connection = Connection(port, address(block, number))
    person = {
        "email": f"p{block}.{number}.{secrets.token_hex(4)}@example.com",
        "password": secrets.token_hex(12), "address": address(block, number),
    }
    try:
        await insist(connection, 201, "/v1/users", {
            "email": person["email"], "password": person["password"], "role": role, "name": "P"})
        if signs_in:
            answer = await insist(connection, 201, "/v1/sessions", {
                "email": person["email"], "password": person["password"]})
            person["token"] = answer.json()["token"]
    finally:
        await connection.close()
    return person


async def insist(connection, status, path, body, token=None):
    """Asks again while the answer is 429 or 503."""
    for _ in range(TRIALS_MAX):
        answer = await connection.ask("POST", path, body, token)
        if answer.status == status:
            return answer
        if answer.status not in (429, 503):
            break
        await asyncio.sleep(0.5)
    raise SystemExit(f"POST {path}: {answer.status} {answer.body[:300]!r}")


async def crowd(port, block, count, signs_in):
    gate = asyncio.Semaphore(AT_ONCE_MAX)

    async def one(number):
        async with gate:
            return await sign_up(port, block, number, "attendee", signs_in)

    return await asyncio.gather(*(one(number) for number in range(count)))


async def buyers(port, count):
    organizer = await sign_up(port, ORGANIZER_BLOCK, 0, "organizer", True)
    connection = Connection(port, organizer["address"])
    event = (await insist(connection, 201, "/v1/events", {
        "title": "Under siege", "startsAt": "2030-06-01T19:30:00Z", "listed": False,
        "ticketTypes": [{"name": "Stalls", "capacity": 10_000_000}],
    }, organizer["token"])).json()
    # What is asked for by those who never read the answer: the list of all events, full of long titles.
    for number in range(LISTED_EVENTS):
        await insist(connection, 201, "/v1/events", {
            "title": f"{number:04}" + "x" * 190, "startsAt": "2030-06-01T19:30:00Z",
            "ticketTypes": [{"name": "y" * 190, "capacity": 10}],
        }, organizer["token"])
    await connection.close()
    people = await crowd(port, BUYER_BLOCK, count, True)
    return {"event": event["id"], "ticketType": event["ticketTypes"][0]["id"], "buyers": people}


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["buyers", "signers"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    options = parser.parse_args()
    if options.what == "buyers":
        result = await buyers(options.port, options.count)
    else:
        result = await crowd(options.port, SIGNER_BLOCK, options.count, False)
    json.dump(result, sys.stdout)


asyncio.run(main())
