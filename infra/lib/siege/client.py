"""A small HTTP client over asyncio's streams: one request after the other on a connection that stays open."""

import asyncio
import json
import time

ANSWER_SECONDS_MAX = 40
BODY_BYTES_MAX = 1_000_000


class Answer:
    """What came back: the status, the head's fields in lower case, the body, and how long it took."""

    def __init__(self, status, fields, body, seconds):
        self.status, self.fields, self.body, self.seconds = status, fields, body, seconds

    def json(self):
        return json.loads(self.body)


class Connection:
    """A connection from an address of the caller's choice, opened when it is needed."""

    def __init__(self, port, address):
        self.port, self.address = port, address
        self.reader = self.writer = None

    async def ask(self, method, path, body=None, token=None, fields=()):
        """Sends one request and returns its answer; raises OSError when there is none."""
        began = time.monotonic()
        try:
            if self.writer is None:
                await self.open()
            self.writer.write(request(method, path, body, token, fields))
            await self.writer.drain()
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                status, heads, payload = await self.read()
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            await self.close()
            raise OSError(f"no answer: {error!r}") from error
        if heads.get("connection") == "close":
            await self.close()
        return Answer(status, heads, payload, time.monotonic() - began)

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self.port, local_addr=(self.address, 0))

    async def read(self):
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        heads = {}
        for line in head[1:]:
            name, colon, value = line.partition(":")
            if colon:
                heads[name.lower()] = value.strip()
        length = int(heads.get("content-length", "0"))
        if length > BODY_BYTES_MAX:
            raise ValueError("the answer is too long")
        return int(head[0].split()[1]), heads, await self.reader.readexactly(length)

    async def close(self):
        if self.writer is not None:
            self.writer.close()
            self.reader = self.writer = None


def request(method, path, body=None, token=None, fields=()):
    """The bytes of a request; a body is written as JSON."""
    payload = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    lines += [f"{name}: {value}" for name, value in fields]
    return "\r\n".join(lines + ["", ""]).encode() + payload


def address(block, number):
    """An address of 127.0.0.0/8 for somebody: 127.BLOCK.x.y."""
    return f"127.{block}.{number // 200}.{number % 200 + 1}"
