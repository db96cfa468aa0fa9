"""No decision depends on where something lies in memory or on what was there before.

memory.py PROGRAM: runs test_histories --digest in fresh processes that differ only in that. The
digest is over every decision of every history.
"""
import os
import subprocess
import sys

HISTORIES = '3000'
# MALLOC_PERTURB_ fills what malloc gives out, and what is freed; the environment moves the stack.
FILLS = ('0', '1', '85', '170', '255')


def digest(program, fill):
    environ = dict(os.environ, TW_HISTORIES=HISTORIES, MALLOC_PERTURB_=fill,
                   TW_PADDING='x' * (int(fill) * 61))
    environ.setdefault('TW_SEED', '1')
    return subprocess.run([program, '--digest'], env=environ, capture_output=True, text=True,
                          check=True, timeout=240).stdout.strip()


def main():
    program = sys.argv[1]
    digests = {fill: digest(program, fill) for fill in FILLS}
    print(digests)
    if len(set(digests.values())) != 1 or not all(digests.values()):
        print('the decisions differ: something is read before it is written, or by its address')
        return 1
    return 0


sys.exit(main())
