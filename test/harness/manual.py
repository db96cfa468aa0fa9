"""The manual as its readers see it: the pages with their tables, and as man shows them."""
import functools
import glob
import os
import re
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def pages():
    """The paths of all pages, from the top of the tree."""
    return sorted(os.path.relpath(path, TOP) for pattern in ('cmd/*/*.scd', 'etc/man/*.scd')
                  for path in glob.glob(os.path.join(TOP, pattern)))


@functools.cache
def source(path):
    """The page with the tables that cmd/tables puts into it."""
    tables = os.path.join(os.environ['TW_BUILD'], 'cmd/tables/tables')
    return subprocess.run([tables, os.path.join(TOP, path)], capture_output=True, text=True,
                          check=True).stdout


@functools.cache
def shown(path):
    """(what man shows, what it complains of). Lines are too long to be wrapped in an example."""
    made = subprocess.run(['scdoc'], input=source(path), capture_output=True, text=True, check=True)
    done = subprocess.run(['man', '--warnings', '-l', '-'], input=made.stdout, text=True,
                          capture_output=True, check=True,
                          env=dict(os.environ, MANWIDTH='140', MAN_KEEP_FORMATTING=''))
    return done.stdout, made.stderr + done.stderr


def examples(path):
    """The literal blocks of a page, as a reader sees them (`lost` says whether that is so)."""
    found = re.findall(r'^```\n(.*?)^```', source(path), re.MULTILINE | re.DOTALL)
    return [block.replace('\\\\', '\\') for block in found]


def lost(path):
    """Lines of examples that man does not show as they are."""
    there = {' '.join(line.split()) for line in shown(path)[0].splitlines()}
    return [line for block in examples(path) for line in block.splitlines()
            if ' '.join(line.split()) not in there]
