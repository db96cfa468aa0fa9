"""How soon a fault of the daemon in use, or a new block, reaches the pool, beside HAProxy.

tipwatchd and HAProxy watch the same simulated daemons on loopback in the same run, without P2P
links. A trial does something to the daemon in use at a random time, and measures how long it takes
until `select` names another one, and until HAProxy takes it for down: with its default settings (a
check each 2 s, 3 failures) and with the best ones (inter 1s, fastinter 200ms, fall 3, timeout check
500ms). HAProxy's checks say nothing of blocks, templates and forks: in these trials it must still
take the daemon for up. Since a trial mostly waits, the kinds of trials run at the same time, each
on networks of its own, and those whose trials are long on several. Prints a Markdown table.

    PATH=$PATH:build/tools PYTHONPATH=test:test/bench TW_BUILD=build/bench \
        python3 test/bench/detect/detect.py

DETECT_TRIALS is the number of trials of each kind (default 50), DETECT_DEFAULT how many of them
wait for HAProxy's default settings too (default 10), DETECT_KINDS which kinds there are (default
killed,hung,block,template,forked,recovered).
"""
import concurrent.futures
import csv
import io
import os
import random
import socket
import statistics
import sys
import threading
import time
import unittest

import goals
from harness.case import Case
from harness.ctl import Ctl
from harness.demo import Demo, WALLET
from harness.haproxy import program
from harness.process import Process
from harness.waiting import wait_for
from harness.watcher import Watcher

TRIALS = int(os.environ.get('DETECT_TRIALS', '50'))
DEFAULT_TRIALS = int(os.environ.get('DETECT_DEFAULT', '10'))
# On how many networks a kind is tried at the same time.
NETWORKS = {'killed': 2, 'hung': 2, 'block': 1, 'template': 3, 'forked': 2, 'recovered': 1}
KINDS = os.environ.get('DETECT_KINDS', ','.join(NETWORKS)).split(',')
# Seconds: of the median, of the worst, of the mean.
GOALS = {'killed': {'median': 0.15, 'worst': 0.3}, 'hung': {'median': 0.6, 'worst': 1.0},
         'block': {'mean': 0.15}}
DAEMONS = 9
INTERVAL_S = 1
KNOWN_CHECKS = 20  # of each daemon: after 8 its usual speed is known
LONGEST_S = 30
POLL_S = 0.002
NAMES = {'block': 'new block', 'template': 'no template'}
HAPROXY_POLL_S = 0.02
HEAL_S = 0.5
HAPROXY = """
global
    stats socket {path} mode 600 level admin
    maxconn 100
defaults
    mode http
    timeout connect 5s
    timeout client 1m
    timeout server 1m
backend best
    timeout check 500ms
    option httpchk GET /info
    default-server check inter 1s fastinter 200ms fall 3
{servers}
backend default
    option httpchk GET /info
    default-server check
{servers}
"""


class Haproxy:
    """Which servers it takes for up, by backend."""

    def __init__(self, case, nodes):
        self.path = os.path.join(case.dir, 'haproxy.sock')
        config = os.path.join(case.dir, 'haproxy.cfg')
        servers = '\n'.join(f'    server {node["name"]} {node["url"].split("//")[1].strip("/")}'
                            for node in nodes)
        with open(config, 'w', encoding='utf-8') as file:
            file.write(HAPROXY.format(path=self.path, servers=servers))
        self.process = Process(case, 'haproxy', [program(), '-db', '-f', config])
        self.process.expected_exit = None
        wait_for('HAProxy takes all for up', lambda: os.path.exists(self.path) and all(
            len(self.up(backend)) == len(nodes) for backend in ('best', 'default')), 30)

    def up(self, backend):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.connect(self.path)
            sock.sendall(f'show stat {backend} 4 -1\n'.encode())
            text = b''.join(iter(lambda: sock.recv(65536), b'')).decode()
        rows = csv.DictReader(io.StringIO(text.lstrip('# ')))
        return {row['svname'] for row in rows if row['status'].startswith('UP')}


def clock(is_so, begun, result, name):
    """Notes after how long is_so() was true, as seen by asking again and again."""
    while time.monotonic() - begun < LONGEST_S:
        if is_so():
            result[name] = time.monotonic() - begun
            return
        time.sleep(POLL_S if name == 'tipwatchd' else HAPROXY_POLL_S)


def figures(times):
    """Median and worst; nothing where nothing was measured."""
    if not times:
        return ''
    return f'{statistics.median(times):.3f} ({max(times):.3f})'


