"""A pool of Node.js with a tipwatchd that keeps found blocks, and its payments
(tipwatch-node(7))."""
import json
import os
import subprocess
import unittest

from harness.case import takes
from harness.demo import WALLET
from harness.node_pool import SCRIPTS, adapter_environment, node_program
from harness.waiting import wait_for
from vault_case import VaultCase

TEMPLATE = ['getblocktemplate', {'reserve_size': 8, 'wallet_address': WALLET}]
OK = {'status': 'OK'}


class NodeVault(VaultCase):
    def ask(self, *calls, **settings):
        """The bodies of the replies to a pool that asks d1, its own daemon."""
        env = adapter_environment(self.watcher.socket, submit_timeout_ms=10000, **settings)
        done = subprocess.run(
            [node_program(), os.path.join(SCRIPTS, 'ask.js'), str(self.demo.port(0))],
            input=json.dumps(calls), capture_output=True, text=True, timeout=60, check=False,
            env=dict(os.environ, **env))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.log = done.stderr
        return [reply['body'] for reply in json.loads(done.stdout)]

    def start(self, **sections):
        self.vault(3, **sections)
        self.watcher.ask('pin d1')
        wait_for('d1 is chosen', lambda: self.watcher.chosen() == 'd1', 10)

    @takes(20)
    def test_file_and_chosen_daemon(self):
        """The adapter sends it to the chosen daemon, tipwatchd to the others, each once."""
        self.start()
        self.demo.do('delay d1,d2,d3 60000')
        height, blob = self.template('d1')
        self.assertEqual(self.ask(['submitblock', [blob]])[0]['result'], OK)
        block = self.becomes(height, 'accepted', 'on-main')
        self.assertTrue(self.daemon_of(block, 'd1')['by_writer'])
        wait_for('all have it', lambda: all(
            d['answer'] in ('accepted', 'duplicate') for d in self.block(height)['daemons']) and
            len(self.block(height)['daemons']) == 3, 15)
        for name in self.demo.names:
            self.assertEqual([b for _, _, b in self.submits(name)], [blob], name)
        at = {name: self.submits(name)[0][0] for name in self.demo.names}
        for name in ('d2', 'd3'):
            self.assertGreaterEqual(at[name] - at['d1'], 495)

    @takes(20)
    def test_chosen_daemon_is_dead(self):
        """The pool is told what tipwatchd says of the others."""
        self.start()
        height, blob = self.template('d1')
        self.demo.do('http-error d1 500')
        self.assertEqual(self.ask(['submitblock', [blob]])[0]['result'], OK)
        self.becomes(height, 'accepted', 'on-main')

    @takes(20)
    def test_all_refuse(self):
        self.start()
        _, blob = self.template('d1')
        wrong = blob[:4] + 'ab' * 32 + blob[68:]
        self.assertEqual(self.ask(['submitblock', [wrong]])[0]['error']['code'], -7)

    @takes(20)
    def test_no_room(self):
        """Without the file the adapter sends it to all by itself."""
        self.start()
        self.demo.do('delay d1,d2,d3 60000')
        os.rename(os.path.join(self.blocks_dir, 'tmp'), os.path.join(self.blocks_dir, 'away'))
        _, blob = self.template('d1')
        self.assertEqual(self.ask(['submitblock', [blob]])[0]['result'], OK)
        self.assertIn('cannot be written', self.log)
        for name in self.demo.names:
            self.assertEqual(len(self.submits(name)), 1, name)
        self.assertEqual(self.blocks(), [])

    def header(self, call, **settings):
        return self.ask(call, **settings)[0]

    @takes(40)
    def test_unlock_guard(self):
        """Both habits: by height, and by hash. Deep blocks are held back, new ones are not."""
        self.start()
        self.demo.mine(20)
        wait_for('the blocks are seen',
                 lambda: self.watcher.select()['height'] == 1020, 10)
        deep = ['getblockheaderbyheight', {'height': 1005}]
        new = ['getblockheaderbyheight', {'height': 1015}]
        header = self.header(deep)['result']['block_header']
        by_hash = ['getblockheaderbyhash', {'hash': header['hash']}]
        guarded = {'unlock_guard': 1}
        self.assertEqual(self.header(deep, **guarded)['result']['block_header'], header)
        self.assertEqual(self.header(by_hash, **guarded)['result']['block_header'], header)
        # Two of three are gone: what is left is no quorum.
        self.demo.do('die d2,d3')
        wait_for('there is no consensus', lambda: self.watcher.select()['mode'] != 'consensus', 20)
        for call in (deep, by_hash):
            error = self.header(call, **guarded)['error']
            self.assertEqual(error['code'], -9)
            self.assertIn('held back by tipwatch', error['message'])
            self.assertIn('result', self.header(call))
        self.assertIn('result', self.header(new, **guarded))
        self.demo.do('recover d2,d3')
        wait_for('there is consensus', lambda: self.watcher.select()['mode'] == 'consensus', 20)
        self.assertIn('result', self.header(deep, **guarded))

    @takes(40)
    def test_unlock_guard_on_a_fork(self):
        """The pinned daemon leaves the chain that a quorum confirms."""
        self.start()
        self.demo.mine(20)
        self.demo.do('fork d1 2 3 share 0')
        self.has_verdict('d1', 'unhealthy/forked', within=15)
        self.assertEqual(self.watcher.select()['mode'], 'consensus')
        error = self.header(['getblockheaderbyheight', {'height': 1002}], unlock_guard=1)['error']
        self.assertIn('not on the chain that a quorum has confirmed', error['message'])


if __name__ == '__main__':
    unittest.main()
