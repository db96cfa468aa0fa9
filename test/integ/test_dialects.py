"""Daemons of the dialects that were written from public sources, beside a TurtleCoind: the same
chain reads the same in all of them, and so do their faults."""
from harness.case import takes
from harness.waiting import wait_for
from net import NetCase

DIALECTS = ['cryptonote', 'cryptonote@3.1.1', 'zano', 'turtlecoin-rpc@0.8.4']


class Dialects(NetCase):
    def setUp(self):
        super().setUp()
        self.network(4, DIALECTS)

    def nodes(self):
        return {d['name']: d for d in self.watcher.status()['daemons']}

    @takes(30)
    def test_the_same_chain(self):
        self.assertEqual([d['dialect'] for d in self.nodes().values()],
                         [word.split('@')[0] for word in DIALECTS])
        self.assertEqual([d['version'] for d in self.nodes().values()],
                         ['6.7.4', None, None, '0.8.4'])
        newest = self.demo.mine(5)['hash']
        wait_for('all are at the tip with good templates', lambda: all(
            d['state'] == 'healthy' and d['hash'] == newest and d['template'] == 'ok'
            for d in self.nodes().values()), 15)
        self.assertEqual(self.watcher.status()['consensus']['agreeing'], 4)

    @takes(40)
    def test_their_faults(self):
        self.demo.do('fork d2 3 2')
        self.has_verdict('d2', 'unhealthy/forked')
        self.demo.do('recover d2')
        self.healthy_again('d2')
        self.demo.do('stale-template d1,d2,d3')
        self.demo.mine()
        for name in ('d1', 'd2', 'd3'):
            self.has_verdict(name, 'unhealthy/stale_template', 15)
        self.demo.do('recover d1,d2,d3')
        for name in ('d1', 'd2', 'd3'):
            self.healthy_again(name)
        self.demo.do('peers d3 0 0')
        self.has_verdict('d3', 'unhealthy/isolated', 15)
