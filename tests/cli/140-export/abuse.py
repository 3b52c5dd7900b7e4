#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What clients do to netswap export that they should not do.

abuse.py PORT odd    requests that are none, or too long: a status or an end;
                     then valid ones with bytes changed, for FUZZ_SECS (1)
abuse.py PORT loris  as many slow clients as it takes; others get through
abuse.py PORT flood  a thousand scrapes at once, each complete

Exits with a sentence if the server does not stand it.
"""
import os
import random
import selectors
import socket
import sys
import time

GET = b'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'
# The server's own bounds, cli/http.h.
CONNECTIONS, SECS = 32, 5


def connect(port):
    return socket.create_connection(('127.0.0.1', port), timeout=30)


def read_all(sock):
    data = b''
    try:
        while chunk := sock.recv(65536):
            data += chunk
    except ConnectionResetError:
        pass
    return data


def ask(port, request, wait=True):
    """The reply to a request, unless nobody waits for it."""
    with connect(port) as sock:
        try:
            sock.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return read_all(sock) if wait else b''


def complete(reply):
    head, _, body = reply.partition(b'\r\n\r\n')
    for line in head.split(b'\r\n'):
        if line.lower().startswith(b'content-length:'):
            return head.startswith(b'HTTP/1.1 200 ') and \
                len(body) == int(line.split(b':')[1])
    return False


def fuzz(port, secs):
    """Seeds with bytes changed, dropped, doubled; what breaks it is shown."""
    seeds = [GET, GET.replace(b'GET', b'HEAD'), GET.replace(b'1.1', b'1.0')]
    seeds += [GET.replace(b'\r\n\r\n', b'\r\n' + line + b'\r\n\r\n')
              for line in (b'Accept: application/openmetrics-text;version=1.0.0'
                           b',text/plain;q=0.5;q=0.1', b'Accept: ,;q=;;=,',
                           b'Connection: keep-alive, upgrade',
                           b'Expect: 100-continue', b'Content-Length: 0',
                           b'Accept-Encoding: gzip\r\n folded')]
    rand = random.Random(9893)
    end = time.monotonic() + secs
    while time.monotonic() < end:
        request = bytearray(rand.choice(seeds))
        # Not in its last line, so that it is a whole request, and answered.
        for _ in range(rand.randrange(1, 8)):
            at = rand.randrange(len(request) - 4)
            what = rand.choice('cid')
            if what == 'c':
                request[at] = rand.randrange(256)
            elif what == 'i':
                request[at:at] = request[at:at + rand.randrange(16)]
            elif len(request) > 16:
                del request[at]
        try:
            ask(port, bytes(request))
        except ConnectionRefusedError:
            sys.exit(f'gone after {bytes(request)!r}')


def odd(port):
    head = b'GET /metrics HTTP/1.1\r\nHost: x\r\n'
    for name, request, want in (
            ('a long line', b'GET /' + b'a' * 20000 + b' HTTP/1.1\r\n', b'414'),
            ('a long header', head + b'X: ' + b'a' * 20000 + b'\r\n\r\n',
             b'431'),
            ('many headers', head + b'X: y\r\n' * 5000 + b'\r\n', b'431'),
            ('no version', b'hello\r\n\r\n', None),
            ('another method', GET.replace(b'GET', b'DELETE'), b'405'),
            ('a body', head + b'Content-Length: 9999999999\r\n\r\nx', None),
            ('a body in parts',
             head + b'Transfer-Encoding: chunked\r\n\r\nffffffff\r\nx', None),
            ('two lengths', head + b'Content-Length: 1\r\n'
             b'Content-Length: 2\r\n\r\nx', None),
            ('a path from above', GET.replace(b'/metrics', b'/../metrics'),
             b'404'),
            ('zeros', bytes(4000), None), ('nothing', b'', None)):
        reply = ask(port, request, want is not None)
        if want and reply[9:12] != want:
            sys.exit(f'{name}: {reply[:40]!r}, not {want!r}')
    fuzz(port, float(os.environ.get('FUZZ_SECS', 1)))
    if not complete(ask(port, GET)):
        sys.exit('a plain request is not answered afterwards')


def loris(port):
    slow = [connect(port) for _ in range(2 * CONNECTIONS)]
    start, ended = time.monotonic(), {}
    good = connect(port)
    good.setblocking(False)
    good.sendall(GET)
    reply, answered = b'', None
    # Two rounds of connections have to grow old, on a machine that is busy.
    while time.monotonic() - start < 2 * SECS + 20 and \
            (len(ended) < len(slow) or not answered):
        for i, sock in enumerate(slow):
            try:
                if i not in ended:
                    sock.send(b'G')
            except OSError:
                ended[i] = time.monotonic() - start
        try:
            while not answered:
                chunk = good.recv(65536)
                reply += chunk
                if not chunk:
                    answered = time.monotonic() - start
        except BlockingIOError:
            pass
        time.sleep(0.2)
    if len(ended) < len(slow):
        sys.exit(f'{len(slow) - len(ended)} slow connections are still open')
    if not answered or not complete(reply):
        sys.exit(f'slow clients kept a scrape out: {reply[:40]!r}')


def flood(port):
    sel, left, good = selectors.DefaultSelector(), 1000, 0
    for _ in range(left):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(('127.0.0.1', port))
        sel.register(sock, selectors.EVENT_WRITE, bytearray())
    end = time.monotonic() + 60
    while left and time.monotonic() < end:
        for key, _ in sel.select(1):
            if key.events == selectors.EVENT_WRITE:
                key.fileobj.send(GET)
                sel.modify(key.fileobj, selectors.EVENT_READ, key.data)
                continue
            try:
                chunk = key.fileobj.recv(65536)
            except ConnectionResetError:
                chunk = b''
            key.data.extend(chunk)
            if not chunk:
                good += complete(bytes(key.data))
                sel.unregister(key.fileobj)
                key.fileobj.close()
                left -= 1
    if good != 1000:
        sys.exit(f'{good} of 1000 scrapes were complete, {left} never ended')


{'odd': odd, 'loris': loris, 'flood': flood}[sys.argv[2]](int(sys.argv[1]))
