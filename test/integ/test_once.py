"""tipwatchd --once: a verdict on every node, as a table or as JSON, and the exit status."""
import json
import os

from harness import conf, ports
from harness.case import takes
from harness.demo import WALLET, Demo
from net import NetCase

USABLE, NO_CONSENSUS, USAGE, NOTHING = 0, 1, 2, 3


class Once(NetCase):
    def setUp(self):
        super().setUp()
        self.demo = Demo(self, 3, ['turtlecoin-rpc', 'turtlecoin-rest', 'monero'], seed=self.seed)

    def once(self, *options, urls=None):
        arguments = urls or [f'{n["name"]}={n["url"]}' for n in self.demo.nodes()]
        return self.run_program('tipwatchd', '--once', *options, *arguments)

    @takes(10)
    def test_all_good(self):
        status, out, err = self.once()
        self.assertEqual(status, USABLE, out + err)
        for name in self.demo.names:
            self.assertIn(name, out)
        self.assertIn('consensus', out)
        self.assertTrue(all(len(line) <= 80 for line in out.splitlines()), out)
        self.assertNotIn('\x1b', out)

    @takes(10)
    def test_json(self):
        status, out, err = self.once('--json')
        self.assertEqual(status, USABLE, err)
        answer = json.loads(out)
        self.assertIn(answer['select']['daemon']['name'], self.demo.names)
        self.assertEqual({d['state'] for d in answer['daemons']}, {'healthy'})

    @takes(10)
    def test_no_consensus(self):
        for name in self.demo.names[:2]:
            self.demo.do(f'die {name}')
        status, out, err = self.once('--json')
        self.assertEqual(status, NO_CONSENSUS, out + err)
        answer = json.loads(out)
        self.assertEqual(answer['select']['daemon']['name'], self.demo.names[2])
        self.assertNotEqual(answer['select']['mode'], 'consensus')

    @takes(10)
    def test_nothing_there(self):
        urls = [f'http://127.0.0.1:{ports.free_port()}' for _ in range(3)]
        status, out, err = self.once(urls=urls)
        self.assertEqual(status, NOTHING, out + err)
        self.assertIn('refused', out)

    @takes(20)
    def test_a_hung_daemon_does_not_keep_it(self):
        self.demo.do(f'hang {self.demo.names[0]}')
        status, out, err = self.once('--json')
        self.assertEqual(status, USABLE, out + err)
        verdicts = {d['name']: d['reason'] for d in json.loads(out)['daemons']}
        self.assertEqual(verdicts[self.demo.names[0]], 'timeout')

    def once_with(self, **sections):
        path = os.path.join(self.dir, 'once.conf')
        settings = {'daemons': self.demo.nodes(), 'state': {'dir': self.dir},
                    'control': {'path': os.path.join(self.dir, 'c.sock')}, **sections}
        with open(path, 'w', encoding='utf-8') as file:
            file.write(conf.text(settings))
        return self.run_program('tipwatchd', '--once', '-c', path)

    @takes(10)
    def test_a_typo_in_the_wallet_address(self):
        """The setting is named; that nobody takes the address says nothing about the daemons."""
        typo = WALLET.replace('3mnq', '3mn0')
        status, out, err = self.once_with(template={'wallet_address': typo})
        self.assertEqual(status, USABLE, out + err)
        words = ' '.join(out.split())
        self.assertIn('setting: template.wallet_address: no daemon takes this wallet address',
                      words)
        self.assertIn('tipwatchctl reload', words)
        self.assertNotIn('no_template', words)

    @takes(10)
    def test_templates_are_checked(self):
        """One look is enough to see that a daemon gives no templates."""
        self.demo.do(f'no-template {self.demo.names[0]}')
        status, out, err = self.once_with(template={'wallet_address': WALLET})
        self.assertEqual(status, USABLE, out + err)
        self.assertIn('no_template', out)
        self.demo.do('no-template all')
        status, out, err = self.once_with(template={'wallet_address': WALLET})
        self.assertEqual(status, NOTHING, out + err)

    def test_usage(self):
        status, _, err = self.run_program('tipwatchd', '--once')
        self.assertEqual(status, USAGE, err)
        status, _, err = self.run_program('tipwatchd', '--json', self.demo.nodes()[0]['url'])
        self.assertEqual(status, USAGE, err)

    @takes(10)
    def test_it_disturbs_no_running_tipwatchd(self):
        self.network(3)
        status, out, err = self.run_program('tipwatchd', '--once', '-c', self.watcher.conf_path)
        self.assertEqual(status, USABLE, out + err)
        self.assertTrue(self.watcher.select()['usable'])