class Bench(Case):
    def setUp(self):
        super().setUp()
        self.random = random.Random(self.seed)
        self.demo = Demo(self, DAEMONS, seed=self.seed)
        self.watcher = Watcher(self, self.demo.nodes(), template={'wallet_address': WALLET},
                               p2p={'mode': 'off'})
        self.watcher.wait_settled(within=60)
        self.haproxy = Haproxy(self, self.demo.nodes())
        self.client = Ctl(self.watcher.socket)
        self.addCleanup(self.client.close)
        wait_for('every daemon is known', lambda: all(
            d['checks'] - d['failures'] > KNOWN_CHECKS for d in self.watcher.status()['daemons']),
                 60)

    def used(self):
        """The daemon that a pool uses now, if it is told to use one."""
        select = self.client.ask('select')
        return select['daemon']['name'] if select['usable'] and select['daemon'] else None

    def wait_well(self):
        """Until the next trial can begin: not in step with anybody's checks."""
        def is_well():
            daemons = self.watcher.status()['daemons']
            return (self.used() and sum(d['state'] == 'healthy' for d in daemons) > DAEMONS // 2 and
                    all(len(self.haproxy.up(b)) == DAEMONS for b in ('best', 'default')))
        wait_for('most daemons are well', is_well, 120)
        time.sleep(self.random.uniform(0, INTERVAL_S))

    def measure(self, command, questions):
        """Runs a command; returns after how long each question was answered with yes."""
        result, begun = {}, time.monotonic()
        threads = [threading.Thread(target=clock, args=(ask, begun, result, name))
                   for name, ask in questions.items()]
        for thread in threads:
            thread.start()
        self.demo.look(command)
        for thread in threads:
            thread.join()
        return result

    def faults(self, n, n_default, fault, heal, is_seen):
        """Trials of a fault of the daemon in use. is_seen: HAProxy's checks notice it."""
        for trial in range(n):
            self.wait_well()
            victim = self.used()
            questions = {'tipwatchd': lambda v=victim: self.used() not in (None, v)}
            if is_seen:
                questions['best'] = lambda v=victim: v not in self.haproxy.up('best')
            if is_seen and trial < n_default:
                questions['default'] = lambda v=victim: v not in self.haproxy.up('default')
            yield self.measure(fault.replace('@', victim), questions)
            if not is_seen:
                time.sleep(INTERVAL_S)
                self.assertIn(victim, self.haproxy.up('best'))
                self.assertIn(victim, self.haproxy.up('default'))
            for command in heal:
                self.demo.look(command.replace('@', victim))
                time.sleep(HEAL_S)

    def blocks(self, n):
        for _ in range(n):
            self.wait_well()
            height = self.client.ask('select')['height']
            yield self.measure('mine 1', {
                'tipwatchd': lambda h=height: self.client.ask('select')['height'] > h})

    def recoveries(self, n):
        """All are dead, and one comes back."""
        for trial in range(n):
            self.wait_well()
            self.demo.look('die all')
            wait_for('nobody is up', lambda: not self.used() and not any(
                self.haproxy.up(b) for b in ('best', 'default')), 60)
            time.sleep(self.random.uniform(0, INTERVAL_S))
            back = self.demo.names[trial % DAEMONS]
            yield self.measure(f'recover {back}', {
                'tipwatchd': lambda b=back: self.used() == b,
                'best': lambda b=back: b in self.haproxy.up('best'),
                'default': lambda b=back: b in self.haproxy.up('default')})
            self.demo.look('recover all')

    def trials(self, kind, n, n_default):
        """What each trial measured: seconds by who noticed it."""
        return {
            'killed': lambda: self.faults(n, n_default, 'die @', ['recover @'], True),
            # It is restarted. One that goes on by itself has stalled, and is waited for then.
            'hung': lambda: self.faults(n, n_default, 'hang @', ['die @', 'recover @'], True),
            'block': lambda: self.blocks(n),
            'template': lambda: self.faults(n, 0, 'no-template @ failed', ['recover @'], False),
            'forked': lambda: self.faults(n, 0, 'fork @ 2', ['recover @'], False),
            'recovered': lambda: self.recoveries(n),
        }[kind]()

    def test_part(self):
        self.results = list(self.trials(*self.part))


def run_part(part):
    """The results of (kind, trials, trials with HAProxy's default settings) on a network of its
    own; None where they failed."""
    case = Bench('test_part')
    case.part = part
    done = unittest.TextTestRunner(stream=sys.stderr, verbosity=0).run(case)
    return case.results if done.wasSuccessful() else None


def share(n, parts, part):
    """How many of n fall to one of the parts."""
    return n // parts + (part < n % parts)


def parts_of(kind):
    n = max(TRIALS // 5, 1) if kind == 'recovered' else TRIALS
    networks = NETWORKS[kind]
    parts = [(kind, share(n, networks, i), share(DEFAULT_TRIALS, networks, i))
             for i in range(networks)]
    return [part for part in parts if part[1] > 0]


def row(kind, results):
    ours, best, default = ([r[name] for r in results if name in r]
                           for name in ('tipwatchd', 'best', 'default'))
    if len(ours) != len(results):
        raise AssertionError(f'{kind}: not every one was noticed')
    blind = None if best else 'not noticed'
    ratio = f'{statistics.median(best) / statistics.median(ours):.1f}' if best else ''
    print(f'| {NAMES.get(kind, kind)} | {len(ours)} | {statistics.mean(ours):.3f} '
          f'| {figures(ours)} | {blind or figures(best)} | {blind or figures(default)} | {ratio} |',
          flush=True)
    reached = {'median': statistics.median(ours), 'worst': max(ours),
               'mean': statistics.mean(ours)}
    for which, limit in GOALS.get(kind, {}).items():
        goals.at_most(f'{NAMES.get(kind, kind)}: {which}', limit, reached[which], unit=' s')


def main():
    parts = [part for kind in KINDS for part in parts_of(kind)]
    print('| of the daemon in use | trials | tipwatchd: mean, s | median (worst) '
          '| HAProxy, best settings | HAProxy, default | ratio of medians, best |\n'
          '|---|---|---|---|---|---|---|', flush=True)
    with concurrent.futures.ProcessPoolExecutor(len(parts)) as pool:
        done = list(pool.map(run_part, parts))
    if None in done:
        return 1
    for kind in KINDS:
        row(kind, [result for part, results in zip(parts, done) if part[0] == kind
                   for result in results])
    return 0


if __name__ == '__main__':
    sys.exit(main())
