"""tipwatchd with P2P links to its daemons: what they bring, and what they cannot do."""
import time

from harness.case import Case
from harness.demo import WALLET, Demo
from harness.waiting import timed, wait_for
from harness.watcher import Watcher
from net import MIN_TIMEOUT

LOOKS = 5  # at the daemon in use, in an interval
# Long enough that what a check finds in time, the link has brought.
SLOW_INTERVAL_S = 20
FAULTS = ('closed', 'silent', 'lie', 'garbage', 'flood', 'drop', 'wrong-id', 'huge', 'partial')


class Links(Case):
    def network(self, n=3, dialects=('turtlecoin-rpc',), interval_s=1, **sections):
        self.demo = Demo(self, n, dialects, seed=self.seed, options=('--peer-port', '0'))
        nodes = [{**node, 'p2p': self.demo.p2p(node['name'])} for node in self.demo.nodes()]
        self.watcher = Watcher(self, nodes, **{
            'coin': {'block_target': '60s'}, 'template': {'wallet_address': WALLET},
            'probe': {'interval': f'{interval_s}s', 'min_timeout': MIN_TIMEOUT}, **sections})
        self.watcher.wait_settled()

    def link(self, name):
        return self.watcher.node(name)['p2p']

    def up(self, *names):
        for name in names or self.demo.names:
            wait_for(f'the link to {name} is up', lambda n=name: self.link(n)['state'] == 'up', 20)

    def height(self):
        return self.watcher.select()['height']

    def test_new_block_in_both_forms(self):
        self.network(4, ('turtlecoin-rpc', 'turtlecoin-rpc@0.8.4', 'turtlecoin-rest', 'monero'),
                     interval_s=SLOW_INTERVAL_S)
        self.up()
        self.assertEqual([self.link(n)['version'] for n in self.demo.names], [11, 3, 13, None])
        before = self.height()
        self.demo.mine()
        took = timed('the block is known', lambda: self.height() == before + 1, 15)
        self.assertLess(took, SLOW_INTERVAL_S / 4)
        for name in self.demo.names:
            link = self.link(name)
            self.assertEqual((link['pushes'], link['pushed_height']), (1, before + 1))
            self.assertIsNone(link['error'])

    def test_cryptonote(self):
        """Such coins have an id of their own, which no setting has by default."""
        self.network(2, ('cryptonote', 'cryptonote@3.1.1'))
        self.watcher.wait_checks(2)
        self.assertEqual({self.link(n)['state'] for n in self.demo.names}, {'none'})
        self.watcher.write(p2p={'network_id': '00' * 16})
        self.watcher.reload()
        self.up()
        self.demo.mine()
        wait_for('both pushed',
                 lambda: all(self.link(n)['pushes'] == 1 for n in self.demo.names), 10)

    def test_death(self):
        self.network(interval_s=SLOW_INTERVAL_S)
        self.up()
        chosen = self.watcher.chosen()
        self.demo.do(f'die {chosen}')
        wait_for('another daemon', lambda: self.watcher.chosen() not in (None, chosen), 10)
        self.assertEqual(self.link(chosen)['state'], 'none')

    def test_comes_back(self):
        self.network()
        self.up()
        self.demo.do('die d2')
        wait_for('it is gone', lambda: self.watcher.node('d2')['state'] == 'unresponsive', 10)
        self.demo.do('recover d2')
        self.up('d2')

    def test_own_links_are_no_peers(self):
        self.network()
        self.up()
        self.demo.do('peers d2 0 0')
        wait_for('d2 is isolated',
                 lambda: self.watcher.verdict('d2') == 'unhealthy/isolated', 20)
        node = self.watcher.node('d2')
        self.assertEqual(node['peers_in'], 1)
        self.assertIn('it has 0 peers beside tipwatchd', node['detail'])
        self.demo.do('peers d2 1 0')
        wait_for('d2 votes again', lambda: self.watcher.node('d2')['state'] == 'healthy', 20)
        # Two peers each, beside the link: no more than the other nodes.
        self.demo.do('peers all 2 0')
        wait_for('an island', lambda: self.watcher.status()['consensus']['island'] is True, 20)

    def test_misbehaviour_changes_no_decision(self):
        self.network(len(FAULTS))
        self.up()
        before = self.watcher.status()
        for name, fault in zip(self.demo.names, FAULTS):
            self.demo.do(f'p2p {name} {fault}')
        for _ in range(2):
            height = self.height()
            self.demo.mine()
            wait_for('the block', lambda h=height: self.height() == h + 1, 10)
            self.watcher.wait_checks(2)
        after = self.watcher.status()
        self.assertEqual(after['select']['daemon'], before['select']['daemon'])
        self.assertEqual(after['select']['epoch'], before['select']['epoch'])
        self.assertEqual({d['reason'] for d in after['daemons']}, {'ok'})
        # The flood causes ten checks a second at most, and answers stay quick.
        name = self.demo.names[FAULTS.index('flood')]
        checks, start = self.watcher.node(name)['checks'], time.monotonic()
        self.watcher.wait_checks(3)
        spent = time.monotonic() - start
        self.assertLessEqual(self.watcher.node(name)['checks'] - checks, 12 * spent + 5)
        self.demo.do('p2p all ok')
        self.up()

    def test_quiet_daemons_are_asked_less(self):
        self.network()
        self.up()
        chosen = self.watcher.chosen()
        others = [name for name in self.demo.names if name != chosen]
        wait_for('they are asked over their links',
                 lambda: all(self.link(name)['syncs'] >= 4 for name in others), 60)

        def requests():
            return {n['name']: n['requests'] for n in self.demo.look('list')['nodes']}

        def checks():
            return self.watcher.node(chosen)['checks']
        first, start = requests(), checks()
        # It is checked LOOKS times an interval, and one without a link once.
        wait_for('15 intervals', lambda: checks() >= start + 15 * LOOKS, 60)
        spent = {name: count - first[name] for name, count in requests().items()}
        for name in others:
            self.assertLessEqual(2 * LOOKS * spent[name], spent[chosen], spent)
        # A dead RPC is found behind a link that lives.
        self.demo.do(f'http-error {others[0]} 500')
        wait_for('it is found', lambda: self.watcher.node(others[0])['state'] != 'healthy', 15)
        self.assertEqual(self.link(others[0])['state'], 'up')

    def test_off(self):
        self.network(2)
        self.up()
        conf = [{**node, 'p2p': 'off'} for node in self.demo.nodes()]
        other = Watcher(self, conf)
        other.wait_settled()
        other.wait_checks(2)
        self.assertNotIn('p2p', other.node('d1'))
        # Two on one host have no usual port, so there is none by default either.
        default = Watcher(self, self.demo.nodes())
        default.wait_settled()
        self.assertNotIn('p2p', default.node('d1'))
        self.assertEqual(sum(d['links'] for d in self.demo.do('list')['nodes']), 2)

    def test_metrics_and_reload(self):
        self.network(2)
        self.up()
        self.demo.mine()
        wait_for('both pushed', lambda: all(
            self.watcher.metrics()[f'tipwatch_link_pushes_total{{daemon="{n}"}}'] == 1
            for n in self.demo.names), 10)
        self.assertEqual(self.watcher.metrics()['tipwatch_link_up{daemon="d1"}'], 1)
        self.watcher.reload()
        wait_for('the links are new', lambda: self.link('d1')['pushes'] == 0, 10)
        self.up()
        self.assertEqual([d['links'] for d in self.demo.do('list')['nodes']], [1, 1])
