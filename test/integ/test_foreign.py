"""monerods that tell of other nodes than themselves, or not everything of themselves."""
from harness.case import takes
from harness.demo import Demo
from harness.waiting import wait_for
from harness.watcher import Watcher
from net import NetCase


class Foreign(NetCase):
    @takes(30)
    def test_bootstrapping(self):
        self.network(3, ['monero'])
        victim = self.watcher.chosen()
        self.demo.do(f'bootstrap {victim}')
        good = self.moves_away(victim, 5)
        self.has_verdict(victim, 'unhealthy/bootstrapping')
        self.assertIn('has 1 of the', self.watcher.node(victim)['detail'])
        wait_for('it has no vote',
                 lambda: self.watcher.status()['consensus']['answering'] == 2, 5)
        targets = [t['name'] for t in self.watcher.ask('submit')['targets']]
        self.assertEqual(sorted([victim, *targets]), self.demo.names)
        self.demo.do(f'bootstrap {victim} off')
        self.healthy_again(victim)
        self.stays(good)

    @takes(30)
    def test_a_restricted_reference_votes(self):
        """Of two daemons one forks itself off. The public node, which tells no peer counts, says
        which: the pool leaves it."""
        self.demo = Demo(self, 3, ['monero'], seed=self.seed)
        self.demo.do('restrict d3')
        nodes = self.demo.nodes()
        nodes[2]['role'] = 'reference'
        self.watcher = Watcher(self, nodes)
        self.watcher.wait_settled()
        self.has_verdict('d3', 'healthy/ok')
        public = self.watcher.node('d3')
        self.assertEqual((public['peers_in'], public['peers_out'], public['version']),
                         (None, None, None))
        victim = self.watcher.chosen()
        self.demo.do(f'fork {victim} 3 2')
        self.moves_away(victim, 10)
        self.has_verdict(victim, 'unhealthy/forked')
        self.assertEqual(self.watcher.status()['select']['mode'], 'consensus')

    @takes(30)
    def test_references_on_another_network(self):
        """One daemon, and two references that have another block 0."""
        self.demo = Demo(self, 1, ['monero'], seed=self.seed)
        other = Demo(self, 2, ['monero'], seed=self.seed + 1, options=('--names', 'x,y'))
        references = [dict(node, role='reference') for node in other.nodes()]
        self.watcher = Watcher(self, self.demo.nodes() + references)
        for name in other.names:
            self.has_verdict(name, 'unhealthy/wrong_network')
        self.has_verdict('d1', 'healthy/ok')
        wait_for('the daemon is usable', lambda: self.watcher.select()['usable'], 10)
        status = self.watcher.status()
        self.assertEqual(status['select']['daemon']['name'], 'd1')
        self.assertEqual((status['consensus']['answering'], status['consensus']['conflicting']),
                         (1, 0))
        self.assertRegex(self.watcher.process.log(),
                         r'x: .* -> unhealthy/wrong_network: .*its block 0 is [0-9a-f]{16}\.\.\., '
                         r'and that of the daemons is')
