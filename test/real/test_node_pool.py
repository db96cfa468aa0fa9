"""A pool of Node.js with the adapter on three real monerods; see monerods.py."""
import signal
import time

import monerods
from harness.case import Case, takes
from harness.node_pool import Freshness, Pool
from harness.waiting import wait_for
from harness.watcher import Watcher

NAMES = ['alpha', 'beta', 'gamma']


class NodePool(Case):
    def newest(self):
        return self.good.tip()[1]

    def start(self):
        self.network = monerods.Network(self, NAMES)
        nodes = self.network.nodes
        self.watcher = Watcher(
            self, [{'name': n, 'url': nodes[n].url} for n in NAMES],
            coin={'block_target': '6s'}, template={'wallet_address': monerods.ADDRESS})
        self.watcher.wait_settled()
        self.pool = Pool(self, nodes['alpha'].rpc_port, self.watcher.socket, monero=True,
                         address=monerods.ADDRESS, find_ms=2000)
        self.good = nodes['alpha']
        self.pool.works_on(self.newest)
        return nodes

    def fresh_again(self, within, forked=False):
        """Until the pool builds on the newest block of the good ones for a while; then every block
        that it has found since is on their chain. Returns for how long it did not.

        forked: what it finds before that is on another chain.
        """
        fresh = Freshness(self.pool, self.newest)
        n_found = len(self.pool.of('found'))
        start = time.monotonic()
        while not fresh.look() or self.watcher.chosen() == self.bad.name:
            self.assertLess(time.monotonic() - start, within)
            fresh.during(0.5)
        worst = fresh.worst
        if forked:
            n_found = len(self.pool.of('found'))
        wait_for('blocks are found', lambda: len(self.pool.of('found')) > n_found + 3, 60)
        # What a worker finds twice at a height, while it waits for the next template, counts once.
        last = self.pool.of('found')[n_found:]
        heights = {e['height'] for e in last}
        self.assertGreater(len(heights), 1)
        for height in heights:
            found = [e['blob'] for e in last if e['height'] == height]
            wait_for(f'block {height} is on the chain', lambda h=height, f=found: (
                self.good.height() > h and self.good.rpc('get_block', height=h)['blob'] in f), 30)
        return worst

    @takes(120)
    def test_faults(self):
        nodes = self.start()

        def choose():
            self.bad = nodes[self.watcher.chosen()]
            self.good = next(n for n in nodes.values() if n is not self.bad)

        with self.subTest('stopped process'):
            choose()
            self.bad.pause()
            self.addCleanup(self.bad.resume)
            print(f'stopped: {self.fresh_again(40):.2f} s without a fresh template')
            self.bad.resume()
            self.network.agree()

        with self.subTest('killed process'):
            choose()
            self.bad.kill()
            print(f'killed: {self.fresh_again(20):.2f} s without a fresh template')
        self.assertEqual(self.pool.of('died'), [])
        self.assertTrue(self.pool.said('accepted'))

    @takes(120)
    def test_fork(self):
        """The pool's own monerod has mined alone, and the pool on it; the others are further."""
        nodes = self.start()
        wait_for('the primary is chosen', lambda: self.watcher.chosen() == 'alpha', 30)
        self.bad, self.good = nodes['alpha'], nodes['beta']
        # Not before the pool is on the wrong chain.
        self.watcher.process.signal(signal.SIGSTOP)
        self.network.cut_off('alpha')
        # The adapter brings the pool's blocks to all: only from here on there are two chains.
        self.bad.mine(2)
        fork, wrong = self.bad.tip()
        wait_for('the pool extends the wrong chain', lambda: self.bad.height() > fork + 2 and
                 self.pool.is_on(self.bad.tip()[1]), 60)
        self.good.mine(self.bad.height() - self.good.height() + 5)
        self.network.agree('beta', 'gamma')
        self.assertNotEqual(self.good.rpc('get_block', height=fork)['block_header']['hash'], wrong)
        wait_for('the pool is still on it', lambda: self.pool.is_on(self.bad.tip()[1]), 30)
        self.watcher.process.signal(signal.SIGCONT)
        print(f'forked: {self.fresh_again(60, forked=True):.2f} s without a fresh template')
        self.network.heal()
        self.network.agree()
        self.pool.works_on(self.newest)
        # A worker that held a template of the wrong chain may have begun afresh.
        self.assertEqual([e for e in self.pool.of('died') if e['code'] != 75], [])
