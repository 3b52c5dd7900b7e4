#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""mutate.py DIR: what rules.test.yml does not notice.

Breaks each alert and each rule of DIR in each of some ways, one at a time, and
runs promtool's tests there.  Prints a line for each change after which they
pass all the same, or which promtool can't read, and how many there were.
"""
import copy
import re
import subprocess
import sys

import yaml

OTHER = {'<': '>=', '>': '<=', '==': '!='}


def changes(rule):
    """(what, the rule so changed)"""
    expr = rule['expr']
    if 'record' in rule:
        yield 'is twice as much', dict(rule, expr=f'({expr}) * 2')
        return
    # Comparisons with a number; != in {} is of labels.
    for found in re.finditer(r' (<|>|==) (?=[0-9])', expr):
        yield f'{found[0].strip()} at {found.start()} turned around', dict(
            rule, expr=expr[:found.start() + 1] + OTHER[found[1]] +
            expr[found.end() - 1:])
    yield 'at once', {k: v for k, v in rule.items() if k != 'for'}


def noticed(folder):
    run = subprocess.run(['promtool', 'test', 'rules', 'rules.test.yml'],
                         cwd=folder, capture_output=True, text=True,
                         check=False)
    if 'parse' in run.stdout + run.stderr:
        return run.stdout + run.stderr
    return None if run.returncode else 'passes'


def main(folder):
    tried = 0
    for name in 'alerts.yml', 'rules.yml':
        path = f'{folder}/{name}'
        with open(path, encoding='utf-8') as file:
            text = file.read()
        doc = yaml.safe_load(text)
        for g, group in enumerate(doc['groups']):
            for r, rule in enumerate(group['rules']):
                for what, changed in changes(rule):
                    broken = copy.deepcopy(doc)
                    broken['groups'][g]['rules'][r] = changed
                    with open(path, 'w', encoding='utf-8') as file:
                        yaml.safe_dump(broken, file)
                    problem = noticed(folder)
                    if problem:
                        print(rule.get('alert', rule.get('record')),
                              what, problem, sep=': ')
                    tried += 1
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
    print(f'{tried} changes')


main(sys.argv[1])
