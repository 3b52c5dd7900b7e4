#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""fastpath.py PLAIN PATCHED FUNCTION...: what two kernels execute there

For each function of two vmlinux files, two numbers of instructions:

  straight    on the way that the compiler laid out straight: through every
              conditional branch, as what is unlikely is put elsewhere
  reachable   on any way through the function

No-ops count for nothing, and what they are no-ops for is not reached: static
keys that are off, and what is traced.  One line each:

    FUNCTION STRAIGHT STRAIGHT REACHABLE REACHABLE

of the first file and of the second.  Other code may be laid out otherwise for
no reason that matters: only what is more by both numbers is more.  A function
that is not in both is a line "FUNCTION missing".
"""

import re
import subprocess
import sys

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


class Code:
    """A function's instructions, and where they lead to."""

    def __init__(self, vmlinux, where):
        self.code = instructions(vmlinux, where)
        self.at = {address: number
                   for number, (address, _) in enumerate(self.code)}

    def target(self, text):
        """The number of the instruction that a jump goes to, or None."""
        match = TARGET.search(text)
        if not match or "*" in text:
            return None
        return self.at.get(int(match[1], 16))

    def walk(self, branches):
        """How many are executed, of all branches or of those not taken."""
        todo, seen, count = [0], set(), 0
        while todo:
            number = todo.pop()
            while number is not None and number < len(self.code) and \
                    number not in seen:
                seen.add(number)
                text = self.code[number][1]
                mnemonic = text.split()[0]
                number += 1
                if NOP.match(text):
                    continue
                if mnemonic == "jmp":
                    # To where ways join: not an instruction more.
                    number = self.target(text)
                    continue
                count += 1
                if mnemonic.startswith("ret") or mnemonic == "ud2":
                    break
                if mnemonic.startswith("j") and branches:
                    todo.append(self.target(text))
        return count


def main():
    files = sys.argv[1:3]
    tables = [symbols(name) for name in files]
    for name in sys.argv[3:]:
        names = [variants(table, name) for table in tables]
        if not names[0] or not names[1]:
            print(name, "missing")
            continue
        codes = [Code(file, table[chosen[0]])
                 for file, table, chosen in zip(files, tables, names)]
        print(name, *(code.walk(branches) for branches in (False, True)
                      for code in codes))


main()
