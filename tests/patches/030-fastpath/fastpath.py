#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""fastpath.py PLAIN PATCHED FUNCTION...: what two kernels execute there

For each function of two vmlinux files: how many instructions are on the way
that the compiler laid out straight, and which of them only the second has.
The way falls through every conditional branch, as the compiler puts what is
unlikely elsewhere, and through the no-ops of static keys that are off; both
count for nothing, no-ops because they are none, the branch with what sets its
flags as what it is.  One line each:

    FUNCTION PLAIN PATCHED NEW...

with NEW as COUNTxMNEMONIC.  A function that is not in both is a line "FUNCTION
missing".
"""

import re
import subprocess
import sys
from collections import Counter

SUFFIX = r"(?:\.(?:constprop|isra|part)\.\d+)*"
NOP = re.compile(r"nop|xchg +%ax,%ax|data16|cs nop|call .*<__fentry__>")
TARGET = re.compile(r"([0-9a-f]+) <")


def symbols(vmlinux):
    """Name to (address, size), of all functions."""
    found = {}
    nm = subprocess.run(["nm", "-S", vmlinux], capture_output=True, text=True,
                        check=True)
    for line in nm.stdout.splitlines():
        words = line.split()
        if len(words) == 4 and words[2] in "tTwW":
            found[words[3]] = (int(words[0], 16), int(words[1], 16))
    return found


def variants(table, name):
    """A function as the compiler may have called it."""
    pattern = re.compile(re.escape(name) + SUFFIX)
    return sorted(symbol for symbol in table if pattern.fullmatch(symbol))


def instructions(vmlinux, where):
    """[(address, text)]"""
    start, size = where
    dump = subprocess.run(
        ["objdump", "-d", "-j", ".text", "--no-show-raw-insn",
         f"--start-address={start:#x}", f"--stop-address={start + size:#x}",
         vmlinux],
        capture_output=True, text=True, check=True)
    found = []
    for line in dump.stdout.splitlines():
        if match := re.match(r"\s*([0-9a-f]+):\s+(.*)", line):
            found.append((int(match[1], 16), match[2].strip()))
    return found


def straight(code):
    """The mnemonics on the way that is laid out straight."""
    at = {address: number for number, (address, _) in enumerate(code)}
    way, seen, number = [], set(), 0
    while number < len(code) and number not in seen:
        seen.add(number)
        text = code[number][1]
        mnemonic = text.split()[0]
        number += 1
        if NOP.match(text):
            continue
        way.append(mnemonic)
        if mnemonic.startswith("ret") or mnemonic == "ud2":
            break
        if mnemonic == "jmp":
            target = TARGET.search(text)
            if "*" in text or not target or int(target[1], 16) not in at:
                break
            # Of a loop, or to where the ways join: not an instruction more.
            number = at[int(target[1], 16)]
            way.pop()
    return way


def main():
    files = sys.argv[1:3]
    tables = [symbols(name) for name in files]
    for name in sys.argv[3:]:
        names = [variants(table, name) for table in tables]
        if not names[0] or not names[1]:
            print(name, "missing")
            continue
        ways = [straight(instructions(file, table[chosen[0]]))
                for file, table, chosen in zip(files, tables, names)]
        new = Counter(ways[1]) - Counter(ways[0])
        print(name, len(ways[0]), len(ways[1]),
              *(f"{count}x{mnemonic}" for mnemonic, count in sorted(
                  new.items())))


main()
