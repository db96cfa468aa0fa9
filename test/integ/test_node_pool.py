"""A pool of Node.js with the adapter: moved off bad daemons, never frozen, no block lost."""
import json
import random
import signal
import time
import urllib.error
import urllib.request

from harness.case import takes
from harness.node_pool import Freshness, Pool
from harness.waiting import wait_for
from net import NetCase

# A worker finds a block each two seconds, others as many.
FIND_MS = 2000
SHARE_MS = 500
BEAT_S = 2
# For ever, as long as it is watched.
WATCHED_S = 8
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def nonce_at(url, height):
    """Of the block at a height of a node's chain; None where there is none."""
    for path, method, body in (
            ('/json_rpc', 'POST', {'id': 0, 'jsonrpc': '2.0', 'method': 'getblockheaderbyheight',
                                   'params': {'height': height}}),
            (f'/block/{height}', 'GET', None)):
        try:
            header = fetch_json(url + path, method, body)
        except urllib.error.HTTPError:
            continue
        if path != '/json_rpc':
            return header['nonce']
        return header['result']['block_header']['nonce'] if 'result' in header else None
    return None


def fetch_json(url, method, body):
    request = urllib.request.Request(url, method=method,
                                     data=json.dumps(body).encode() if body else None)
    with _opener.open(request, timeout=10) as reply:
        return json.load(reply)


class NodePool(NetCase):
    dialects = ['turtlecoin-rpc']
    monero = False

    def start(self, n=3, adapter=True, **options):
        self.daemons(n)
        self.begin(self.demo.port(0), self.watcher.socket if adapter else None, **options)

    def daemons(self, n=3, **sections):
        self.network(n, self.dialects, coin={'block_target': '2s'}, decision={'lag_for': '2s'},
                     **sections)
        self.primary = self.demo.names[0]
        self.arrived = {name: set() for name in self.demo.names}

    def begin(self, port, socket=None, **options):
        """The pool works on that port."""
        self.pool = Pool(self, port, socket, monero=self.monero, **options)
        self.pool.works_on(lambda: self.newest(self.primary))

    def newest(self, name):
        """Hash of the newest block of a node."""
        return next(n for n in self.demo.look('list')['nodes'] if n['name'] == name)['hash']

    def collect(self):
        """Which blocks were submitted where. A node remembers 32 of them."""
        for name, blobs in self.arrived.items():
            blobs.update(s['blob'] for s in self.demo.look(f'submits {name}')['submits'])

    def has(self, name, found):
        """Whether a node has a block that the pool has found: by RPC or from its peers."""
        return found['blob'] in self.arrived[name] or \
            nonce_at(self.demo.url(name), found['height']) == found['nonce']

    def beat(self):
        self.collect()
        self.demo.mine()

    def reorganise(self, notify=lambda: None):
        """All change to another chain of the same height. notify: monerod's --block-notify."""
        self.demo.mine(2)
        notify()
        self.pool.works_on(lambda: self.newest(self.primary))
        wait_for('tipwatchd has the blocks',
                 lambda: self.watcher.select()['hash'] == self.newest(self.primary), 20)
        epoch = self.watcher.select()['chain_epoch']
        self.demo.do(f'fork {self.demo.names[2]} 2')
        self.demo.do(f'adopt {self.demo.names[2]}')
        self.changed = time.monotonic()
        wait_for('tipwatchd has seen it', lambda: self.watcher.select()['chain_epoch'] > epoch, 20)


