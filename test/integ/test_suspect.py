"""A setting that is wrong for every daemon is named, and takes nothing away from the pool."""
from harness.case import takes
from harness.demo import WALLET
from harness.waiting import wait_for
from net import TEMPLATE_INTERVAL_S, NetCase

TYPO = WALLET.replace('3mnq', '3mn0')


class Suspect(NetCase):
    @takes(20)
    def test_wallet_address(self):
        """Every daemon: "Failed to parse wallet address"."""
        self.network(3, ['turtlecoin-rpc', 'turtlecoin-rest', 'monero'],
                     template={'wallet_address': TYPO})
        status = self.watcher.status()
        self.assertTrue(status['select']['usable'])
        self.assertEqual(status['suspect']['setting'], 'template.wallet_address')
        self.assertEqual({d['state'] for d in status['daemons']}, {'healthy'})
        self.assertEqual({d['template'] for d in status['daemons']}, {'address'})
        self.assertEqual(self.watcher.http('/health')[0], 200)
        self.assertEqual(self.watcher.process.log().count('setting: template.wallet_address'), 1)
        self.assertNotIn('no_template', self.watcher.process.log())
        _, out, _ = self.run_program('tipwatchctl', '-s', self.watcher.socket)
        self.assertIn('setting: template.wallet_address', ' '.join(out.split()))
        _, _, page = self.watcher.http('/')
        self.assertIn('Setting: template.wallet_address', str(page))
        _, _, metrics = self.watcher.http('/metrics')
        self.assertIn('tipwatch_suspect{what="wallet_address"} 1', str(metrics))
        # Corrected.
        self.watcher.write(template={'wallet_address': WALLET})
        self.watcher.reload()
        wait_for('nothing is suspected any more',
                 lambda: self.watcher.status()['suspect'] is None, 3 * TEMPLATE_INTERVAL_S)
        wait_for('that is logged', lambda: 'template.wallet_address is no longer suspected'
                 in self.watcher.process.log(), 10)
        self.assertTrue(self.watcher.select()['usable'])

    @takes(30)
    def test_references(self):
        """References that outvote the only daemon; the operator drains them."""
        self.network(3, daemons=None)
        own, *others = self.demo.nodes()
        self.watcher.write(daemons=[own, *({**n, 'role': 'reference'} for n in others)])
        self.watcher.reload()
        self.watcher.wait_settled()
        self.demo.do(f'fork {own["name"]} 3')
        self.has_verdict(own['name'], 'unhealthy/forked', 20)
        self.demo.mine()
        wait_for('the references are suspected', lambda:
                 (self.watcher.status()['suspect'] or {}).get('what') == 'references', 20)
        self.assertFalse(self.watcher.select()['usable'])
        for node in others:
            self.watcher.ask(f'drain {node["name"]}')
        self.has_verdict(own['name'], 'healthy/ok', 20)
        status = self.watcher.status()
        self.assertTrue(status['select']['usable'])
        self.assertEqual((status['consensus']['voters'], status['suspect']), (1, None))
        votes = {v['name']: v['vote'] for v in self.watcher.ask('why')['votes']}
        self.assertEqual(votes[others[0]['name']], 'drained')
