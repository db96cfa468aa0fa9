"""A small part of what run measures, with limits: check.py PROGRAM, a tipwatchctl.

The limits are loose, because the runs are short. NEEDLESS_MAX is twice what the decision bench
counts (lib/core/decision.md, Measurements).
"""
import filecmp
import os
import subprocess
import sys
import tempfile

from play import Journal, World
from score import Judge

RUN = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'run')
SEEDS, DAYS, TARGET = (1, 2, 3), 0.25, 30
LEAST = {2: 95.0, 3: 99.0, 5: 99.0}     # percent of the oracle's useful time, of each seed
NEEDLESS_MAX = 90       # a day, on average
LIED_MAX = 2.0          # percent of the time on a liar, of each seed


def repeat(seed, n, strategy):
    liars = f' --liars {strategy}' if strategy else ''
    return f'test/sim/second/run --seeds {seed} --nodes {n} --days {DAYS}{liars}'


def play(program, n, strategy=None):
    """What is wrong with the decisions in a world of n nodes, as sentences."""
    needless = 0.0
    for seed in SEEDS:
        world = World(seed, n, DAYS, TARGET, 'mixed', 1 if strategy else 0)
        score = Journal(world, strategy, 'daemon').play(program)
        needless += score.a_day('needless') / len(SEEDS)
        lied = 100 * score.attacked / world.end
        wrong = []
        if score.share() < LEAST[n] - (LIED_MAX if strategy else 0):
            wrong.append(f'{score.share():.3f} % of the useful time')
        if score.late:
            wrong.append(f'{score.late:.0f} s too late on a fork that a quorum contradicted')
        if lied > LIED_MAX:
            wrong.append(f'{lied:.1f} % of the time on the liar')
        for what in wrong:
            yield f'{what}; to repeat: {repeat(seed, n, strategy)}'
    if needless > NEEDLESS_MAX:
        yield f'{needless:.0f} needless switches a day with {n} nodes, {strategy or "no"} liars'


def measures(_):
    """The oracle sees what is wrong with using the first daemon, or one that is not usable."""
    world = World(SEEDS[0], 3, DAYS, TARGET, 'mixed', 0)
    judge = Judge(world, {})
    stays, idle = (judge.score([(0.0, ('alpha', is_usable))]) for is_usable in (True, False))
    if not 50 < stays.share() < LEAST[3] or stays.stale == 0 or stays.switches:
        yield f'staying at the first daemon is {stays.share():.3f} % useful'
    if idle.useful or abs(idle.idle - idle.oracle) > 1:
        yield f'{idle.idle:.0f} s of {idle.oracle:.0f} s not usable'
    forks = Judge(World(SEEDS[0], 3, DAYS, TARGET, 'forks', 0), {})
    if forks.score([(0.0, ('gamma', True))]).late < 600:
        yield 'to stay at a daemon on a fork is not too late'
    turns = judge.score([(20.0 * i, (('alpha', 'beta')[i % 2], True)) for i in range(1000)])
    if turns.switches != 999 or not 500 < turns.needless <= turns.switches:
        yield f'{turns.switches} switches, {turns.needless} of them needless, of 999'


def determined(_):
    """The same seed makes the same journal, whatever the order of sets is in a process."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ('one', 'other', 'third')]
        for path, order, seed in zip(paths, '121', '445'):
            subprocess.run([sys.executable, RUN, '--seeds', seed, '--nodes', '3', '--days', '0.5',
                            '--journal', path], check=True, env={'PYTHONHASHSEED': order})
        if not filecmp.cmp(*paths[:2], shallow=False):
            yield 'two runs of seed 4 differ'
        if filecmp.cmp(*paths[1:], shallow=False):
            yield 'seeds 4 and 5 are the same'


def main(program):
    tests = {'measures': measures, 'determined': determined}
    tests.update({f'{n} nodes': lambda p, n=n: play(p, n) for n in LEAST})
    tests.update({f'3 nodes, {strategy}': lambda p, s=strategy: play(p, 3, s)
                  for strategy in ('plus1', 'sibling')})
    failed = 0
    for name, test in tests.items():
        wrong = list(test(program))
        failed += bool(wrong)
        if wrong:
            print(f'{name}\n    ' + '\n    '.join(wrong))
    print(f'[  PASSED  ] {len(tests) - failed} test(s).')
    if failed:
        print(f'[  FAILED  ] {failed} test(s).')
    return 1 if failed else 0


sys.exit(main(sys.argv[1]))
