"""What watching costs, by the number of daemons, beside HAProxy that checks the same daemons.

Each daemon of a tipwatch-demo is checked once a second: first by tipwatchd, then by HAProxy's
httpchk. Measured are the processor time of the one process, per second and per check; its memory:
all that is resident, what of it the process has written, and pages of programs and libraries that
no other process happens to map now (they are not memory of its own: the next process that uses the
library shares them); how long a `select` waits for its answer, asked twenty times a second by a
client that stays connected (that is how far the loop is behind); and whether a check was missed.
Prints a Markdown table; a check that failed or is missing ends the bench.

    PATH=$PATH:build/tools PYTHONPATH=test TW_BUILD=build/bench python3 test/bench/scale.py

BENCH_SECONDS is the length of one measurement (default 20), BENCH_NODES which numbers of daemons
are tried (default 5,50,200,1000).
"""
import csv
import io
import os
import socket
import statistics
import time
import unittest

import goals
from harness import ports
from harness.case import Case
from harness.ctl import Ctl
from harness.demo import Demo
from harness.process import Process
from harness.waiting import wait_for
from harness.watcher import Watcher

SECONDS = float(os.environ.get('BENCH_SECONDS', '20'))
NODES = [int(n) for n in os.environ.get('BENCH_NODES', '5,50,200,1000').split(',')]
# The first checks read more of the chain. So many later a check costs what it always costs.
SETTLED_CHECKS = 3
ASKED_EVERY_S = 0.05
# A check in a hundred may fall just outside of the time that is looked at.
SHARE_OF_CHECKS = 0.97
# MB, by the number of daemons: all that is resident, and what is private of it.
MEMORY_GOALS = {5: 11, 1000: 36}
PRIVATE_GOALS = {5: 2.5}
WAIT_GOAL_MS = 3
HAPROXY = """
global
    stats socket {path} mode 600 level admin
    maxconn 4000
defaults
    mode http
    timeout connect 1s
    timeout client 1m
    timeout server 1m
    timeout check 2s
frontend in
    bind 127.0.0.1:{port}
    default_backend pool
backend pool
    option httpchk GET /info
    http-check expect status 200
    default-server inter 1s fastinter 200ms fall 3
"""


class Usage:
    """Processor time and memory of a process."""

    def __init__(self, process):
        self.process = process
        self.begin_s = process.cpu_s()
        self.begin = time.monotonic()

    def share(self):
        """Of one processor, since the beginning."""
        return (self.process.cpu_s() - self.begin_s) / (time.monotonic() - self.begin)

    def memory_mb(self):
        """(all that is resident, what of it the process wrote, file pages that only it maps)."""
        sums = {}
        with open(f'/proc/{self.process.pid}/smaps_rollup', encoding='ascii') as file:
            for line in file:
                words = line.split()
                if words[-1] == 'kB':
                    sums[words[0]] = int(words[1])
        return tuple(sums[name] * 1024 / 1e6
                     for name in ('Rss:', 'Private_Dirty:', 'Private_Clean:'))


class Checks:
    """Those of one server by HAProxy, out of a row of its statistics."""

    def __init__(self, row):
        # The mark says that a check is under way now; the result is that of the one before.
        self.result = row['check_status'].removeprefix('* ')
        self.failures = int(row['chkfail'])


def percentile(values, percent):
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]


def in_words(memory):
    return ', '.join(f'{part:.1f}' for part in memory) + ' MB'


