#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""hosts.py PORT NETSWAP RECORDING: as many hosts as are asked for, each one at
a path of its own and telling what was recorded, from frame to frame."""
import http.server
import itertools
import subprocess
import sys

port, netswap, recording = sys.argv[1:]
frames = [frame.encode() for frame in subprocess.run(
    [netswap, 'show', '--replay', recording, '--openmetrics'], check=True,
    capture_output=True, text=True).stdout.split('# EOF\n') if frame]
turn = itertools.count()


class Host(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = frames[next(turn) % len(frames)] + b'# EOF\n'
        self.send_response(200)
        self.send_header('Content-Type', 'application/openmetrics-text; '
                         'version=1.0.0; charset=utf-8')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


http.server.ThreadingHTTPServer(('127.0.0.1', int(port)), Host).serve_forever()
