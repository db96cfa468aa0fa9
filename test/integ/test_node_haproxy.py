"""A pool of Node.js without the adapter, with HAProxy between it and the daemons."""
import os
import signal
import stat
import time

from harness import ports
from harness.case import takes
from harness.haproxy import Haproxy
from harness.node_pool import Freshness
from harness.waiting import wait_for
from test_node_pool import BEAT_S, FIND_MS, NodePool

NAMES = ('alpha', 'beta', 'gamma')
BACKEND = 'by-agent'
DROP_WORK = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))), 'etc', 'hooks', 'drop-work')


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

    def between_requests(self):
        """Until the pool was just answered, a block and then a template: nothing is under way.

        Of a connection that is reset HAProxy 2.6 repeats the request only where it sees the end
        of it before the reset, and fails it otherwise.
        """
        for names in (('submitted',), ('reply', 'error')):
            n = len(self.pool.of(*names))
            wait_for('the pool is answered', lambda: len(self.pool.of(*names)) > n, 20)

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
        self.between_requests()
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

    # tipwatchd is what is away.

    def all_are_at(self, name, found):
        """Every block, and nowhere else: HAProxy gives each to one daemon."""
        def arrived(at):
            return [b for b in found if b in self.arrived[at]]
        wait_for(f'every block is at {name}', lambda: (self.collect(), arrived(name))[1] == found,
                 20)
        self.assertEqual([n for n in NAMES if n != name and arrived(n)], [])

    def found(self):
        """What the pool has found, once each was answered."""
        found = [e['blob'] for e in self.pool.of('found')]
        wait_for('each block is answered', lambda: len(self.pool.of('submitted')) >= len(found), 20)
        return found

    def is_whole(self):
        self.assertEqual(self.pool.of('died', 'error'), [])
        self.assertEqual([e for e in self.pool.of('submitted') if not e['ok']], [])

    @takes(45)
    def test_tipwatchd_killed_and_restarted(self):
        """That moves nothing: HAProxy keeps what it knew. It does not stop the next choice."""
        self.watcher.ask('pin beta')
        wait_for('HAProxy has beta', lambda: self.proxy.chosen_up(BACKEND) == {'beta-chosen'}, 20)
        n_before = len(self.found())
        fresh = Freshness(self.pool, lambda: self.newest('beta'))
        for _ in range(3):
            self.watcher.kill()
            fresh.during(2 * BEAT_S, self.beat)
            self.assertEqual(self.proxy.chosen_up(BACKEND), {'beta-chosen'})
            self.watcher.start()
            self.watcher.wait_settled()
            fresh.during(BEAT_S, self.beat)
        found = self.found()[n_before:]
        self.assertGreater(len(found), 3)
        self.all_are_at('beta', found)
        self.tell('tipwatchd killed 3 times', fresh, found)
        self.assertLess(fresh.worst, 5)
        self.watcher.ask('pin gamma')
        wait_for('HAProxy has gamma', lambda: self.proxy.chosen_up(BACKEND) == {'gamma-chosen'}, 20)
        n_before = len(self.found())
        wait_for('it finds blocks', lambda: len(self.pool.of('found')) > n_before + 1, 20)
        self.all_are_at('gamma', self.found()[n_before:])
        self.is_whole()

    @takes(35)
    def test_daemon_dies_while_tipwatchd_is_away(self):
        """HAProxy's own check of the connection moves the pool, and requests are repeated."""
        self.watcher.kill()
        self.suffers_alone(self.victim, self.good)

    @takes(35)
    def test_tipwatchd_never_started(self):
        """The pool is at its primary; and if that dies, at the next one."""
        self.pool.stop()
        self.proxy.stop()
        self.watcher.stop()
        self.proxy.start()
        self.begin(self.proxy.port, find_ms=FIND_MS)
        fresh = Freshness(self.pool, lambda: self.newest('alpha'))
        fresh.during(3 * BEAT_S, self.beat)
        found = self.found()
        self.assertGreater(len(found), 1)
        self.all_are_at('alpha', found)
        self.tell('tipwatchd never started', fresh, found)
        self.assertLess(fresh.worst, 5)
        self.suffers_alone('alpha', NAMES[1:])

    def suffers_alone(self, victim, good):
        """A daemon dies, and only HAProxy can know."""
        self.victim, self.good = victim, good
        fresh = Freshness(self.pool, lambda: self.newest(good[0]))
        self.between_requests()
        self.demo.do(f'die {victim}')
        n_before = len(self.pool.of('found'))
        fresh.during(3 * BEAT_S, self.beat)
        wait_for('the pool builds on the newest block', fresh.look, 10)
        wait_for('it finds blocks', lambda: len(self.pool.of('found')) > n_before + 3, 20)
        found = self.found()[n_before:]
        self.arrive(found)
        self.tell('die {} without tipwatchd', fresh, found)
        self.assertLess(fresh.worst, 10)
        self.is_whole()


