"""A pool of Node.js with the adapter: moved off bad daemons, never frozen, no block lost."""
from harness.case import takes
from harness.waiting import timed, wait_for
from net import NetCase
from node_pool import Freshness, Pool

KILLED_S = 4
# tipwatchd may need 12 s to be sure; the adapter asks elsewhere after 5 s.
HUNG_S = 14


class NodePool(NetCase):
    dialects = ['turtlecoin-rpc']
    monero = False

    def start(self, n=3, adapter=True, **options):
        self.network(n, self.dialects)
        self.primary = self.demo.names[0]
        self.pool = Pool(self, self.demo.port(0), self.watcher.socket if adapter else None,
                         monero=self.monero, **options)
        self.pool.works_on(self.newest())

    def newest(self, name=None):
        """Hash of the newest block of a node, by default one that no test here makes go wrong."""
        name = name or self.demo.names[-1]
        return next(n for n in self.demo.do('list')['nodes'] if n['name'] == name)['hash']

    def submits(self, name):
        return [s['blob'] for s in self.demo.do(f'submits {name}')['submits']]

    def goes_on(self, within):
        """Until the pool builds on a block found now; the longest time it took is noted."""
        self.demo.mine()
        seconds = timed('the pool builds on the newest block', lambda: all(
            prev == self.newest() for _, prev in self.pool.working().values()), within)
        self.note(f'the pool had a fresh template after {seconds:.2f} s')
        return seconds


class Redirected(NodePool):
    @takes(20)
    def test_killed(self):
        self.start()
        self.demo.do(f'die {self.primary}')
        self.goes_on(KILLED_S)

    @takes(30)
    def test_hung(self):
        self.start()
        self.demo.do(f'hang {self.primary}')
        self.goes_on(HUNG_S)
        self.pool.is_asking()
        self.assertEqual(self.pool.of('died'), [])