class Faults:
    """Something happens to the chosen daemon, under load. Limits are twice what it should take."""

    def suffers(self, fault, fresh_s, taken=None):
        """The pool is without a fresh template for less than fresh_s, and no block is lost.

        taken: tipwatchd sees nothing of it before this is true of the pool.
        """
        self.start(find_ms=FIND_MS)
        victim = self.watcher.chosen()
        good = [n for n in self.demo.names if n != victim]
        fresh = Freshness(self.pool, lambda: self.newest(good[0]))
        fresh.during(BEAT_S, self.beat)
        n_found = len(self.pool.of('found'))
        if taken:
            self.watcher.process.signal(signal.SIGSTOP)
        self.demo.do(fault.format(victim))
        if taken:
            wait_for('the pool has taken what the daemon has now', taken, 20)
            self.watcher.process.signal(signal.SIGCONT)
        start = time.monotonic()
        while self.watcher.chosen() == victim or not fresh.look():
            self.assertLess(time.monotonic() - start, 2 * fresh_s, 'no fresh template')
            fresh.during(1, self.beat)
        n_asked = self.pool.n_asked()
        fresh.during(BEAT_S, self.beat)
        wait_for('the pool is not frozen', lambda: self.pool.n_asked() > n_asked + 10, 20)
        wait_for('it finds blocks', lambda: len(self.pool.of('found')) > n_found + 2, 20)
        wait_for('the pool builds on the newest block', fresh.look, 10)
        found = self.pool.of('found')[n_found:]
        for name in good:
            self.arrive(name, found)
        print(f'{fault.format(victim)}: {fresh.worst:.2f} s without a fresh template, '
              f'{len(found)} blocks found, all of them at {", ".join(good)}')
        self.assertLess(fresh.worst, fresh_s)
        return self.refused()

    def arrive(self, name, found):
        def lost():
            self.collect()
            return [e for e in found if not self.has(name, e)]
        wait_for(f'{name} has every block that the pool found', lambda: not lost(), 20)

    def refused(self):
        return [e for e in self.pool.of('submitted') if not e['ok']]

    def is_whole(self):
        """No block was refused, and no worker had to be started again."""
        self.assertEqual(self.refused(), [])
        self.assertEqual(self.pool.of('died'), [])

    @takes(25)
    def test_killed(self):
        self.suffers('die {}', 10)
        self.is_whole()

    @takes(30)
    def test_hung(self):
        self.suffers('hang {}', 16)
        self.is_whole()

    @takes(30)
    def test_frozen(self):
        self.suffers('freeze {}', 16)
        self.assertEqual(self.pool.of('died'), [])

    @takes(25)
    def test_no_template(self):
        self.suffers('no-template {}', 10)
        self.is_whole()

    @takes(35)
    def test_stale_template(self):
        self.suffers('stale-template {}', 30)

    @takes(25)
    def test_garbage(self):
        self.suffers('garbage {}', 12)
        self.is_whole()

    @takes(35)
    def test_forked(self):
        # Found out within 2 s, but its templates are higher than those of the main chain, so that
        # the pool would not take them. The adapter is sure of that 5 s later, and the pool starts a
        # worker again after 2 s.
        def taken():
            return [e for e in self.pool.of('work') if e['height'] > 1020]
        self.suffers('fork {} 3 30', 30, taken)
        self.assertTrue(self.pool.said('of a dead branch'))


