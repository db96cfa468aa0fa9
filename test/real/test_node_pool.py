"""A pool of Node.js on three real monerods, with the adapter and without; see monerods.py."""
import re
import signal
import time
from collections import Counter

import monerods
from front import BUSY, Front
from harness.case import Case, takes, within
from harness.node_pool import Freshness, Pool
from harness.waiting import wait_for
from harness.watcher import Watcher

NAMES = ['alpha', 'beta', 'gamma']
# For how many blocks that it finds one watches a worker that is frozen.
FROZEN_BLOCKS = 4
# On a busy machine a monerod that verifies a block keeps everybody waiting.
PATIENCE_S = 60


class NodePool(Case):
    def newest(self):
        return self.good.tip()[1]

    def daemons(self, watched=True, front=False):
        """alpha is the primary, the one that the pool asks; front: by way of one."""
        self.network = monerods.Network(self, NAMES)
        self.nodes = self.network.nodes
        self.good = self.nodes['alpha']
        self.port = self.good.rpc_port
        urls = {name: node.url for name, node in self.nodes.items()}
        if front:
            self.front = Front(self, self.port)
            self.port = self.front.port
            urls['alpha'] = f'http://127.0.0.1:{self.port}'
        self.watcher = Watcher(
            self, [{'name': n, 'url': url} for n, url in urls.items()], start=watched,
            coin={'block_target': '6s'}, probe={'timeout': '10s', 'min_timeout': '3s'},
            template={'wallet_address': monerods.ADDRESS})
        if watched:
            self.watcher.wait_settled(within=PATIENCE_S)

    def begin(self, adapter=True, find_ms=2000, **settings):
        """The pool works, and alpha is chosen."""
        if self.watcher.process:
            self.choose('alpha')
        self.pool = Pool(self, self.port, self.watcher.socket if adapter else None, monero=True,
                         address=monerods.ADDRESS, find_ms=find_ms, **settings)
        self.pool.works_on(self.newest)

    def choose(self, name):
        """It stays chosen while it is healthy."""
        self.watcher.ask(f'pin {name}')
        wait_for(f'{name} is chosen', lambda: self.watcher.chosen() == name, 10)
        self.watcher.ask('unpin')

    def goes_wrong(self):
        """The chosen one is what goes wrong."""
        self.bad = self.nodes[self.watcher.chosen()]
        self.good = next(n for n in self.nodes.values() if n is not self.bad)
        return self.bad

    def found(self, since=0):
        return self.pool.of('found')[since:]

    def finds(self, since):
        """Until there are blocks of three heights."""
        wait_for('blocks are found', lambda: len({e['height'] for e in self.found(since)}) > 2,
                 PATIENCE_S)

    def fresh_again(self, fault, limit_s, others_mine=False):
        """Until the pool builds on the newest block of the good ones; then every block that it has
        found since is on their chain.

        others_mine: until then. What the pool finds before it is moved may lose against that.
        """
        fresh = Freshness(self.pool, self.newest)
        n_found, n_sent = len(self.found()), len(self.pool.said('block '))
        start = time.monotonic()
        while not fresh.look() or self.watcher.chosen() == self.bad.name:
            self.assertLess(time.monotonic() - start, limit_s, 'no fresh template')
            if others_mine:
                self.good.mine(1)
            fresh.during(3 if others_mine else 0.5)
        n_moved = len(self.found())
        first = n_moved if others_mine else n_found
        n_asked = self.pool.n_asked()
        wait_for('it is not frozen', lambda: self.pool.n_asked() > n_asked + 3, PATIENCE_S)
        self.finds(first)
        n_on_chain = self.are_on_chain(self.found(first))
        early = [self.is_on_chain(e['height'], [e]) for e in self.found()[n_found:n_moved]]
        print(f'{fault}: {fresh.worst:.2f} s without a fresh template, {len(early)} blocks found '
              f'until then, {sum(early)} of them on the chain; {n_on_chain} heights of all its '
              f'others on the chain; {self.sent(n_sent)}')

    def are_on_chain(self, found):
        """Waits until a block of every height that was found is on the chain of the good one.
        Returns how many there are.

        What a worker finds twice at a height, while it waits for the next template, counts once.
        """
        heights = {e['height'] for e in found}
        for height in heights:
            wait_for(f'block {height} is on the chain',
                     lambda h=height: self.is_on_chain(h, found), PATIENCE_S)
        return len(heights)

    def is_on_chain(self, height, found):
        blobs = [e['blob'] for e in found if e['height'] == height]
        return self.good.height() > height and \
            self.good.rpc('get_block', height=height)['blob'] in blobs

    def sent(self, since):
        """What the adapter has said of the blocks: what became of how many of them where."""
        said = [re.search(r'to (\w+): ([a-z ]*[a-z])', line)
                for line in self.pool.said('block ')[since:]]
        counts = Counter(f'{m[1]} {m[2]}' for m in said)
        return ', '.join(f'{n} {what}' for what, n in sorted(counts.items()))

    def may_begin_afresh(self):
        """A worker that held a template of the wrong chain may, also where two blocks that it found
        at one height made a race; none has died otherwise."""
        self.assertEqual([e for e in self.pool.of('died') if e['code'] != 75], [])

    @takes(60)
    @within(600)
    def test_broken_processes(self):
        self.daemons()
        self.begin()
        with self.subTest('stopped process'):
            self.goes_wrong().pause()
            self.addCleanup(self.bad.resume)
            self.fresh_again('stopped', 40)
            self.bad.resume()
            self.network.agree()

        with self.subTest('killed process'):
            self.goes_wrong().kill()
            self.fresh_again('killed', 30)
        self.may_begin_afresh()

    @takes(60)
    @within(600)
    def test_wrong_answers(self):
        """It answers, but gives no template, or hears of no more blocks."""
        self.daemons(front=True)
        self.begin(find_ms=4000)
        with self.subTest('no template'):
            self.goes_wrong()
            self.front.refuses_templates = True
            self.fresh_again('no template', 40, others_mine=True)
            wait_for('it reads no_template', lambda: self.watcher.verdict(
                'alpha') == 'unhealthy/no_template', PATIENCE_S)
            self.assertEqual(self.pool.of('died'), [])
            self.front.refuses_templates = False
            self.network.agree()

        with self.subTest('frozen'):
            # It takes the blocks of the pool until the others have one that it lacks.
            self.network.freeze(self.goes_wrong().name)
            self.good.mine(1)
            self.fresh_again('frozen', 60, others_mine=True)
            wait_for('it reads unhealthy', lambda: self.watcher.node(
                self.bad.name)['state'] == 'unhealthy', PATIENCE_S)
            self.may_begin_afresh()

        with self.subTest('a real one refuses in the words of the front'):
            self.network.cut_off(self.bad.name)
            self.bad.kill()
            self.network.start(self.bad.name)
            wait_for('it answers', self.bad.tip, PATIENCE_S)
            with self.assertRaises(OSError) as caught:
                self.bad.rpc('get_block_template', wallet_address=monerods.ADDRESS, reserve_size=8)
            self.assertIn(str(BUSY), str(caught.exception))

        with self.subTest('it is chosen, and not synchronised: the block goes to another one'):
            self.watcher.ask(f'pin {self.bad.name}')
            busy = f'to {self.bad.name}: not able: HTTP 200, BUSY'
            n_sent = len(self.pool.of('submitted'))
            n_said = len(self.pool.said(busy))
            wait_for('it is busy', lambda: len(self.pool.said(busy)) > n_said + 1, PATIENCE_S)
            wait_for('the pool is answered', lambda: len(self.pool.of('submitted')) > n_sent + 1,
                     PATIENCE_S)
            self.assertEqual([e for e in self.pool.of('submitted')[n_sent:] if not e['ok']], [])

    @takes(60)
    @within(600)
    def test_fork(self):
        """The pool's own monerod has mined alone, and the pool on it; the others are further."""
        self.daemons()
        self.begin()
        self.goes_wrong()
        # Not before the pool is on the wrong chain.
        self.watcher.process.signal(signal.SIGSTOP)
        self.network.cut_off('alpha')
        # The adapter brings the pool's blocks to all: only from here on there are two chains.
        self.bad.mine(2)
        fork, wrong = self.bad.tip()
        wait_for('the pool extends the wrong chain', lambda: self.bad.height() > fork + 2 and
                 self.pool.is_on(self.bad.tip()[1]), PATIENCE_S)
        self.good.mine(self.bad.height() - self.good.height() + 5)
        self.network.agree('beta', 'gamma')
        self.assertNotEqual(self.good.rpc('get_block', height=fork)['block_header']['hash'], wrong)
        wait_for('the pool is still on it', lambda: self.pool.is_on(self.bad.tip()[1]), 30)
        self.watcher.process.signal(signal.SIGCONT)
        self.fresh_again('forked', 60, others_mine=True)
        self.network.heal()
        self.network.agree()
        self.pool.works_on(self.newest)
        self.may_begin_afresh()

    @takes(70)
    @within(600)
    def test_tipwatchd_comes_and_goes(self):
        self.daemons(watched=False)
        # Without the adapter, and with it the same.
        for adapter in (False, True):
            with self.subTest('tipwatchd never started', adapter=adapter):
                self.begin(adapter)
                self.freezes_with_its_daemon(adapter)
                self.assertEqual(self.pool.said(''), self.pool.said('no tipwatchd at'))
                self.assertEqual(len(self.pool.said('')), 1 if adapter else 0)
            self.pool.stop()

        with self.subTest('tipwatchd killed'):
            self.watcher.start()
            self.watcher.wait_settled(within=PATIENCE_S)
            self.begin(timeout_ms=1000 * PATIENCE_S)
            self.survives_kills(2)

    def freezes_with_its_daemon(self, adapter):
        """For as long as that is stopped no template and no block gets anywhere. Nobody moves the
        pool to the others, which are further."""
        alpha, self.good = self.nodes['alpha'], self.nodes['beta']
        alpha.pause()
        self.addCleanup(alpha.resume)
        start, n_asked, n_found = time.monotonic(), self.pool.n_asked(), len(self.found())
        self.good.mine(3)
        self.network.agree('beta', 'gamma')
        wait_for('it finds blocks', lambda: len(self.found(n_found)) > FROZEN_BLOCKS, PATIENCE_S)
        # One block and the answer to one call may have been on their way.
        lost = self.found(n_found + 1)
        self.assertLessEqual(self.pool.n_asked(), n_asked + 1, 'it is not frozen')
        seconds = time.monotonic() - start
        alpha.resume()
        self.network.agree()
        self.pool.works_on(self.newest)
        self.assertEqual([e for e in lost if self.is_on_chain(e['height'], lost)], [])
        self.assertEqual(self.pool.of('died', 'error'), [])
        print(f'stopped, {"tipwatchd never started" if adapter else "without the adapter"}: the '
              f'worker is frozen for the {seconds:.1f} s until it goes on; {len(lost)} blocks '
              f'found meanwhile, none on the chain')

    def survives_kills(self, n):
        """The choice goes and comes back; no call fails, no worker ends and no block is lost."""
        self.good = self.nodes['alpha']
        self.watcher.ask('pin beta')
        fresh = Freshness(self.pool, self.newest)

        def until(what, condition):
            wait_for(what, lambda: (fresh.look(), condition())[1], PATIENCE_S)
        until('the pool is at beta', lambda: self.pool.said('go to beta'))
        n_found, n_sent = len(self.found()), len(self.pool.said('block '))
        for i in range(1, n + 1):
            self.watcher.kill()
            until('the pool is at its own daemon',
                  lambda n=i: len(self.pool.said('no choice of tipwatchd')) == n)
            n_then = len(self.found())
            until('it finds blocks', lambda n=n_then: len(self.found()) > n + 2)
            self.watcher.start()
            until('the pool is at beta again', lambda n=i: len(self.pool.said('go to beta')) > n)
            n_then = len(self.found())
            until('it finds blocks', lambda n=n_then: len(self.found()) > n + 2)
        found = self.found(n_found)
        n_on_chain = self.are_on_chain(found)
        self.assertGreater(n_on_chain, n)
        self.assertEqual(self.pool.of('died', 'error'), [])
        self.assertLess(fresh.worst, 20)
        self.assertTrue(self.pool.said('has it already'), 'no peer has passed a block on')
        print(f'tipwatchd killed {n} times: {fresh.worst:.2f} s without a fresh template, '
              f'{len(found)} blocks found, {n_on_chain} heights of them on the chain; of those '
              f'that the adapter sent: {self.sent(n_sent)}')
