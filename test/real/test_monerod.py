"""tipwatchd on three real monerods: stopped, killed, split and healed. See monerods.py."""
import monerods
from harness.case import Case, takes
from harness.waiting import timed, wait_for
from harness.watcher import Watcher

NAMES = ['alpha', 'beta', 'gamma']
# From the specification of the defaults: interval 1 s, timeout 5 s, fall 2.
KILLED_S = 2
HUNG_S = 12


class Monerods(Case):
    """Three networks are enough: their start is what takes time."""

    def setUp(self):
        super().setUp()
        self.network = monerods.Network(self, NAMES)
        self.nodes = self.network.nodes
        self.watcher = Watcher(
            self, [{'name': n, 'url': self.nodes[n].url} for n in NAMES],
            coin={'block_target': '6s'}, probe={'min_timeout': monerods.MIN_TIMEOUT},
            template={'wallet_address': monerods.ADDRESS})
        self.watcher.wait_settled()
        self.bad = self.nodes[self.watcher.chosen()]
        self.rest = [n for n in NAMES if n != self.bad.name]

    def moves_away(self, within):
        """Until a usable daemon other than the bad one is chosen; returns its node."""
        def moved():
            select = self.watcher.select()
            return select['usable'] and select['daemon']['name'] != self.bad.name
        seconds = timed(f'the pool is moved off {self.bad.name}', moved, within)
        self.note(f'moved off {self.bad.name} after {seconds:.2f} s')
        return self.nodes[self.watcher.chosen()]

    def bad_reads(self, verdict):
        wait_for(f'{self.bad.name} reads {verdict}',
                 lambda: self.watcher.verdict(self.bad.name) == verdict, 10)

    def shows_tip_of(self, node):
        wait_for(f'the tip is that of {node.name}',
                 lambda: self.watcher.select()['hash'] == node.tip()[1], 10)

    def all_healthy(self):
        wait_for('all are healthy again',
                 lambda: all(v == 'healthy/ok' for v in self.watcher.verdicts().values()), 60)

    def all_well_again(self, good):
        """Healed, the bad one is healthy, and that is no reason to go back."""
        self.network.connected()
        good.mine(1)
        self.network.agree()
        self.all_healthy()
        self.watcher.wait_checks(3)
        self.assertEqual(self.watcher.chosen(), good.name)

    @takes(90)
    def test_blocks_and_broken_processes(self):
        with self.subTest('dialect and templates'):
            status = self.watcher.status()
            self.assertEqual({d['dialect'] for d in status['daemons']}, {'monero'})
            self.assertEqual({d['template'] for d in status['daemons']}, {'ok'})

        with self.subTest('blocks of every node'):
            before = self.watcher.select()
            for node in self.nodes.values():
                node.mine(1)
                height, _ = self.network.agree()
                self.shows_tip_of(node)
                select = self.watcher.select()
                self.assertEqual((select['height'], select['network_height']), (height, height))
                header = node.rpc('get_last_block_header')['block_header']
                self.assertEqual(select['prev_hash'], header['prev_hash'])
            self.assertEqual(select['daemon'], before['daemon'])
            self.assertEqual((select['epoch'], select['chain_epoch']),
                             (before['epoch'], before['chain_epoch']))

        with self.subTest('stopped process'):
            self.bad.pause()
            self.addCleanup(self.bad.resume)
            good = self.moves_away(HUNG_S)
            self.bad_reads('unresponsive/timeout')
            good.mine(1)
            self.shows_tip_of(good)
            self.bad.resume()
            self.all_well_again(good)

        with self.subTest('killed process'):
            self.bad = good
            self.bad.kill()
            good = self.moves_away(KILLED_S)
            self.bad_reads('unresponsive/refused')

        with self.subTest('kill -9 of tipwatchd meanwhile'):
            before = self.watcher.select()
            self.watcher.kill()
            self.watcher.start()
            wait_for('it is usable again', lambda: self.watcher.select()['usable'], 15)
            after = self.watcher.select()
            self.assertEqual(after['daemon'], before['daemon'])
            self.assertEqual((after['epoch'], after['chain_epoch']),
                             (before['epoch'], before['chain_epoch']))

        with self.subTest('started again'):
            self.network.start(self.bad.name)
            self.all_well_again(good)

    @takes(60)
    def test_minority_fork_heals(self):
        chain_epoch = self.watcher.select()['chain_epoch']
        other = self.nodes[self.rest[0]]
        self.network.cut_off(self.bad.name)
        self.bad.mine(2)
        other.mine(4)
        self.network.agree(*self.rest)
        good = self.moves_away(10)
        self.bad_reads('unhealthy/forked')
        seen = self.watcher.node(self.bad.name)
        self.assertEqual((seen['fork_height'], seen['fork_depth']), (10, 2))
        self.shows_tip_of(other)
        targets = [t['name'] for t in self.watcher.ask('submit')['targets']]
        self.assertEqual(targets[0], good.name)
        # The forked one comes last: it probably cannot take a block.
        self.assertEqual(targets[-1], self.bad.name)
        self.assertEqual(sorted(targets[:-1]), sorted(self.rest))

        self.network.heal()
        self.all_well_again(good)
        self.assertEqual(self.watcher.select()['chain_epoch'], chain_epoch,
                         'the chain that was served never changed')

    @takes(60)
    def test_majority_reorganises(self):
        lone, other = self.bad, self.nodes[self.rest[0]]
        self.network.cut_off(lone.name)
        other.mine(2)
        self.network.agree(*self.rest)
        self.shows_tip_of(other)
        before = self.watcher.select()
        # Longer, so that the others give way when they meet: 2 blocks against 4.
        lone.mine(4)
        self.watcher.wait_checks(3)
        self.assertEqual(self.watcher.select()['hash'], before['hash'],
                         'one node alone moves nothing')
        self.assertIn(self.watcher.chosen(), self.rest)

        self.network.heal()
        lone.mine(1)
        self.network.agree()
        self.shows_tip_of(lone)
        after = self.watcher.select()
        self.assertGreater(after['chain_epoch'], before['chain_epoch'],
                           'templates of the old chain are void')
        # They gave way one by one: for a moment the slower one was the fork.
        self.assertLessEqual(after['epoch'], before['epoch'] + 1)
        self.all_healthy()