class WithoutAdapter(NodePool):
    """The pool as it was: this is what the adapter is for."""

    @takes(25)
    def test_hung(self):
        """One call that hangs stops a worker for good, and every block it finds is lost."""
        self.start(adapter=False, find_ms=FIND_MS)
        self.demo.do(f'hang {self.primary}')
        n_found = len(self.pool.of('found'))
        self.watcher.wait_settled(n=2)
        self.demo.mine(3)
        wait_for('tipwatchd has another', lambda: self.watcher.chosen() != self.primary, 30)
        n_asked = self.pool.n_asked()
        wait_for('it finds blocks', lambda: len(self.pool.of('found')) > n_found + 4, 20)
        self.collect()
        found = [e['blob'] for e in self.pool.of('found')[n_found + 1:]]
        for name, blobs in self.arrived.items():
            self.assertEqual([b for b in found if b in blobs], [], name)
        self.assertLessEqual(self.pool.n_asked(), n_asked + 1, 'it is frozen')

    def suffers(self, fault, recovers=True):
        """tipwatchd has a better daemon, but the pool is without a fresh template for as long as it
        is watched, and what it finds gets nowhere where it counts."""
        self.start(adapter=False, find_ms=FIND_MS)
        good = next(n for n in self.demo.names if n != self.primary)
        self.demo.do(fault.format(self.primary))
        self.demo.mine()
        wait_for('tipwatchd has another', lambda: self.watcher.chosen() != self.primary, 30)
        fresh = Freshness(self.pool, lambda: self.newest(good))
        wait_for('the pool does not build on the newest block', lambda: not fresh.look(), 10)
        n_found = len(self.pool.of('found'))
        fresh.during(WATCHED_S, self.beat)
        self.assertGreaterEqual(fresh.worst, WATCHED_S - 1)
        self.collect()
        # The first one may have been on its way.
        found = [e['blob'] for e in self.pool.of('found')[n_found + 1:]]
        self.assertTrue(found)
        self.assertEqual([b for b in found if b in self.arrived[good]], [])
        print(f'{fault.format(self.primary)}, without the adapter: {fresh.worst:.1f} s of '
              f'{WATCHED_S} without a fresh template, {len(found)} blocks found, none of them at '
              f'{good}')
        if recovers:
            self.demo.do(f'recover {self.primary}')
            self.demo.mine()
            self.pool.works_on(lambda: self.newest(good))

    @takes(20)
    def test_killed(self):
        self.suffers('die {}')

    @takes(20)
    def test_frozen(self):
        self.suffers('freeze {}')

    @takes(20)
    def test_no_template(self):
        self.suffers('no-template {}')

    @takes(20)
    def test_forked(self):
        """The lower templates that come after the fork are not even taken."""
        self.suffers('fork {} 3 30', recovers=False)

    @takes(20)
    def test_adapter_without_tipwatchd(self):
        """Then the pool is the one it was, also in that."""
        self.network(3, self.dialects)
        self.watcher.stop()
        self.primary = self.demo.names[0]
        self.pool = Pool(self, self.demo.port(0), self.watcher.socket)
        self.pool.works_on(lambda: self.newest(self.primary))
        self.demo.mine()
        self.pool.works_on(lambda: self.newest(self.primary))
        self.demo.do(f'die {self.primary}')
        wait_for('it sees the errors', lambda: [e for e in self.pool.of('error')
                                                if 'ECONNREFUSED' in e['message']], 20)
        self.demo.do(f'recover {self.primary}')
        self.demo.mine()
        self.pool.works_on(lambda: self.newest(self.primary))
        # It says so once, and why.
        wait_for('it is said', lambda: self.pool.said(''), 20)
        self.assertEqual(self.pool.said(''), self.pool.said(
            f'no tipwatchd at {self.watcher.socket}: there is no such file'))
        self.assertEqual(len(self.pool.said('')), 1)


class Restarts(NodePool):
    """tipwatchd comes and goes while the pool works."""

    @takes(60)
    def test_at_random(self):
        """That changes nothing but the choice: no block is lost and no call fails."""
        dice = random.Random(self.seed)
        self.start(find_ms=500, workers=2)
        # The pool's own daemon is well; another one is not.
        self.demo.do('hang d2')
        fresh = Freshness(self.pool, lambda: self.newest('d1'))
        for _ in range(8):
            if self.watcher.process.is_running():
                dice.choice([self.watcher.stop, self.watcher.kill])()
            else:
                self.watcher.start()
            fresh.during(dice.uniform(0.1, 5), self.beat)
        self.assertEqual(self.pool.of('died', 'error'), [])
        self.assertEqual([e for e in self.pool.of('submitted') if not e['ok']], [])
        wait_for('every block has arrived', self.all_arrived, 10)
        self.assertLess(fresh.worst, 5)
        print(f'{fresh.worst:.2f} s without a fresh template')

    def all_arrived(self):
        self.collect()
        return all(self.has('d1', e) for e in self.pool.of('found'))

    @takes(60)
    def test_daemon_hangs_while_tipwatchd_is_away(self):
        """The worker is stopped, as it would be without the adapter, but only until it is back."""
        self.start()
        self.watcher.kill()
        wait_for('the adapter knows', lambda: self.pool.said('no choice of tipwatchd'), 30)
        self.demo.do(f'hang {self.primary}')
        self.demo.mine()
        wait_for('the pool waits', lambda: self.is_still(), 20)
        self.watcher.start()
        self.pool.works_on(lambda: self.newest('d3'))

    def is_still(self):
        before = self.pool.n_asked()
        time.sleep(1)
        return self.pool.n_asked() == before