class Scale(Case):
    def haproxy(self, demo):
        path = os.path.join(self.dir, f'haproxy{len(demo.names)}.sock')
        config = os.path.join(self.dir, f'haproxy{len(demo.names)}.cfg')
        with open(config, 'w', encoding='utf-8') as file:
            file.write(HAPROXY.format(path=path, port=ports.free_port()))
            for i, name in enumerate(demo.names):
                file.write(f'    server {name} 127.0.0.1:{demo.port(i)} check\n')
        process = Process(self, 'haproxy', ['haproxy', '-db', '-f', config])
        process.expected_exit = None
        wait_for('HAProxy listens', lambda: process.is_running() and os.path.exists(path), 20)
        return process, path

    @staticmethod
    def checks_of(path):
        """What HAProxy knows of its checks, by server."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(path)
            sock.sendall(b'show stat\n')
            text = b''.join(iter(lambda: sock.recv(65536), b'')).decode()
        rows = list(csv.DictReader(io.StringIO(text.lstrip('# '))))
        return {row['svname']: Checks(row) for row in rows
                if row['svname'] not in ('FRONTEND', 'BACKEND')}

    def by_haproxy(self, demo):
        """Its share of a processor, per daemon that it checks once a second."""
        process, path = self.haproxy(demo)
        wait_for('HAProxy has checked all of them', lambda: all(
            checks.result == 'L7OK' for checks in self.checks_of(path).values()), 60)
        before = self.checks_of(path)
        self.assertEqual(len(before), len(demo.names))
        usage = Usage(process)
        time.sleep(SECONDS)
        share = usage.share()
        memory = usage.memory_mb()
        for name, checks in self.checks_of(path).items():
            self.assertEqual(checks.failures, before[name].failures, f'{name}: {checks.result}')
        process.stop()
        return share, memory

    def by_tipwatchd(self, demo):
        watcher = Watcher(self, demo.nodes(), p2p={'mode': 'off'}, journal={'path': ''})
        watcher.journal_is_whole = False
        watcher.wait_settled(within=120)
        watcher.wait_checks(SETTLED_CHECKS, names=demo.names[-1:])
        waits = []
        before = sum(d['checks'] for d in watcher.status()['daemons'])
        usage = Usage(watcher.process)
        with Ctl(watcher.socket) as client:
            while time.monotonic() < usage.begin + SECONDS:
                asked = time.monotonic()
                client.ask('select')
                waits.append((time.monotonic() - asked) * 1000)
                time.sleep(ASKED_EVERY_S)
        share, seconds = usage.share(), time.monotonic() - usage.begin
        memory = usage.memory_mb()
        status = watcher.status()
        checks = sum(d['checks'] for d in status['daemons']) - before
        self.assertEqual([d['name'] for d in status['daemons'] if d['failures'] > 0], [])
        self.assertGreater(checks, SHARE_OF_CHECKS * len(demo.names) * seconds)
        watcher.stop()
        return share, memory, waits, checks / seconds

    @staticmethod
    def note(n, check_s, haproxy_check_s, memory, wait_ms):
        daemons = f'{n:,} daemons'
        goals.at_most(f'{daemons}: processor time of a check', 1, check_s / haproxy_check_s,
                      unit=' × HAProxy')
        if n in MEMORY_GOALS:
            goals.at_most(f'{daemons}: memory', MEMORY_GOALS[n], memory[0], unit=' MB')
        if n in PRIVATE_GOALS:
            goals.at_most(f'{daemons}: memory that the process wrote', PRIVATE_GOALS[n], memory[1],
                          unit=' MB')
        goals.at_most(f'{daemons}: wait of a client, p99', WAIT_GOAL_MS, wait_ms, unit=' ms')

    def test_scale(self):
        print('\n| daemons | checks a second | of a processor | a check | HAProxy: of a processor '
              '| a check | memory | HAProxy: memory | wait p50 | p99 | worst |\n'
              '|---|---|---|---|---|---|---|---|---|---|---|', flush=True)
        for n in NODES:
            demo = Demo(self, n, seed=self.seed)
            share, memory, waits, rate = self.by_tipwatchd(demo)
            theirs, their_memory = self.by_haproxy(demo)
            demo.process.stop()
            print(f'| {n} | {rate:.0f} | {100 * share:.1f} % | {1e6 * share / rate:.0f} µs '
                  f'| {100 * theirs:.1f} % | {1e6 * theirs / n:.0f} µs '
                  f'| {in_words(memory)} | {in_words(their_memory)} '
                  f'| {statistics.median(waits):.2f} ms | {percentile(waits, 99):.2f} ms '
                  f'| {max(waits):.2f} ms |', flush=True)
            self.note(n, share / rate, theirs / n, memory, percentile(waits, 99))


if __name__ == '__main__':
    unittest.main(argv=['scale.py'])
