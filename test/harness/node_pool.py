"""node/pool.js, a pool with the habits of the real ones, with or without the adapter; and what it
tells, as figures."""
import json
import os
import shutil
import time

from harness.demo import WALLET
from harness.process import Process
from harness.waiting import wait_for

LOOK_S = 0.05
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ADAPTER = os.path.join(TOP, 'etc', 'node', 'tipwatch.js')
SCRIPTS = os.path.join(TOP, 'test', 'integ', 'node')


def node_program():
    program = shutil.which('node') or shutil.which('nodejs')
    if not program:
        raise AssertionError('Node.js is not installed: apt-get install nodejs')
    return program


def adapter_environment(socket, **settings):
    """Of a Node.js process that is to use the adapter."""
    return {'NODE_OPTIONS': f'--require {ADAPTER}', 'TIPWATCH_SOCKET': socket,
            **{f'TIPWATCH_{name.upper()}': str(value) for name, value in settings.items()}}


class Pool:
    """The pool on a daemon's port; socket: tipwatchd's, None: without the adapter."""

    def __init__(self, case, port, socket=None, workers=1, poll_ms=200, find_ms=0, share_ms=0,
                 monero=False, address=WALLET, habit='height', **settings):
        self.workers = workers
        env = {'POOL_HABIT': habit, 'POOL_PORT': str(port), 'POOL_WORKERS': str(workers),
               'POOL_POLL_MS': str(poll_ms), 'POOL_FIND_MS': str(find_ms),
               'POOL_SHARE_MS': str(share_ms), 'POOL_ADDRESS': address,
               'POOL_MONERO': '1' if monero else ''}
        if socket:
            env.update(adapter_environment(socket, **settings))
        self.process = Process(case, 'pool', [node_program(), os.path.join(SCRIPTS, 'pool.js')],
                               env=env)
        self.read_to = 0
        self.rest = ''
        self.events = []

    def stop(self):
        self.process.stop()

    def tell(self):
        """All events so far."""
        with open(self.process.log_path, encoding='utf-8', errors='replace') as log:
            log.seek(self.read_to)
            lines = (self.rest + log.read()).split('\n')
            self.read_to = log.tell()
        self.rest = lines.pop()
        self.events += [json.loads(line) for line in lines if line.startswith('{')]
        return self.events

    def of(self, *names):
        return [e for e in self.tell() if e['event'] in names]

    def working(self):
        """What each worker works on now: (height, hash of the block before)."""
        now = {}
        for event in self.of('start', 'work'):
            now[event['worker']] = (event.get('height'), event.get('prev'))
        return now

    def is_on(self, block):
        """Whether every worker builds on this block."""
        working = self.working()
        return len(working) == self.workers and \
            all(prev == block for _, prev in working.values())

    def works_on(self, newest, within=60):
        """Until every worker builds on the block that newest() says. Starting takes its time."""
        wait_for('the workers build on the newest block', lambda: self.is_on(newest()), within)

    def n_asked(self):
        return len(self.of('reply', 'error'))

    def said(self, text):
        """What the adapter logged."""
        return [line for line in self.process.log().splitlines()
                if line.startswith('tipwatch[') and text in line]


class Freshness:
    """The longest time for which a worker did not build on the newest block, in seconds."""

    def __init__(self, pool, newest):
        self.pool, self.newest = pool, newest
        self.worst = 0
        self.since = None

    def look(self):
        now = time.monotonic()
        if self.pool.is_on(self.newest()):
            self.since = None
            return True
        if self.since is None:
            self.since = now
        self.worst = max(self.worst, now - self.since)
        return False

    def during(self, seconds, act=lambda: None):
        """Looks all the time for so long, calls act() now and every two seconds."""
        end = time.monotonic() + seconds
        acted = 0
        while time.monotonic() < end:
            self.look()
            if time.monotonic() - acted >= 2:
                acted = time.monotonic()
                act()
            time.sleep(LOOK_S)
