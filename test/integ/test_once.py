"""tipwatchd --once: a verdict on every node, as a table or as JSON, and the exit status."""
import json

from harness import ports
from harness.case import takes
from harness.demo import Demo
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
