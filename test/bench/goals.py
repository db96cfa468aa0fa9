"""The goals of the benches, and whether they were met.

Each bench notes its figures here. A note is a row of a Markdown table, appended to the file that
BENCH_GOALS names, of which test/bench/run makes the last table; without it nothing is noted.

    python3 test/bench/goals.py core <OUTPUT    notes what bench_core has printed
"""
import os
import re
import sys

CORE_LIMIT_US = 20
CORE_NODES = 1000


def _note(what, goal, figures, is_met, more):
    path = os.environ.get('BENCH_GOALS')
    if path:
        with open(path, 'a', encoding='utf-8') as file:
            file.write(f'| {what} | {goal} | {", ".join(f"{f:g}" for f in figures)}{more} '
                       f'| {"met" if is_met else "missed"} |\n')


def at_most(what, limit, *figures, unit='', more=''):
    """Each of the figures is to be at most limit. more: what else the table says beside them."""
    figures = [float(f'{f:.3g}') for f in figures]
    _note(what, f'≤ {limit:g}{unit}', figures, max(figures) <= limit, more)


def at_least(what, limit, *figures, unit='', more=''):
    figures = [float(f'{f:.3g}') for f in figures]
    _note(what, f'≥ {limit:g}{unit}', figures, min(figures) >= limit, more)


def core(text):
    """One observation in every case of bench_core, for the largest number of nodes."""
    head, *rows = re.search(r'^us a check.*', text, re.M | re.S).group().splitlines()
    if not head.rstrip().endswith(f'{CORE_NODES} nodes') or not rows:
        raise ValueError('bench_core prints another table')
    for row in rows:
        case, mean_us = re.fullmatch(r'(.+?) {2,}.* ([0-9.]+) \( *[0-9]+\)', row).groups()
        at_most(f'one observation, {CORE_NODES:,} nodes: {case}', CORE_LIMIT_US, float(mean_us),
                unit=' µs')


if __name__ == '__main__':
    if sys.argv[1:] != ['core']:
        sys.exit('usage: goals.py core <OUTPUT')
    core(sys.stdin.read())
