"""Several nodes wrong at once: minorities, liars, majorities that are stuck."""
import statistics
import time

from harness.case import calm, takes
from harness.waiting import wait_for
from net import LAG_FOR_S, NetCase

HUNG_S = 12
# 0.28 refuses templates after its peers lied to it; that is another fault.
THREE_DIALECTS = ['turtlecoin-rpc@0.22', 'turtlecoin-rest', 'monero']


class Consensus(NetCase):
    def setUp(self):
        super().setUp()
        self.network(5, THREE_DIALECTS)
        self.names = self.demo.names
        self.start = self.watcher.status()['select']
        # Everything the pool is told from here on.
        self.stream = self.watcher.ctl()
        self.stream.ask('watch')

    def told(self):
        """The select objects streamed so far."""
        marker = self.watcher.select()['seq']
        seen = []
        while not seen or seen[-1]['seq'] < marker:
            seen.append(self.stream.read())
        return seen

    def never_moved(self):
        seen = self.told()
        self.assertEqual({s['daemon']['name'] for s in seen}, {self.start['daemon']['name']})
        self.assertEqual({s['epoch'] for s in seen}, {self.start['epoch']})
        self.assertTrue(all(s['usable'] for s in seen))
        return seen

    @takes(25)
    def test_two_of_five_on_another_fork(self):
        two = [self.spare(), self.spare(self.spare())]
        # Longer than the chain of the rest.
        self.demo.do(f'fork {",".join(two)} 3 4')
        for name in two:
            self.has_verdict(name, 'unhealthy/forked')
        self.demo.mine()
        self.watcher.wait_checks(5)
        seen = self.never_moved()
        self.assertEqual({s['chain_epoch'] for s in seen}, {self.start['chain_epoch']})
        self.assertLessEqual(max(s['network_height'] for s in seen), self.start['height'] + 1)
        consensus = self.watcher.status()['consensus']
        self.assertEqual(consensus['conflicting'], 2)
        self.assertEqual(sorted(consensus['branches'][1]['members']), sorted(two))

    @takes(25)
    def test_one_claims_a_thousand_more(self):
        liar = self.spare()
        self.demo.do(f'claim {liar} +1000')
        self.watcher.wait_checks(3)
        self.demo.mine()
        wait_for('the next block is the tip',
                 lambda: self.watcher.select()['height'] == self.start['height'] + 1, 5)
        self.watcher.wait_checks(3)
        seen = self.never_moved()
        self.assertEqual({s['network_height'] for s in seen} -
                         {self.start['height'], self.start['height'] + 1}, set())

    @takes(40)
    def test_three_of_five_stuck(self):
        chosen = self.start['daemon']['name']
        fresh = [self.spare(), self.spare(self.spare())]
        stuck = [n for n in self.names if n not in fresh]
        self.assertIn(chosen, stuck)
        for name in stuck:
            self.demo.do(f'freeze {name}')
        self.demo.mine()
        good = self.moves_away(chosen, LAG_FOR_S + 2)
        self.assertIn(good, fresh)
        for name in stuck:
            self.has_verdict(name, 'unhealthy/lagging')
        wait_for('the network height follows the two',
                 lambda: self.watcher.select()['network_height'] == self.start['height'] + 1, 5)
        select = self.watcher.select()
        self.assertEqual(select['mode'], 'consensus', 'who is merely behind contradicts nobody')
        self.stays(good, checks=3)

    @takes(25)
    def test_all_lie_about_the_network_height(self):
        for name in self.names:
            self.demo.do(f'lie {name} 5000000')
        wait_for('the claims are shown',
                 lambda: all((d['network_height_claim'] or 0) > 1000000
                             for d in self.watcher.status()['daemons']), 20)
        self.watcher.wait_checks(3)
        self.demo.mine()
        wait_for('the next block is the tip',
                 lambda: self.watcher.select()['height'] == self.start['height'] + 1, 5)
        seen = self.never_moved()
        self.assertLessEqual(max(s['network_height'] for s in seen), self.start['height'] + 1)
        self.assertEqual(set(self.watcher.verdicts().values()), {'healthy/ok'})

    @calm
    @takes(30)
    def test_query_answered_while_all_hang(self):
        for name in self.names:
            self.demo.do(f'hang {name}')
        waits = []
        with self.watcher.ctl() as pool:
            end = time.monotonic() + HUNG_S
            while time.monotonic() < end:
                start = time.monotonic()
                select = pool.ask('select')
                waits.append(time.monotonic() - start)
                if not select['usable']:
                    break
                time.sleep(0.01)
        self.note(f'slowest answer {max(waits) * 1000:.1f} ms of {len(waits)}')
        self.assertFalse(select['usable'])
        self.assertEqual(select['mode'], 'fallback')
        self.assertIsNotNone(select['daemon'])
        # A busy machine is late now and then; whoever waited for a daemon would wait for longer.
        self.assertLess(statistics.median(waits), 0.02)
        self.assertLess(max(waits), 0.25)

    @takes(30)
    def test_all_dead_and_back(self):
        for name in self.names:
            self.demo.do(f'die {name}')
        wait_for('it says that nothing is usable',
                 lambda: not self.watcher.select()['usable'], 5)
        # With nothing to go by it was the primary. Back first, it is as good as any, and stays.
        self.demo.do(f'recover {self.names[0]}')
        wait_for('the first one is back', lambda: self.watcher.select()['usable'], 20)
        for name in self.names[1:]:
            self.demo.do(f'recover {name}')
        self.watcher.wait_settled()
        self.assertEqual(self.watcher.chosen(), self.names[0])
        # To one more, before it was known that that one is dead too, and back to the primary.
        self.assertLessEqual(self.watcher.select()['epoch'], self.start['epoch'] + 2)

    @takes(25)
    def test_the_network_reorganises(self):
        """All move to another branch of the same height: only the hash and chain_epoch tell."""
        two = [self.spare(), self.spare(self.spare())]
        self.demo.do(f'fork {",".join(two)} 2')
        for name in two:
            self.has_verdict(name, 'unhealthy/forked')
        wanted = self.watcher.node(two[0])['hash']
        self.demo.do(f'adopt {two[0]}')
        wait_for('the tip is on the other branch',
                 lambda: self.watcher.select()['hash'] == wanted, 10)
        self.assertGreater(self.watcher.select()['chain_epoch'], self.start['chain_epoch'])
        self.watcher.wait_settled()

    @takes(25)
    def test_even_split_is_contested(self):
        dead = self.spare()
        self.demo.do(f'die {dead}')
        self.has_verdict(dead, 'unresponsive/refused')
        half = [n for n in self.names if n not in (dead, self.watcher.chosen())][:2]
        self.demo.do(f'fork {",".join(half)} 3')
        wait_for('it is contested', lambda: self.watcher.select()['mode'] == 'contested', 10)
        self.assertEqual(self.watcher.chosen(), self.start['daemon']['name'],
                         'the incumbent is on the main chain')
