"""The publisher of lesson 2 without a client library.

A NATS server speaks lines of text over TCP. This program says four
of them (CONNECT, PUB, PING, PONG) and listens to four (INFO, PING,
PONG, -ERR). It keeps the same contract as publisher.ts, so the same
check judges it:

    npm run check:lesson-2 -- --only publisher-loses-nothing \\
        --from attempts/02-pub-sub/right-python-publisher \\
        --run 'python3 {dir}/{program}.py'

Each line ends with CR LF. The whole protocol stands on one page of
docs.nats.io, "Client Protocol".
"""

import json
import os
import socket
import sys
from urllib.parse import urlsplit

NATS_URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")
EVENTS_FILE = os.environ.get(
    "EVENTS_FILE", "lessons/02-pub-sub/events.json"
)


def main():
    with open(EVENTS_FILE, encoding="utf-8") as file:
        entries = json.load(file)
    with dial(NATS_URL) as wire:
        # Reads what the server says, a line at a time.
        server = wire.makefile("rb")
        connect(wire, server)
        for entry in entries:
            publish(wire, entry["subject"], entry["event"])
        flush(wire, server)
    print(f"{len(entries)} events published")


def dial(url):
    address = urlsplit(url)
    try:
        return socket.create_connection(
            (address.hostname, address.port or 4222)
        )
    except OSError as error:
        sys.exit(
            f"Cannot reach the server at {url}: {error.strerror}. "
            'Start it with "npm start".'
        )


def connect(wire, server):
    """Shakes hands: the server speaks first, and the client answers."""
    # INFO {"server_id":"…","max_payload":1048576,…}
    info = server.readline()
    if not info.startswith(b"INFO "):
        sys.exit(f"This is not a NATS server: it said {info!r}")
    # "verbose" would make the server answer +OK to every single line.
    # "name" is what people see in its monitoring.
    options = {
        "verbose": False,
        "pedantic": False,
        "name": "publisher",
        "lang": "python",
        "version": "1",
    }
    say(wire, f"CONNECT {json.dumps(options)}")
    # The server answers CONNECT with silence. The PONG to this PING
    # says that we are in; otherwise -ERR says why not.
    flush(wire, server)


def publish(wire, subject, event):
    """Sends one message: a line with its size, then its body."""
    body = json.dumps(event, ensure_ascii=False).encode("utf-8")
    # The size counts bytes, not letters: "ü" is one letter of two.
    # The server believes it, and takes that many bytes as the body.
    head = f"PUB {subject} {len(body)}\r\n".encode("utf-8")
    wire.sendall(head + body + b"\r\n")


def flush(wire, server):
    """Waits until the server has read everything we have sent so far.

    The server reads a connection's lines in order. Its answer to a
    PING therefore means: all that came before is in. A client
    library's `flush` is this, and its `drain` ends with it.
    """
    say(wire, "PING")
    while (line := server.readline().strip()) != b"PONG":
        if not line or line.startswith(b"-ERR"):
            sys.exit(f"The server hung up: {line.decode()}")
        # The server asks as well, to find out whether we are alive.
        if line == b"PING":
            say(wire, "PONG")


def say(wire, line):
    wire.sendall(f"{line}\r\n".encode("utf-8"))


if __name__ == "__main__":
    main()
