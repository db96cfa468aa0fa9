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
        self.assertEqual(self.watcher.chosen(), 'd1')
        self.demo.do('fork d1 3 2')
        self.moves_away('d1', 10)
        self.has_verdict('d1', 'unhealthy/forked')
        self.assertEqual(self.watcher.status()['select']['mode'], 'consensus')
