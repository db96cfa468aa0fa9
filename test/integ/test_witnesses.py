"""tipwatchd with witnesses: what they tell, and what they cannot do. The nodes of the demo that are
not in the configuration are the public network; their P2P ports are the seeds."""
from harness.case import Case, takes
from harness.demo import Demo
from harness.waiting import wait_for
from harness.watcher import Watcher
from net import MIN_TIMEOUT

FAULTS = ('closed', 'silent', 'lie', 'garbage', 'flood', 'drop', 'wrong-id', 'huge', 'partial')


class Witnesses(Case):
    def network(self, own, public, dialects=('turtlecoin-rpc',), count=None, **sections):
        self.demo = Demo(self, own + public, dialects, seed=self.seed, options=('--peer-port', '0'))
        self.own, self.public = self.demo.names[:own], self.demo.names[own:]
        nodes = [{**node, 'p2p': self.demo.p2p(node['name'])}
                 for node in self.demo.nodes() if node['name'] in self.own]
        self.watcher = Watcher(self, nodes, **{
            'coin': {'block_target': '60s'},
            'probe': {'min_timeout': MIN_TIMEOUT},
            'witnesses': {'count': count or public,
                          'seeds': ' '.join(self.demo.p2p(n) for n in self.demo.names)},
            **sections})
        self.watcher.wait_settled()

    def witnesses(self):
        return self.watcher.status()['consensus']['witnesses']

    def connected(self, n, within=60):
        wait_for(f'{n} witnesses', lambda: self.witnesses()['connected'] == n, within)

    def select(self):
        """What is decided, without what changes by itself."""
        shown = self.watcher.select()
        return {key: shown[key] for key in ('usable', 'mode', 'daemon', 'hash', 'epoch')}

    @takes(20)
    def test_own_daemons_are_none(self):
        for dialect in ('turtlecoin-rpc', 'monero'):
            with self.subTest(dialect):
                self.network(2, 4, (dialect,), count=6)
                self.connected(4)
                # The two places that are left are tried with the own daemons, which have links.
                before = self.watcher.node(self.own[0])['checks']
                wait_for('time goes by',
                         lambda b=before: self.watcher.node(self.own[0])['checks'] > b + 4, 60)
                # One that answers before its own link is up is let go when that is.
                self.connected(4)
                shown = self.witnesses()
                self.assertEqual((shown['wanted'], shown['lead']), (6, 0))
                self.assertEqual([(tip['height'], tip['witnesses']) for tip in shown['tips']],
                                 [(self.watcher.select()['height'], 4)])
                self.assertIsNone(shown['alarm'])
                metrics = self.watcher.metrics()
                self.assertEqual(metrics['tipwatch_witnesses'], 4)
                self.assertEqual(metrics['tipwatch_witness_lead_blocks'], 0)
                self.assertIn('4 of 4 witnesses have block', self.watcher.ask('why')['text'])

    @takes(20)
    def test_all_own_daemons_stand_still(self):
        self.network(3, 5)
        self.connected(5)
        self.demo.do(f'freeze {",".join(self.own)}')
        before = self.select()
        self.demo.mine(5)
        wait_for('the alarm', lambda: self.witnesses()['alarm'] is not None, 30)
        wait_for('all five blocks', lambda: self.witnesses()['lead'] == 5, 30)
        self.assertIn('the network is 5 blocks ahead of all your nodes: at least half of 5',
                      self.witnesses()['alarm'])
        self.assertIn('witnesses: the network is', self.watcher.process.log())
        self.assertIn('5 blocks ahead', self.watcher.http('/')[2])
        # It is no verdict.
        self.assertEqual(self.select(), before)
        self.assertEqual({d['reason'] for d in self.watcher.status()['daemons']}, {'ok'})
        self.demo.do(f'recover {",".join(self.own)}')
        wait_for('the alarm ends', lambda: self.witnesses()['alarm'] is None, 30)

    @takes(30)
    def test_misbehaviour_changes_no_decision(self):
        self.network(3, len(FAULTS))
        self.connected(len(FAULTS))
        for name, fault in zip(self.public, FAULTS):
            self.demo.do(f'p2p {name} {fault}')
        before = self.select()
        self.watcher.wait_checks(8)
        after = self.select()
        self.assertEqual(after, before)
        height = self.watcher.select()['height']
        self.demo.mine()
        wait_for('a block', lambda: self.watcher.select()['height'] == height + 1, 20)
        self.assertEqual({d['reason'] for d in self.watcher.status()['daemons']}, {'ok'})

    @takes(15)
    def test_all_lie(self):
        self.network(3, 5)
        self.connected(5)
        before = self.select()
        for name in self.public:
            self.demo.do(f'p2p {name} lie')
        wait_for('the alarm', lambda: self.witnesses()['lead'] == 1000, 30)
        self.assertEqual(self.select(), before)
        self.assertEqual({d['reason'] for d in self.watcher.status()['daemons']}, {'ok'})

    def test_off_by_default(self):
        self.network(2, 2)
        self.connected(2)
        other = Watcher(self, self.demo.nodes()[:2])
        other.wait_settled()
        other.wait_checks(3)
        self.assertNotIn('witnesses', other.status()['consensus'])
        # They have the links of the first one, and no other.
        wait_for('a link each', lambda: [
            d['links'] for d in self.demo.look('list')['nodes']][2:] == [1, 1], 20)
        # A reload ends them, and begins anew.
        self.watcher.write(witnesses={'count': 0})
        self.watcher.reload()
        wait_for('they are gone', lambda: [
            d['links'] for d in self.demo.look('list')['nodes']][2:] == [0, 0], 20)
