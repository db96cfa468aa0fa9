"""How soon and how often `select` is answered, beside Redis GET and HAProxy's stats socket.

The same client (socket.c) asks tipwatchd for `select`, Redis for a value of the same size and
HAProxy for the weight of a server, over Unix sockets, in turns within one run, so that the ratios
hold on a machine that does other things too. The floor is a server that does nothing but read and
write (floor.c) the same bytes, for one client at a time: no server can be faster by more than that.
Prints a Markdown table; a reply that is not the expected one ends the bench.

    PATH=$PATH:build/tools PYTHONPATH=test TW_BUILD=build/bench python3 test/bench/answers.py

BENCH_SECONDS is the length of one measurement (default 2), BENCH_ROUNDS how often each is made
(default 3), BENCH_NODES which networks are tried (default 5,1000).
"""
import json
import os
import statistics
import subprocess
import unittest

import goals
from harness.case import Case
from harness.demo import Demo
from harness.process import Process
from harness.waiting import wait_for
from harness.watcher import Watcher

SECONDS = float(os.environ.get('BENCH_SECONDS', '2'))
NODES = [int(n) for n in os.environ.get('BENCH_NODES', '5,1000').split(',')]
ROUNDS = int(os.environ.get('BENCH_ROUNDS', '3'))
HAPROXY = """
global
    stats socket {path} mode 600 level admin
    stats maxconn 1000
    maxconn 1000
defaults
    mode http
    timeout connect 1s
    timeout client 1m
    timeout server 1m
backend pool
    server a 127.0.0.1:1
"""
# Clients, requests in one batch, whether each batch has a connection of its own.
ONE_BY_ONE = [(n, 1, False) for n in (1, 4, 16, 64)]
LOADS = ONE_BY_ONE + [(1, 16, False), (16, 16, False), (1, 1, True), (16, 1, True)]
RATE_GOAL = 1.3  # of that of Redis


def bench_program(name):
    return os.path.join(os.environ['TW_BUILD'], 'test', 'bench', f'bench_{name}')


