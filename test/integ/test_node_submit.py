"""A block that a pool of Node.js has found: which daemon gets it when, and what is said of it."""
import json
import os
import subprocess
import time

from harness.case import calm, takes
from harness.demo import WALLET
from harness.node_pool import SCRIPTS, Pool, adapter_environment, node_program
from harness.waiting import wait_for
from net import NetCase

TEMPLATE = ['getblocktemplate', {'reserve_size': 8, 'wallet_address': WALLET}]
OK = {'status': 'OK'}
BLOCKS = 100
FIND_MS = 500
# After which block that was found what happens; @ is the daemon in use, until it is well again.
STORY = {10: 'die @', 22: 'recover @', 28: 'hang @', 42: 'recover @', 48: 'fork @ 2',
         58: 'recover @', 64: 'no-template @ failed', 76: 'recover @', 82: 'slow @ 700',
         90: 'restart @ 0 500'}
# By which a daemon may get it later than it should, on a busy machine.
LATE_MS = 600


class Submit(NetCase):
    dialects = ['turtlecoin-rpc', 'turtlecoin-rest', 'turtlecoin-rpc@0.28.3']

    def start(self, **sections):
        """d1 is the pool's own daemon and stays chosen; no block comes from peers for a minute."""
        self.network(3, self.dialects, **sections)
        self.watcher.ask('pin d1')
        wait_for('d1 is chosen', lambda: self.watcher.chosen() == 'd1', 10)
        self.demo.do('delay d1,d2,d3 60000')
        self.log = ''

    def ask(self, *calls, name='d1', adapter=True):
        """The bodies of the replies at a daemon's port. With the adapter the process goes on until
        the block has been everywhere."""
        env = adapter_environment(self.watcher.socket, submit_timeout_ms=5000) if adapter else {}
        port = self.demo.port(self.demo.names.index(name))
        done = subprocess.run(
            [node_program(), os.path.join(SCRIPTS, 'ask.js'), str(port)], input=json.dumps(calls),
            capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ, **env))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.log = done.stderr
        return [reply['body'] for reply in json.loads(done.stdout)]

    def template(self, name='d1'):
        return self.ask(TEMPLATE, name=name, adapter=False)[0]['result']['blocktemplate_blob']

    def arrivals(self, blob):
        """[(ms after the first one, name)] in order."""
        times = sorted((s['t_ms'], name) for name in self.demo.names
                       for s in self.demo.look(f'submits {name}')['submits'] if s['blob'] == blob)
        return [(t - times[0][0], name) for t, name in times]

    def arrived(self, blob, *expected):
        """Expected: (ms after the first one, name), names of the same time in any order."""
        arrivals = self.arrivals(blob)
        self.assertEqual(sorted(n for _, n in arrivals), sorted(n for _, n in expected), self.log)
        times = {name: t for t, name in arrivals}
        for t, name in expected:
            self.assertGreaterEqual(times[name], t - 5, arrivals)
            self.assertLess(times[name], t + LATE_MS, arrivals)

    @takes(10)
    def test_accepted(self):
        self.start()
        blob = self.template()
        reply = self.ask(['submitblock', [blob]])[0]
        self.assertEqual(reply['result'], OK)
        self.arrived(blob, (0, 'd1'), (500, 'd2'), (500, 'd3'))

    @takes(10)
    def test_accepted_and_another_time_set(self):
        self.start(submit={'after_accept': '2s'})
        blob = self.template()
        self.ask(['submitblock', [blob]])
        self.arrived(blob, (0, 'd1'), (2000, 'd2'), (2000, 'd3'))

    @takes(15)
    def test_silent_and_other_times_set(self):
        self.start(submit={'after_accept': '2s', 'after_silence': '3s'})
        blob = self.template()
        self.demo.do('hang d1')
        start = time.monotonic()
        self.assertEqual(self.ask(['submitblock', [blob]])[0]['result'], OK)
        self.assertGreater(time.monotonic() - start, 3)
        self.arrived(blob, (0, 'd2'), (2000, 'd3'))

    @takes(15)
    def test_silent(self):
        self.start()
        blob = self.template()
        self.demo.do('hang d1')
        start = time.monotonic()
        reply = self.ask(['submitblock', [blob]])[0]
        self.assertGreater(time.monotonic() - start, 1.5)
        self.assertEqual(reply['result'], OK)
        self.arrived(blob, (0, 'd2'), (500, 'd3'))
        self.assertRegex(self.log, r'to d1: unclear: no answer within 5000 ms')

    @takes(10)
    def test_no_connection(self):
        self.start()
        blob = self.template()
        self.demo.do('die d1')
        reply = self.ask(['submitblock', [blob]])[0]
        self.assertEqual(reply['result'], OK)
        self.arrived(blob, (0, 'd2'), (500, 'd3'))
        self.assertRegex(self.log, r'to d1: failed: connect ECONNREFUSED')

    @takes(10)
    def test_refused_by_the_chosen_one(self):
        """It has another chain than the one that the block builds on."""
        self.start()
        self.demo.do('fork d1 2')
        blob = self.template('d3')
        reply = self.ask(['submitblock', [blob]])[0]
        self.assertEqual(reply['result'], OK)
        self.arrived(blob, (0, 'd1'), (0, 'd2'), (500, 'd3'))
        self.assertRegex(self.log, r'to d1: refused: Block not accepted')

    @takes(10)
    def test_who_has_it_from_its_peers_does_not_get_it(self):
        self.start()
        self.demo.do('delay d1,d2,d3 0')
        blob = self.template()
        self.assertEqual(self.ask(['submitblock', [blob]])[0]['result'], OK)
        self.arrived(blob, (0, 'd1'))
        for name in ('d2', 'd3'):
            self.assertIn(f'to {name}: has it already', self.log)

    @takes(10)
    def test_refused_by_all(self):
        self.start()
        reply = self.ask(['submitblock', ['0011']])[0]
        self.assertEqual(reply['error']['code'], -7)
        self.assertEqual(self.log.count('refused: '), 3, self.log)


class Fragile(NetCase):
    """Daemons that a block by RPC and from a peer within 100 ms wrecks."""

    def start(self, **sections):
        self.network(5, ['turtlecoin-rpc@0.28.3', 'turtlecoin-rest'], **sections)
        self.demo.do('fragile all')
        self.pool = Pool(self, self.demo.port(0), self.watcher.socket, poll_ms=100,
                         find_ms=FIND_MS)

    def wrecked(self):
        return [n['name'] for n in self.demo.look('list')['nodes'] if 'wrecked' in n['faults']]

    @calm
    @takes(90)
    def test_hundred_blocks(self):
        self.start()
        story, victim, n = dict(STORY), None, 0
        while n < BLOCKS:
            n = wait_for('a block is found', lambda before=n: max(
                0, len(self.pool.of('found')) - before) and len(self.pool.of('found')), 30)
            self.assertEqual(self.wrecked(), [], f'by block {n}')
            for at in [at for at in story if at <= n]:
                victim = victim or self.watcher.chosen()
                command = story.pop(at)
                self.demo.do(command.replace('@', victim))
                if command.startswith(('recover', 'restart')):
                    victim = None
        self.assertEqual(story, {})
        taken = [e for e in self.pool.of('submitted') if e['ok']]
        self.assertGreater(len(taken), BLOCKS * 0.8)
        self.assertEqual(self.wrecked(), [])

    @calm
    @takes(20)
    def test_without_the_wait(self):
        """They are as fragile as it says."""
        self.start(submit={'after_accept': '0ms'})
        wait_for('a daemon is wrecked', self.wrecked, 20)
