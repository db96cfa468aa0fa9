"""A pool of Node.js without the adapter, with HAProxy between it and the daemons."""
import time

from harness import ports
from harness.case import takes
from harness.haproxy import Haproxy
from harness.node_pool import Freshness
from harness.waiting import wait_for
from test_node_pool import BEAT_S, FIND_MS, NodePool

NAMES = ('alpha', 'beta', 'gamma')
BACKEND = 'by-agent'


class ThroughHaproxy(NodePool):
    """Something happens to the chosen daemon, under load. Limits are twice what it should take."""

    def setUp(self):
        super().setUp()
        agent_port = ports.free_port()
        self.daemons(names=NAMES, agent={'listen': f'127.0.0.1:{agent_port}'})
        self.proxy = Haproxy(self, BACKEND, {n: self.demo.port(i) for i, n in enumerate(NAMES)},
                             agent_port, self.watcher.http_port)
        self.victim = self.watcher.chosen()
        self.good = [n for n in NAMES if n != self.victim]
        wait_for('HAProxy has the chosen daemon',
                 lambda: self.proxy.chosen_up(BACKEND) == {f'{self.victim}-chosen'}, 20)
        self.begin(self.proxy.port, find_ms=FIND_MS)

    def is_moved(self):
        """HAProxy has a good daemon, and only that, for chosen."""
        return self.proxy.chosen_up(BACKEND) in [{f'{name}-chosen'} for name in self.good]

    def suffers(self, fault, fresh_s, answers=True):
        """The pool is without a fresh template for less than fresh_s and goes on asking, and the
        blocks that it finds once it is moved away are with a good daemon.

        answers: the bad daemon answers; then it has the blocks from before. If it does not,
        HAProxy repeats the requests with a good one: none fails and no block at all is lost.
        """
        fresh = Freshness(self.pool, lambda: self.newest(self.good[0]))
        fresh.during(BEAT_S, self.beat)
        self.demo.do(fault.format(self.victim))
        n_before, start = len(self.pool.of('found')), time.monotonic()
        while not self.is_moved() or not fresh.look():
            self.assertLess(time.monotonic() - start, 2 * fresh_s, 'no fresh template')
            fresh.during(1, self.beat)
        n_moved, n_asked = len(self.pool.of('found')), self.pool.n_asked()
        fresh.during(BEAT_S, self.beat)
        wait_for('the pool is not frozen', lambda: self.pool.n_asked() > n_asked + 10, 20)
        wait_for('it finds blocks', lambda: len(self.pool.of('found')) > n_moved + 2, 20)
        wait_for('the pool builds on the newest block', fresh.look, 10)
        found = [e['blob'] for e in self.pool.of('found')]
        self.arrive(found[n_moved if answers else n_before:])
        wait_for('each block is answered', lambda: len(self.pool.of('submitted')) >= len(found), 20)
        self.tell(fault, fresh, found[n_before:])
        self.assertTrue(self.is_moved(), 'it has gone back')
        self.assertLess(fresh.worst, fresh_s)
        self.assertEqual(self.pool.of('died'), [])
        if not answers:
            self.assertEqual(self.pool.of('error'), [])
            self.assertEqual([e for e in self.pool.of('submitted') if not e['ok']], [])

    def arrive(self, blobs):
        """Each of them at a good daemon, whichever HAProxy had then."""
        def lost():
            self.collect()
            return [b for b in blobs if not any(b in self.arrived[name] for name in self.good)]
        wait_for('a good daemon has every block', lambda: not lost(), 20)

    def tell(self, fault, fresh, found):
        self.collect()
        where = ', '.join(f'{sum(b in self.arrived[name] for b in found)} at {name}'
                          for name in NAMES)
        print(f'{fault.format(self.victim)}: {fresh.worst:.2f} s without a fresh template, '
              f'{len(self.pool.of("error"))} errors, {len(found)} blocks found: {where}')

    @takes(25)
    def test_killed(self):
        self.suffers('die {}', 10, answers=False)

    @takes(35)
    def test_hung(self):
        # The request that hangs is repeated after 5 s, maybe not at once with a good daemon.
        self.suffers('hang {}', 22, answers=False)

    @takes(35)
    def test_frozen(self):
        self.suffers('freeze {}', 16)

    @takes(35)
    def test_no_template(self):
        # Only tipwatchd's own request for a template finds that out, at the latest after 10 s.
        self.suffers('no-template {}', 28)

    @takes(35)
    def test_forked(self):
        # Its templates are not higher than the one that the pool has: it takes none of them, and
        # those of the main chain from the next block on.
        self.suffers('fork {} 3', 16)