class DeadBranch(NodePool):
    """All change to another chain of the same height, and the hook drop-work is there or not."""

    def behind(self, hook, pool_signal='', **options):
        """A pool behind HAProxy. What the hook asks of systemctl stands in calls; a signal goes to
        the pool."""
        self.calls = os.path.join(self.dir, 'calls')
        self.pid = os.path.join(self.dir, 'pid')
        systemctl = os.path.join(self.dir, 'systemctl')
        with open(systemctl, 'w', encoding='utf-8') as file:
            file.write(f'#!/bin/sh\n[ "$1" = kill ] && kill -USR1 "$(cat {self.pid})"\n'
                       f'echo "$@" >>{self.calls}\n')
        os.chmod(systemctl, stat.S_IRWXU)
        for name, value in (('PATH', self.dir + ':' + os.environ['PATH']),
                            ('POOL_SIGNAL', pool_signal)):
            self.addCleanup(os.environ.update, {name: os.environ.get(name, '')})
            os.environ[name] = value
        agent_port = ports.free_port()
        self.daemons(names=NAMES, agent={'listen': f'127.0.0.1:{agent_port}'},
                     hooks={'on_chain': DROP_WORK, 'on_switch': DROP_WORK} if hook else {})
        self.proxy = Haproxy(self, BACKEND, {n: self.demo.port(i) for i, n in enumerate(NAMES)},
                             agent_port, self.watcher.http_port)
        wait_for('HAProxy has the chosen daemon', lambda: self.proxy.chosen_up(BACKEND), 20)
        self.begin(self.proxy.port, **options)
        with open(self.pid, 'w', encoding='utf-8') as file:
            file.write(str(self.pool.process.pid))

    def notify(self):
        os.kill(self.pool.process.pid, signal.SIGUSR1)

    def first_call(self):
        with open(self.calls, encoding='utf-8') as file:
            line = file.readline()
        return line if line.endswith('\n') else ''

    def is_asked(self):
        return wait_for('the hook has run', self.first_call, 20)

    def has_not_dropped(self, notify=lambda: None):
        n_asked = self.pool.n_asked()
        notify()
        wait_for('it has asked again', lambda: self.pool.n_asked() > n_asked, 20)
        self.assertFalse(self.pool.is_on(self.newest(self.primary)))

    def tell(self, what):
        print(f'{what}: {time.monotonic() - self.changed:.1f} s of work on a dead branch')

    @takes(25)
    def test_nothing_drops_it(self):
        self.behind(hook=False)
        self.reorganise()
        self.has_not_dropped()
        self.demo.mine()
        self.pool.works_on(lambda: self.newest(self.primary))

    @takes(25)
    def test_restart(self):
        self.behind(hook=True)
        self.reorganise()
        self.assertEqual(self.is_asked(), '--no-block try-restart pool.service\n')
        self.tell('until the restart of the pool')
        self.pool.stop()
        self.begin(self.proxy.port)

    @takes(25)
    def test_signal(self):
        """It polls every 45 s otherwise."""
        self.behind(hook=True, pool_signal='USR1', habit='signal', poll_ms=45000)
        self.reorganise(self.notify)
        self.pool.works_on(lambda: self.newest(self.primary), 20)
        self.tell('monero-pool with the signal')
        self.assertEqual(self.is_asked(), 'kill --signal=USR1 pool.service\n')

    @takes(25)
    def test_signal_is_not_enough(self):
        self.behind(hook=True, pool_signal='USR1', habit='signal2', poll_ms=45000)
        self.reorganise(self.notify)
        self.is_asked()
        self.has_not_dropped(self.notify)
