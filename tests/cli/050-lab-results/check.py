#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""check.py html DIR FILE - is it one page that only we have written?
check.py text FILE SELECTOR - the text of the elements with that id or class
check.py charts FILE ID - titles and lines (class: strokes) of a run
"""
import base64
import hashlib
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

VOID = {"meta", "input", "br"}
TAGS = set("""
    html head title style body script h1 h2 h3 h4 p a b i em strong
    small span div section details summary dl dt dd ul li table thead tbody tr
    th td pre code figure figcaption svg path rect text label button""".split())


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.wrong = [], [], []
        self.feed(text)
        self.close()
        if self.open:
            self.wrong.append(f"not closed: {[e[0] for e in self.open]}")

    def handle_starttag(self, tag, attrs):
        element = (tag, dict(attrs), [])
        if len(attrs) != len(dict(attrs)):
            self.wrong.append(f"<{tag}> has an attribute twice")
        self.elements.append(element)
        if tag not in TAGS | VOID:
            self.wrong.append(f"<{tag}> is not of ours")
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            self.wrong.append(f"</{tag}> closes nothing")
        else:
            self.open.pop()

    def handle_comment(self, data):
        self.wrong.append(f"comment {data[:20]}")

    def handle_data(self, data):
        for _, _, text in self.open:
            text.append(data)

    def find(self, name):
        return [e for e in self.elements if e[1].get("id") == name
                or name in (e[1].get("class") or "").split()]


def check_html(base, path):
    text = path.read_text()
    page = Page(text)
    wrong = page.wrong
    ids = [e[1]["id"] for e in page.elements if "id" in e[1]]
    if len(ids) != len(set(ids)):
        wrong.append("an id twice")
    scripts = [e for e in page.elements if e[0] == "script"]
    policy = next(e[1]["content"] for e in page.elements
                  if e[1].get("http-equiv") == "Content-Security-Policy")
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(
            "".join(script[2]).encode()).digest()).decode()
        if f"script-src 'sha256-{digest}'" not in policy:
            wrong.append("a script that the policy does not let run")
    if len(scripts) != 1:
        wrong.append(f"{len(scripts)} scripts")
    if "default-src 'none'" not in policy:
        wrong.append("the policy lets something be loaded")
    for tag, attrs, _ in page.elements:
        wrong += [f"<{tag} {a}>" for a in attrs
                  if a.startswith("on") or a in ("src", "srcset")]
        href = attrs.get("href")
        if href is None:
            continue
        target = (path.parent / unquote(href)).resolve()
        if href.startswith("#"):
            if href[1:] not in ids:
                wrong.append(f"{href} leads nowhere")
        elif not target.is_file() or not target.is_relative_to(base):
            wrong.append(f"link to {href}")
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]|url\(|@import", text):
        wrong.append("control characters, or something from outside")
    return wrong


def charts(page, name):
    """Inside the element NAME, until the next one with such an id."""
    inside = begun = False
    for tag, attrs, text in page.elements:
        if "id" in attrs and attrs["id"].startswith("run"):
            inside, begun = attrs["id"] == name, False
        if not inside:
            continue
        if tag == "h4":
            begun = True
            print(text[0].split(" of ")[0].strip())
        elif tag == "path" and begun and attrs["d"] != "M1 4H29" and \
                attrs["class"] not in ("grid", "mark"):
            print(f"  {attrs['class']}: {attrs['d'].count('M')}")
        elif attrs.get("class") == "none":
            print("  " + "".join(text))


what, args = sys.argv[1], sys.argv[2:]
if what == "html":
    found = check_html(Path(args[0]).resolve(), Path(args[1]).resolve())
    sys.exit("\n".join(found[:10]) if found else 0)
document = Page(Path(args[0]).read_text())
if what == "charts":
    charts(document, args[1])
else:
    for element in document.find(args[1]):
        print(" ".join("".join(element[2]).split()))
