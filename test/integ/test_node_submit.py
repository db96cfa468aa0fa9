"""A block that a pool of Node.js has found: which daemon gets it when, and what is said of it."""
import json
import os
import subprocess
import time

from harness.case import takes
from harness.demo import WALLET
from harness.node_pool import SCRIPTS, adapter_environment, node_program
from harness.waiting import wait_for
from net import NetCase

TEMPLATE = ['getblocktemplate', {'reserve_size': 8, 'wallet_address': WALLET}]
OK = {'status': 'OK'}
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
    def test_refused_by_all(self):
        self.start()
        reply = self.ask(['submitblock', ['0011']])[0]
        self.assertEqual(reply['error']['code'], -7)
        self.assertEqual(self.log.count('refused: '), 3, self.log)
