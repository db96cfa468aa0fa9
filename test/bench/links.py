"""How soon tipwatchd tells its clients of a new block and of a dead daemon, with links and without.

Two tipwatchd watch the same simulated daemons in one run, one with P2P links and one with polling
alone. Each trial begins at a random moment of the second, because that is what decides with
polling. A daemon dies by the command `die` of tipwatch-demo: its connections are closed as by
kill -9.

    PYTHONPATH=test TW_BUILD=build/release python3 test/bench/links.py
"""
import os
import random
import select
import statistics
import sys
import time
import unittest

from harness.case import Case
from harness.ctl import Ctl
from harness.demo import WALLET, Demo
from harness.waiting import wait_for
from harness.watcher import Watcher

QUIET_S = int(os.environ.get('QUIET', '60'))
TRIALS = int(os.environ.get('TRIALS', '50'))
LIMIT_S = 30


class Bench(Case):
    def test_requests(self):
        """What the RPC of the daemons gets while nothing happens. Each has daemons of its own."""
        for more in ({}, {'template': {'wallet_address': WALLET}}):
            counts = {}
            sides = {}
            for side, options in (('links', {}), ('polling', {'p2p': {'mode': 'off'}})):
                demo = Demo(self, 5, seed=self.seed, options=('--peer-port', '0'))
                nodes = [{**node, 'p2p': demo.p2p(node['name']) if side == 'links' else 'off'}
                         for node in demo.nodes()]
                sides[side] = demo, Watcher(self, nodes, **more, **options)
                sides[side][1].wait_settled(within=60)
            wait_for('the links are up', lambda: all(
                d['p2p']['state'] == 'up' for d in sides['links'][1].status()['daemons']), LIMIT_S)
            time.sleep(10)
            for turn in range(2):
                for side, (demo, watcher) in sides.items():
                    now = {n['name']: n['requests'] for n in demo.look('list')['nodes']}
                    counts.setdefault(side, []).append(now)
                if turn == 0:
                    time.sleep(QUIET_S)
            for side, (demo, watcher) in sides.items():
                first, last = counts[side]
                others = [last[n] - first[n] for n in demo.names if n != watcher.chosen()]
                print(f'requests in {QUIET_S} s {side:8} {"with" if more else "no"} templates: '
                      f'chosen {last[watcher.chosen()] - first[watcher.chosen()]}, '
                      f'each other {min(others)} to {max(others)}')
            sys.stdout.flush()

    def network(self, n):
        """Both choose the daemons in the order of their names; all other settings are defaults."""
        self.demo = Demo(self, n, seed=self.seed, options=('--peer-port', '0'))
        nodes = [{**node, 'priority': -i} for i, node in enumerate(self.demo.nodes())]
        linked = [{**node, 'p2p': self.demo.p2p(node['name'])} for node in nodes]
        more = {'template': {'wallet_address': WALLET}}
        self.by_name = {'links': Watcher(self, linked, **more),
                         'polling': Watcher(self, nodes, p2p={'mode': 'off'}, **more)}
        for watcher in self.by_name.values():
            watcher.wait_settled(within=60)
        self.dead = set()
        self.streams = {}
        for name, watcher in self.by_name.items():
            self.streams[name] = Ctl(watcher.socket)
            self.addCleanup(self.streams[name].close)
            self.streams[name].ask('watch')

    def ready(self):
        """Both choose the same daemon, all that live are well and linked. Returns its name."""
        def is_ready():
            chosen = set()
            for watcher in self.by_name.values():
                status = watcher.status()
                chosen.add(status['select']['daemon']['name'])
                alive = [d for d in status['daemons'] if d['name'] not in self.dead]
                if any(d['reason'] != 'ok' or d.get('p2p', {}).get('state', 'up') != 'up'
                       for d in alive):
                    return None
            return chosen.pop() if len(chosen) == 1 else None
        return wait_for('all is well', is_ready, LIMIT_S)

    def measure(self, command, is_it):
        """The seconds from the command until each stream says it."""
        self.drain()
        start = time.monotonic()
        self.demo.look(command)
        took = {}
        while len(took) < len(self.streams):
            waiting = {s.sock: n for n, s in self.streams.items() if n not in took}
            for sock in select.select(list(waiting), [], [], LIMIT_S)[0]:
                if is_it(self.streams[waiting[sock]].read()):
                    took[waiting[sock]] = time.monotonic() - start
            self.assertLess(time.monotonic() - start, LIMIT_S, command)
        return took

    def drain(self):
        for stream in self.streams.values():
            while stream.buffer or select.select([stream.sock], [], [], 0)[0]:
                stream.read()

    def trials(self, what, one):
        taken = {name: [] for name in self.streams}
        for _ in range(TRIALS):
            chosen = self.ready()
            time.sleep(random.random())
            for name, seconds in one(chosen).items():
                taken[name].append(seconds * 1000)
        for name, ms in taken.items():
            ms.sort()
            print(f'{what:12} {name:8} median {statistics.median(ms):7.1f} ms  '
                  f'p99 {ms[min(len(ms) - 1, len(ms) * 99 // 100)]:7.1f} ms  '
                  f'mean {statistics.mean(ms):7.1f} ms  ({len(ms)} trials)')
        sys.stdout.flush()

    def test_new_block(self):
        self.network(5)

        def one(_):
            height = self.by_name['links'].select()['height'] + 1
            return self.measure('mine', lambda s: s['height'] >= height)
        self.trials('new block', one)

    def test_death(self):
        # One dies in each trial and stays dead, and the others are still a majority.
        self.network(2 * TRIALS + 3)

        def one(victim):
            self.dead.add(victim)
            return self.measure(
                f'die {victim}', lambda s: s['usable'] and s['daemon']['name'] != victim)
        self.trials('dead daemon', one)


if __name__ == '__main__':
    os.environ['TW_BUILD'] = os.path.abspath(os.environ.get('TW_BUILD', 'build/release'))
    random.seed(1)
    unittest.main()
