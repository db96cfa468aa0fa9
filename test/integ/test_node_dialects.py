"""A pool that speaks JSON-RPC in front of a daemon that speaks REST: it reads the same."""
import json
import os
import subprocess

from harness.case import takes
from harness.demo import WALLET
from harness.node_pool import SCRIPTS, adapter_environment, node_program
from harness.waiting import wait_for
from net import NetCase

TEMPLATE = ['getblocktemplate', {'reserve_size': 8, 'wallet_address': WALLET}]


class Translation(NetCase):
    def setUp(self):
        super().setUp()
        self.network(3, ['turtlecoin-rpc@0.8.4', 'turtlecoin-rest', 'turtlecoin-rpc@0.28.3'])
        self.demo.mine(2)
        wait_for('all have the blocks', lambda: len({
            n['hash'] for n in self.demo.look('list')['nodes']}) == 1, 10)

    def ask(self, *calls, adapter=True):
        """The replies at the primary's port."""
        env = adapter_environment(self.watcher.socket) if adapter else {}
        done = subprocess.run(
            [node_program(), os.path.join(SCRIPTS, 'ask.js'), str(self.demo.port(0))],
            input=json.dumps(calls), capture_output=True, text=True, timeout=60, check=False,
            env=dict(os.environ, **env))
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def use(self, name):
        self.watcher.ask(f'pin {name}')
        wait_for(f'{name} is chosen', lambda: self.watcher.chosen() == name, 10)

    @takes(15)
    def test_replies_are_those_of_the_older_daemon(self):
        tip = self.demo.look('list')['nodes'][0]
        calls = [['getlastblockheader', {}], ['getblockheaderbyheight', {'height': 1000}],
                 ['getblockheaderbyhash', {'hash': tip['hash']}], ['getblockcount', {}],
                 '/height', ['getblockheaderbyheight', {'height': 99999}],
                 ['getblockheaderbyhash', {'hash': 'ab' * 32}], TEMPLATE, '/getinfo', '/info',
                 ['submitblock', ['0011']], ['submitblock', ['no hex']]]
        plain = self.ask(*calls, adapter=False)
        self.use('d2')
        adapted = self.ask(*calls)
        for call, old, new in zip(calls[:4], plain, adapted):
            with self.subTest(call=call):
                self.assertEqual(new, old)
        self.assertLessEqual(plain[4]['body'].items(), adapted[4]['body'].items())
        for at in (5, 6, 10, 11):
            with self.subTest(call=calls[at]):
                self.assertEqual(adapted[at]['body']['error']['code'],
                                 plain[at]['body']['error']['code'])
                self.assertTrue(adapted[at]['body']['error']['message'])
        with self.subTest(call='template'):
            old, new = (r[7]['body']['result'] for r in (plain, adapted))
            self.assertEqual(set(new), set(old))
            for key in ('difficulty', 'height', 'reserved_offset', 'status'):
                self.assertEqual(new[key], old[key], key)
            self.assertEqual(len(new['blocktemplate_blob']), len(old['blocktemplate_blob']))
        for at in (8, 9):
            old, new = plain[at]['body'], adapted[at]['body']
            # What 1.x does not say cannot be told.
            self.assertEqual(set(old) - set(new) - {'testnet'}, set())
            for key in ('difficulty', 'height', 'network_height', 'synced', 'status',
                        'alt_blocks_count', 'tx_pool_size', 'incoming_connections_count'):
                self.assertEqual(type(new[key]), type(old[key]), key)
            self.assertEqual(new['height'], old['height'])

    @takes(15)
    def test_other_older_daemon(self):
        """One that has no /getinfo any more, and gives no id."""
        self.use('d3')
        info, template = self.ask('/getinfo', TEMPLATE)
        self.assertEqual(info['body']['height'], 1003)
        self.assertEqual(template['body']['result']['height'], 1003)

    @takes(15)
    def test_blocks_go_to_every_dialect(self):
        for name in ('d2', 'd1'):
            self.use(name)
            template = self.ask(TEMPLATE)[0]['body']['result']
            # Nobody has it from a peer.
            others = ','.join(n for n in self.demo.names if n != name)
            self.demo.do(f'delay {others} 60000')
            reply = self.ask(['submitblock', [template['blocktemplate_blob']]])[0]
            self.assertEqual(reply['body'], {'id': '0', 'jsonrpc': '2.0',
                                             'result': {'status': 'OK'}})
            for node in self.demo.names:
                submits = self.demo.look(f'submits {node}')['submits']
                self.assertEqual(submits[-1]['blob'], template['blocktemplate_blob'], node)
            self.demo.do(f'delay {others} 0')

    @takes(15)
    def test_upgraded(self):
        """A daemon that comes back with another dialect is understood again."""
        self.use('d2')
        self.assertEqual(self.ask(['getblockcount', {}])[0]['body']['result']['count'], 1003)
        self.demo.do('upgrade d2 turtlecoin-rpc')
        self.assertEqual(self.ask(['getblockcount', {}])[0]['body']['result']['count'], 1003)
