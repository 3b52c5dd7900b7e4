# SPDX-License-Identifier: GPL-2.0
"""HTML of the lab's pages: escaping, the frame of a page, small parts.

A page is one file that loads nothing: style and script are inside it, and its
Content-Security-Policy lets no other script run, should text of a guest ever
get past esc().
"""

import base64
import hashlib
import html
import os
import tempfile
import urllib.parse
from pathlib import Path

from .cells import accepts
from .results import ANY, expected, is_ok
from .text import number, one_line, printable, whole

HERE = Path(__file__).resolve().parent

# Shape and word carry the meaning, colour repeats it.
MARKS = {"good": "✓", "bad": "✗", "void": "○", "plain": "•"}


def esc(value):
    """VALUE as text of a page, or of a quoted attribute."""
    return html.escape(printable(value), quote=True)


def esc_line(value, most=400):
    text = one_line(value)
    return esc(text if len(text) <= most else text[:most - 1] + "…")


def or_dash(value, unit=""):
    """A value and its unit; `-` for what is not known."""
    if value is None or value == "":
        return "-"
    return esc_line(f"{value} {unit}" if unit else value)


def number_text(value):
    """Digits in groups of three, with a space that does not break."""
    return "-" if value is None else f"{value:,}".replace(",", "\u202f")


def seconds_text(value):
    value = number(value)
    return "-" if value is None else f"{value:.1f} s"


def pages_text(value):
    """Pages out of a KEY=VALUE."""
    value = whole(value)
    return "-" if value is None else f"{number_text(value)} pages"


def link(base, path, text):
    """A link to a file below BASE, if it is there; else nothing."""
    if not (Path(base) / path).is_file():
        return ""
    return f'<a href="{esc(urllib.parse.quote(path))}">{esc(text)}</a>'


def safe_dir(base, path):
    """A run's own directory below BASE, or None: run.json is only data."""
    if not isinstance(path, str) or not path or "\0" in path:
        return None
    full = Path(base, path).resolve()
    inside = full.is_relative_to(Path(base).resolve())
    return Path(path) if inside and not Path(path).is_absolute() and \
        ".." not in Path(path).parts and full.is_dir() else None


def tone(run):
    """good: as expected; bad: not; void: a run that shows nothing; plain:
    nothing was expected, and it did not complete."""
    if is_ok(run):
        plain = expected(run) == ANY and run["verdict"] != "COMPLETED"
        return "plain" if plain else "good"
    return "void" if run["verdict"] in ("INVALID", "BROKEN") else "bad"


def badge(run):
    return (f'<span class="badge {tone(run)}">{MARKS[tone(run)]} '
            f'{esc(run["verdict"])}</span>')


def against(run):
    """What the verdict was held against, in words."""
    if is_ok(run):
        return "any was expected" if expected(run) == ANY else "as expected"
    if not accepts(expected(run), run["verdict"]):
        return f"expected {esc(expected(run))}"
    return "as expected, but:"


def details(summary, body, opened=False, attributes=""):
    return (f"<details{' open' if opened else ''}{attributes}><summary>"
            f"{summary}</summary>\n{body}</details>\n")


def rows(pairs):
    """A list of names and values (HTML); those without a value left out."""
    found = [(k, v) for k, v in pairs if v]
    if not found:
        return ""
    return "<dl>" + "".join(f"<div><dt>{esc(k)}</dt><dd>{v}</dd></div>"
                            for k, v in found) + "</dl>\n"


def bullets(items):
    return "<ul>" + "".join(f"<li>{esc(i)}</li>" for i in items) + "</ul>\n"


def document(title, body):
    style = (HERE / "page.css").read_text()
    script = (HERE / "page.js").read_text()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest())
    policy = ("default-src 'none'; style-src 'unsafe-inline'; "
              f"script-src 'sha256-{digest.decode()}'")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{esc_line(title)}</title>
<style>{style}</style>
</head>
<body>
{body}<script>{script}</script>
</body>
</html>
"""


def write(path, text):
    """The file PATH with TEXT, or, if that fails, as it was."""
    path = Path(path)
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=path.name + ".")
    try:
        with open(fd, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError as err:
        os.unlink(name)
        raise OSError(err.errno, err.strerror, str(path)) from None
