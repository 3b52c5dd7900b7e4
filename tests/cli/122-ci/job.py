# SPDX-License-Identifier: GPL-2.0
"""job.py FILE.md PLATFORM - print the shell of a documented CI job.

What runs whatever happened stands after a line "always:".
"""

import re
import sys

import yaml


def blocks(path):
    text = open(path, encoding="utf-8").read()
    return [yaml.safe_load(b)
            for b in re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)]


def github(doc):
    steps = [s for s in doc["jobs"]["swap"]["steps"] if "run" in s]
    return ([s["run"] for s in steps if "if" not in s],
            [s["run"] for s in steps if s.get("if") == "always()"])


def gitlab(doc):
    job = doc["swap"]
    return job["before_script"] + job["script"], job["after_script"]


def main():
    path, platform = sys.argv[1:]
    github_doc, gitlab_doc = blocks(path)
    steps, always = github(github_doc) if platform == "github" \
        else gitlab(gitlab_doc)
    print("\n".join(steps + ["always:"] + always))


main()
