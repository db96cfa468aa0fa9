"""How soon and how often `select` is answered, beside Redis GET and HAProxy's stats socket.

The same client (socket.c) asks tipwatchd for `select`, Redis for a value of the same size and
HAProxy for the weight of a server, over Unix sockets, in turns within one run, so that the ratios
hold on a machine that does other things too. Prints a Markdown table; a reply that is not the
expected one ends the bench.

    PATH=$PATH:build/tools PYTHONPATH=test TW_BUILD=build/bench python3 test/bench/answers.py

BENCH_SECONDS is the length of one measurement (default 2), BENCH_ROUNDS how often each is made
(default 3), BENCH_NODES which networks are tried (default 5,1000).
"""
import json
import os
import statistics
import subprocess
import unittest

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
LOADS = [(1, 1, False), (4, 1, False), (16, 1, False), (64, 1, False),
         (1, 16, False), (16, 16, False), (1, 1, True), (16, 1, True)]


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
            [os.path.join(os.environ['TW_BUILD'], 'test', 'bench', 'bench_socket'),
             '-c', str(clients), '-b', str(batch), '-s', str(SECONDS),
             *(['-p'] if is_per_connection else []), *request],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        result = json.loads(run.stdout)
        self.assertGreater(result['replies'], 100)
        return result

    def table(self, title, select, redis, haproxy):
        print(f'\n{title}\n\n| clients | requests | tipwatchd | Redis | HAProxy | rate, of Redis '
              '| p50 | p99 | p99.9 | p99 of Redis |\n|---|---|---|---|---|---|---|---|---|---|',
              flush=True)
        for load in LOADS:
            clients, batch, is_per_connection = load
            requests = {'tipwatchd': select, 'redis': redis,
                        'haproxy': self.haproxy_request(haproxy, batch, is_per_connection)}
            results = {name: [] for name, request in requests.items() if request}
            for _ in range(ROUNDS):
                for name in results:
                    results[name].append(self.measure(requests[name], load))
            ours, theirs = results['tipwatchd'], results['redis']

            def middle(rounds, key):
                return statistics.median(r[key] for r in rounds)
            ratio = statistics.median(a['rate'] / b['rate'] for a, b in zip(ours, theirs))
            rates = [f'{middle(results[n], "rate"):,.0f}' if n in results else ''
                     for n in requests]
            what = 'a connection each' if is_per_connection else \
                f'{batch} at once' if batch > 1 else 'one by one'
            print(f'| {clients} | {what} | {" | ".join(rates)} | {ratio:.2f} '
                  f'| {middle(ours, "p50_us"):.0f} | {middle(ours, "p99_us"):.0f} '
                  f'| {middle(ours, "p999_us"):.0f} | {middle(theirs, "p99_us"):.0f} |', flush=True)

    def test_answers(self):
        haproxy = self.start_haproxy()
        redis = None
        for n in NODES:
            demo = Demo(self, n, seed=self.seed)
            watcher = Watcher(self, demo.nodes())
            watcher.wait_settled(within=120)
            select = ['-r', 'select\\n', '-x', '{"v":1,"usable":', watcher.socket]
            redis = redis or self.start_redis(json.dumps(watcher.select(), separators=(',', ':')))
            self.table(f'{n} daemons, all well', select, redis, haproxy)
            for name in demo.names:
                demo.look(f'hang {name}')
            wait_for('none is usable', lambda w=watcher: not w.select()['usable'], 60)
            self.table(f'{n} daemons, all hanging', select, redis, haproxy)
            watcher.stop()


if __name__ == '__main__':
    unittest.main(argv=['answers.py'])