class Bench(Case):
    def start_redis(self, value):
        path = os.path.join(self.dir, 'redis.sock')
        redis = Process(self, 'redis', [
            'redis-server', '--port', 0, '--unixsocket', path, '--save', '', '--appendonly', 'no'])
        wait_for('Redis listens', lambda: redis.is_running() and os.path.exists(path), 10)
        value = value.strip()
        subprocess.run(['redis-cli', '-s', path, 'SET', 'select', value], check=True,
                       stdout=subprocess.DEVNULL)
        return ['-r', 'GET select\\r\\n', '-x', f'${len(value)}', '-e', '\\r\\n', '-n', '2', path]

    def start_haproxy(self):
        path = os.path.join(self.dir, 'haproxy.sock')
        config = os.path.join(self.dir, 'haproxy.cfg')
        with open(config, 'w', encoding='utf-8') as file:
            file.write(HAPROXY.format(path=path))
        haproxy = Process(self, 'haproxy', ['haproxy', '-db', '-f', config])
        haproxy.expected_exit = None
        wait_for('HAProxy listens', lambda: haproxy.is_running() and os.path.exists(path), 10)
        return path

    def start_floor(self, reply):
        path = os.path.join(self.dir, f'floor{len(self.watchers)}.sock')
        floor = Process(self, 'floor', [bench_program('floor'), path, reply])
        floor.expected_exit = None
        wait_for('the floor listens', lambda: floor.is_running() and os.path.exists(path), 10)
        return ['-r', 'select\\n', '-x', reply, path]

    def haproxy_request(self, path, batch, is_per_connection):
        """One connection takes several commands only in the interactive mode."""
        ask = ['-r', 'get weight pool/a\\n', '-x', '1 (initial 1)']
        if is_per_connection:
            return [*ask, '-e', '', path]
        if batch > 1:
            return None
        return [*ask, '-h', 'prompt\\n', '-e', '> ', path]

    def measure(self, request, load):
        clients, batch, is_per_connection = load
        run = subprocess.run(
            [bench_program('socket'), '-c', str(clients), '-b', str(batch), '-s', str(SECONDS),
             *(['-p'] if is_per_connection else []), *request],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        result = json.loads(run.stdout)
        self.assertGreater(result['replies'], 100, f'{load}: {run.args}')
        return result

    def requests(self, servers, load):
        """What each server is asked that can take such a load."""
        clients, batch, is_per_connection = load
        requests = {**servers,
                    'HAProxy': self.haproxy_request(servers['HAProxy'], batch, is_per_connection)}
        if clients > 1 and not is_per_connection:
            requests['floor'] = None
        return requests

    def row(self, servers, load):
        """Measures each server in turns and prints a row. Returns (rates as multiples of that of
        Redis by server, p99 of tipwatchd, p99 of Redis)."""
        clients, batch, is_per_connection = load
        requests = self.requests(servers, load)
        results = {name: [] for name, request in requests.items() if request}
        for _ in range(ROUNDS):
            for name in results:
                results[name].append(self.measure(requests[name], load))

        def middle(name, key):
            return statistics.median(r[key] for r in results[name])
        ratios = {name: statistics.median(a['rate'] / b['rate']
                                          for a, b in zip(results[name], results['Redis']))
                  for name in results}
        rates = [f'{middle(n, "rate"):,.0f}' if n in results else '' for n in requests]
        what = 'a connection each' if is_per_connection else \
            f'{batch} at once' if batch > 1 else 'one by one'
        p99, redis_p99 = middle('tipwatchd', 'p99_us'), middle('Redis', 'p99_us')
        print(f'| {clients} | {what} | {" | ".join(rates)} | {ratios["tipwatchd"]:.2f} '
              f'| {middle("tipwatchd", "p50_us"):.0f} | {p99:.0f} '
              f'| {middle("tipwatchd", "p999_us"):.0f} | {redis_p99:.0f} |', flush=True)
        return ratios, p99, redis_p99

    def table(self, title, servers, loads):
        print(f'\n{title}\n\n| clients | requests | tipwatchd | Redis | HAProxy | floor '
              '| rate, of Redis | p50 | p99 | p99.9 | p99 of Redis |\n'
              '|---|---|---|---|---|---|---|---|---|---|---|', flush=True)
        rows = {load: self.row(servers, load) for load in loads}
        clients = '/'.join(str(load[0]) for load in ONE_BY_ONE)
        ratios = [rows[load][0] for load in ONE_BY_ONE]
        goals.at_least(f'`select`, {title}, {clients} clients: rate', RATE_GOAL,
                       *(r['tipwatchd'] for r in ratios), unit=' × Redis',
                       more=f' (1 client: the floor {ratios[0]["floor"]:.2f})')
        goals.at_most(f'the same: p99', 1, *(rows[load][1] / rows[load][2] for load in ONE_BY_ONE),
                      unit=' × Redis')

    def test_answers(self):
        haproxy = self.start_haproxy()
        redis = None
        for n in NODES:
            demo = Demo(self, n, seed=self.seed)
            watcher = Watcher(self, demo.nodes())
            watcher.wait_settled(within=120)
            value = json.dumps(watcher.select(), separators=(',', ':'))
            redis = redis or self.start_redis(value)
            servers = {'tipwatchd': ['-r', 'select\\n', '-x', '{"v":1,"usable":', watcher.socket],
                       'Redis': redis, 'HAProxy': haproxy, 'floor': self.start_floor(value)}
            self.table(f'{n:,} daemons, all well', servers, LOADS)
            for name in demo.names:
                demo.look(f'hang {name}')
            wait_for('none is usable', lambda w=watcher: not w.select()['usable'], 60)
            self.table(f'{n:,} daemons, all hanging', servers, ONE_BY_ONE)
            watcher.stop()
            demo.process.stop()


if __name__ == '__main__':
    unittest.main(argv=['answers.py'])
