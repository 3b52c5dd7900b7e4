# SPDX-License-Identifier: GPL-2.0
"""Text that came from a guest, made fit to be shown.

A guest may have written anything: bytes that steer a terminal, that XML does
not allow, or that make a line read otherwise than it is (bidi overrides).
"""

import re

# C0 but tab and newline, DEL and C1, zero width and bidi, separators that
# some take as newlines, surrogates, and what is no character at all.
BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e"
                 "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]")


def read(path):
    """Text of the file PATH; "" when it can't be read."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _escape(match):
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def printable(value):
    """Text of VALUE: lines stay lines, what can't be seen is spelled out."""
    return BAD.sub(_escape, str(value).replace("\r\n", "\n"))


def one_line(value):
    return " ".join(printable(value).split())


def number(value):
    """A number that can be calculated with, or None: absent is not 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if abs(value) < 1e18 else None     # neither is NaN


def whole(value):
    """The number in a KEY=VALUE of a guest, or None."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    return number(value)


def obj(value):
    return value if isinstance(value, dict) else {}


def objs(value):
    return [v for v in value if isinstance(v, dict)] \
        if isinstance(value, list) else []


def strings(value):
    return [printable(v) for v in value if isinstance(v, (str, int, float))] \
        if isinstance(value, list) else []


def count(n, noun):
    return f"{n} {noun}" + ("" if n == 1 else "s")
