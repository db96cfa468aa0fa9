"""What P2P links and witnesses cost, beside the same tipwatchd without them.

A tipwatch-demo with many daemons, and another one that is the public network and of the same
height. Three times tipwatchd watches them: by polling alone, with a link to each daemon, and with
links and witnesses. A block comes every BLOCK_EVERY_S, so that each daemon pushes it. Measured are
the processor time, per second; the memory, and what of it the process wrote; and how long a
`select` waits for its answer, asked twenty times a second, which is how far the loop is behind.
Prints a Markdown table; a daemon that is not well, or a link that is not up, ends the bench.

    PYTHONPATH=test TW_BUILD=build/bench python3 test/bench/ears.py

BENCH_SECONDS is the length of one measurement (default 30), BENCH_NODES how many daemons there are
(default 1000), BENCH_WITNESSES how many witnesses (default 64).
"""
import os
import statistics
import time
import unittest

from harness.case import Case
from harness.ctl import Ctl
from harness.demo import Demo
from harness.waiting import wait_for
from harness.watcher import Watcher
from scale import ASKED_EVERY_S, SETTLED_CHECKS, Usage, percentile

SECONDS = float(os.environ.get('BENCH_SECONDS', '30'))
NODES = int(os.environ.get('BENCH_NODES', '1000'))
WITNESSES = int(os.environ.get('BENCH_WITNESSES', '64'))
BLOCK_EVERY_S = 10
LINKS_WITHIN_S = 120


class Ears(Case):
    def is_ready(self, watcher, with_links, n_witnesses):
        status = watcher.status()
        if with_links and any(d['p2p']['state'] != 'up' for d in status['daemons']):
            return False
        return n_witnesses == 0 or status['consensus']['witnesses']['connected'] == n_witnesses

    def measure(self, with_links, n_witnesses):
        nodes = [{**node, 'p2p': self.own.p2p(node['name']) if with_links else 'off'}
                 for node in self.own.nodes()]
        seeds = ' '.join(self.public.p2p(name) for name in self.public.names[:n_witnesses])
        watcher = Watcher(self, nodes, journal={'path': ''},
                          witnesses={'count': n_witnesses, 'seeds': seeds})
        watcher.journal_is_whole = False
        watcher.wait_settled(within=LINKS_WITHIN_S)
        wait_for('links and witnesses are up',
                 lambda: self.is_ready(watcher, with_links, n_witnesses), LINKS_WITHIN_S)
        watcher.wait_checks(SETTLED_CHECKS, names=self.own.names[-1:])
        before = sum(d['checks'] for d in watcher.status()['daemons'])
        waits, mined = [], 0
        usage = Usage(watcher.process)
        with Ctl(watcher.socket, timeout=60) as client:
            while time.monotonic() < usage.begin + SECONDS:
                if time.monotonic() >= usage.begin + mined * BLOCK_EVERY_S:
                    mined += 1
                    for demo in (self.own, self.public):
                        demo.mine()
                asked = time.monotonic()
                client.ask('select')
                waits.append((time.monotonic() - asked) * 1000)
                time.sleep(ASKED_EVERY_S)
        share, memory = usage.share(), usage.memory_mb()
        status = watcher.status()
        checks = (sum(d['checks'] for d in status['daemons']) - before) / SECONDS
        self.assertEqual([d['name'] for d in status['daemons'] if d['state'] != 'healthy'], [])
        self.assertTrue(self.is_ready(watcher, with_links, n_witnesses))
        watcher.stop()
        return share, memory, waits, checks

    def test_ears(self):
        self.own = Demo(self, NODES, seed=self.seed, options=('--peer-port', '0'))
        self.public = Demo(self, WITNESSES, seed=self.seed + 1, options=('--peer-port', '0'))
        print(f'\n{NODES} daemons, a block every {BLOCK_EVERY_S} s, {SECONDS:.0f} s each, '
              f'load {os.getloadavg()[0]:.1f}\n\n'
              '| | checks a second | of a processor | memory, written | wait p50 | p99 | worst |\n'
              '|---|---|---|---|---|---|---|', flush=True)
        for what, with_links, n_witnesses in (
                ('polling', False, 0), ('links', True, 0),
                (f'links, {WITNESSES} witnesses', True, WITNESSES)):
            share, memory, waits, checks = self.measure(with_links, n_witnesses)
            print(f'| {what} | {checks:.0f} | {100 * share:.1f} % '
                  f'| {memory[0]:.1f}, {memory[1]:.1f} MB | {statistics.median(waits):.2f} ms '
                  f'| {percentile(waits, 99):.2f} ms | {max(waits):.2f} ms |', flush=True)


if __name__ == '__main__':
    unittest.main(argv=['ears.py'])
