"""The attack, all of it from one address: connections that trickle, that never read, and wrong passwords.

Whatever is closed is opened again after a moment. It goes on until it is told to end (SIGTERM) or the time
is up, and says then what it did.
"""

import argparse
import asyncio
import collections
import itertools
import json
import os
import random
import secrets
import signal
import socket
import sys

from client import Connection, request

ADDRESS = "127.66.6.6"
TRICKLE_SECONDS = 1
REOPEN_SECONDS = 2
# A refusal is not heeded: whoever attacks comes again at once.
PASSWORD_PAUSE_SECONDS = 0.05
UNREAD_BUFFER_BYTES = 4096
UNREAD_REQUESTS_AT_ONCE = 16


async def trickle(port, done):
    """Sends a head, a byte at a time, and never its end."""
    endless = itertools.chain(
        b"GET /v1/events HTTP/1.1\r\nHost: a\r\n", itertools.cycle(b"X-Slow: aaaaaaaaaaaaaaaaaaaa\r\n"))
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(ADDRESS, 0))
    done["trickling opened"] += 1
    try:
        await asyncio.sleep(random.random() * TRICKLE_SECONDS)
        for byte in endless:
            if reader.at_eof():
                break
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(TRICKLE_SECONDS)
    finally:
        done["trickling closed"] += 1
        writer.close()


async def never_read(port, done):
    """Asks for the longest list there is, again and again, and reads nothing."""
    loop = asyncio.get_running_loop()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UNREAD_BUFFER_BYTES)
        connection.setblocking(False)
        connection.bind((ADDRESS, 0))
        await loop.sock_connect(connection, ("127.0.0.1", port))
        done["unread opened"] += 1
        try:
            requests = request("GET", "/v1/events?limit=100") * UNREAD_REQUESTS_AT_ONCE
            while True:
                await loop.sock_sendall(connection, requests)
                done["unread requests"] += UNREAD_REQUESTS_AT_ONCE
                await asyncio.sleep(0.1)
        finally:
            done["unread closed"] += 1


async def guess(port, emails, done):
    """Signs in with a wrong password, one time after the other, for accounts there are and there are not."""
    connection = Connection(port, ADDRESS)
    try:
        while True:
            email = random.choice(emails)
            if random.random() < 0.5:
                email = f"{secrets.token_hex(6)}@example.com"
            answer = await connection.ask(
                "POST", "/v1/sessions", {"email": email, "password": secrets.token_hex(8)})
            done[f"wrong password {answer.status}"] += 1
            await asyncio.sleep(PASSWORD_PAUSE_SECONDS)
    finally:
        await connection.close()


def yield_the_cores():
    """The attack stands for another machine: it takes no time from those it attacks, or from the honest."""
    os.nice(19)
    try:
        # Of a session of its own; see sched(7).
        os.setsid()
        with open("/proc/self/autogroup", "w", encoding="ascii") as file:
            file.write("19")
    except OSError:
        pass


async def again_and_again(what, done):
    while True:
        try:
            await what()
        except OSError as error:
            done[f"failed: {type(error).__name__}"] += 1
        await asyncio.sleep(REOPEN_SECONDS * (0.5 + random.random() / 2))


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plan", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--trickling", type=int, required=True)
    parser.add_argument("--unread", type=int, required=True)
    parser.add_argument("--guessing", type=int, required=True)
    options = parser.parse_args()
    yield_the_cores()
    with open(options.plan, encoding="ascii") as file:
        emails = [person["email"] for person in json.load(file)["signers"]]
    done, ended = collections.Counter(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    port = options.port
    tasks = [
        asyncio.ensure_future(again_and_again(what, done))
        for what, count in (
            (lambda: trickle(port, done), options.trickling),
            (lambda: never_read(port, done), options.unread),
            (lambda: guess(port, emails, done), options.guessing))
        for _ in range(count)]
    try:
        async with asyncio.timeout(options.seconds):
            await ended.wait()
    except TimeoutError:
        pass
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    json.dump(dict(sorted(done.items())), sys.stdout)


asyncio.run(main())