class Reorganised(NodePool):
    """All change to another chain of the same height: what each pool holds on to, with the adapter
    and without."""

    def drops(self, habit, **options):
        """Its miners get work on the new chain, with no block on top of it, and their shares count.
        Returns how many workers died."""
        self.start(habit=habit, share_ms=SHARE_MS, **options)
        self.reorganise()
        self.pool.works_on(lambda: self.newest(self.primary))
        print(f'{habit}: {time.monotonic() - self.changed:.1f} s of work on a dead branch, '
              f'{len(self.refused_shares())} shares refused')
        n_refused, n_shares = len(self.refused_shares()), len(self.pool.of('share'))
        wait_for('the miners work', lambda: len(self.pool.of('share')) > n_shares + 4, 20)
        self.assertEqual(len(self.refused_shares()), n_refused)
        died = self.pool.of('died')
        self.assertEqual([e for e in died if e['code'] != 75], [])
        return len(died)

    def keeps(self, habit, **options):
        """Its miners work on the dead branch until the next block comes."""
        self.start(habit=habit, share_ms=SHARE_MS, **options)
        self.reorganise()
        n_shares, n_asked = len(self.pool.of('share')), self.pool.n_asked()
        wait_for('the miners work', lambda: len(self.pool.of('share')) > n_shares + 4, 20)
        if habit == 'height':
            wait_for('it has asked again', lambda: self.pool.n_asked() > n_asked + 10, 20)
        self.assertFalse(self.pool.is_on(self.newest(self.primary)))
        self.demo.mine()
        self.pool.works_on(lambda: self.newest(self.primary))
        self.assertEqual(self.pool.of('died'), [])

    def refused_shares(self):
        return [e for e in self.pool.of('share') if not e['ok']]

    @takes(25)
    def test_turtle_pool(self):
        self.assertEqual(self.drops('height'), 1)

    @takes(25)
    def test_turtle_pool_left_alone(self):
        self.keeps('height', on_reorg='none')

    @takes(25)
    def test_cryptonote_nodejs_pool_1(self):
        self.assertEqual(self.drops('header'), 1)

    @takes(25)
    def test_cryptonote_nodejs_pool_1_without_adapter(self):
        self.keeps('header', adapter=False)
        self.assertGreater(len(self.refused_shares()), 2)

    @takes(25)
    def test_cryptonote_nodejs_pool_2(self):
        """Without the end of a worker, which would leave it without any template."""
        self.assertEqual(self.drops('relay', workers=2), 0)
        self.assertEqual(self.refused_shares(), [])
        self.assertEqual(len(self.pool.said('all miners of this process get a new job')), 2)

    @takes(25)
    def test_cryptonote_nodejs_pool_2_without_adapter(self):
        """The worker has the new template, and holds every share of its miner for wrong."""
        self.keeps('relay', adapter=False)
        self.assertGreater(len(self.refused_shares()), 2)

    @takes(25)
    def test_nodejs_pool(self):
        """By itself, and its master lives on."""
        self.assertEqual(self.drops('master', workers=2), 0)
        self.assertEqual(self.pool.said('reorganised'), [])


class TurtlecoinRpc(Faults, NodePool):
    pass


class RestDaemons(Faults, NodePool):
    """The pool's own daemon speaks JSON-RPC, the others do not."""
    dialects = ['turtlecoin-rpc', 'turtlecoin-rest', 'turtlecoin-rest']


class Monero(Faults, NodePool):
    dialects = ['monero']
    monero = True
