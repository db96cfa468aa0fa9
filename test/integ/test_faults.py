"""What pools suffer from, one fault at a time, in each dialect.

The pool is moved in time, to a good daemon, stays there, and the status names the reason.
"""
from harness.case import takes
from net import INTERVAL_S, LAG_FOR_S, TEMPLATE_INTERVAL_S, NetCase

KILLED_S = 2
HUNG_S = 12
FROZEN_S = LAG_FOR_S + 2 * INTERVAL_S
FORKED_S = 2 * INTERVAL_S
WRECKED_S = 6 * INTERVAL_S
REPORTED_S = 1
TEMPLATE_S = TEMPLATE_INTERVAL_S + 2


class Faults:
    dialect = None

    def setUp(self):
        super().setUp()
        self.network(5, [self.dialect])
        self.victim = self.watcher.chosen()

    def is_moved(self, verdict, within):
        good = self.moves_away(self.victim, within)
        self.has_verdict(self.victim, verdict)
        self.assertEqual(self.watcher.verdict(good), 'healthy/ok')
        switch = self.watcher.status()['switches'][0]
        self.assertEqual((switch['from'], switch['to'], switch['reason']),
                         (self.victim, good, 'incumbent_bad'))
        self.stays(good)
        self.assertEqual(self.watcher.verdict(self.victim), verdict)
        return good

    def comes_back(self, good):
        """Healed, the victim is healthy again, and that is no reason to go back."""
        self.demo.do(f'recover {self.victim}')
        self.demo.mine()
        self.healthy_again(self.victim)
        self.stays(good, checks=3)

    @takes(25)
    def test_killed(self):
        self.demo.do(f'die {self.victim}')
        self.comes_back(self.is_moved('unresponsive/refused', KILLED_S))

    @takes(40)
    def test_hung(self):
        self.demo.do(f'hang {self.victim}')
        self.comes_back(self.is_moved('unresponsive/timeout', HUNG_S))

    @takes(25)
    def test_frozen(self):
        self.demo.do(f'freeze {self.victim}')
        self.demo.mine()
        self.comes_back(self.is_moved('unhealthy/lagging', FROZEN_S))

    @takes(25)
    def test_forked(self):
        self.demo.do(f'fork {self.victim} 3')
        good = self.is_moved('unhealthy/forked', FORKED_S)
        node = self.watcher.node(self.victim)
        self.assertGreaterEqual(node['fork_depth'], 3)
        self.assertEqual(node['height'] - node['fork_height'], node['fork_depth'])
        self.assertEqual(self.watcher.select()['mode'], 'consensus')
        targets = [t['name'] for t in self.watcher.ask('submit')['targets']]
        self.assertEqual(targets[0], good)
        self.assertEqual(targets[-1], self.victim)
        self.comes_back(good)

    @takes(30)
    def test_no_template(self):
        self.demo.do(f'no-template {self.victim}')
        good = self.is_moved('unhealthy/no_template', TEMPLATE_S)
        self.assertEqual(self.watcher.node(self.victim)['template'], 'failed')
        self.comes_back(good)

    @takes(30)
    def test_stale_template(self):
        self.demo.do(f'stale-template {self.victim}')
        self.demo.mine()
        good = self.is_moved('unhealthy/stale_template', TEMPLATE_S + 2)
        self.assertEqual(self.watcher.node(self.victim)['template'], 'stale')
        self.comes_back(good)


class Wrecks(Faults):
    """Of the dialects whose daemons can be wrecked."""

    def is_left(self, kind):
        self.demo.do(f'wreck {self.victim} {kind}')
        good = self.is_moved('unhealthy/wrecked', WRECKED_S)
        self.assertIn('restart it', self.watcher.node(self.victim)['detail'])
        submit = self.watcher.ask('submit')
        self.assertNotIn(self.victim, [t['name'] for t in submit['targets']])
        self.assertEqual(self.watcher.status()['consensus']['answering'], 4)
        self.demo.do(f'restart {self.victim} 0 0')
        self.healthy_again(self.victim)
        self.stays(good, checks=3)

    @takes(30)
    def test_wrecked(self):
        self.is_left('words')

    @takes(30)
    def test_wrecked_in_height(self):
        self.is_left('height')

    @takes(15)
    def test_wrecked_and_reported(self):
        """What the pool saw has it looked at now."""
        self.demo.do(f'wreck {self.victim}')
        self.watcher.ask(f'report {self.victim} submit-failed')
        self.is_moved('unhealthy/wrecked', REPORTED_S)


class TurtlecoinRpc(Wrecks, NetCase):
    dialect = 'turtlecoin-rpc'


class TurtlecoinRest(Wrecks, NetCase):
    dialect = 'turtlecoin-rest'


class Monero(Faults, NetCase):
    dialect = 'monero'


class Mixed(NetCase):
    """Dialects side by side in one network, and faults that look alike in all of them."""

    @takes(20)
    def test_dialects_together(self):
        self.network(6, ['turtlecoin-rpc', 'turtlecoin-rest', 'monero'])
        status = self.watcher.status()
        self.assertEqual([d['dialect'] for d in status['daemons']],
                         ['turtlecoin-rpc', 'turtlecoin-rest', 'monero'] * 2)
        self.assertEqual({d['template'] for d in status['daemons']}, {'ok'})
        self.assertEqual(len({d['hash'] for d in status['daemons']}), 1)
        victim = self.watcher.chosen()
        self.demo.do(f'die {victim}')
        self.stays(self.moves_away(victim, KILLED_S))

    def reads(self, fault, verdict, within=HUNG_S):
        victim = self.watcher.chosen()
        self.demo.do(fault.format(victim))
        good = self.moves_away(victim, within)
        self.has_verdict(victim, verdict)
        self.stays(good, checks=3)
        self.demo.do(f'recover {victim}')

    @takes(40)
    def test_broken_answers(self):
        self.network(5, ['turtlecoin-rpc', 'turtlecoin-rest', 'monero'])
        for fault in ('http-error {} 500', 'garbage {}', 'deep {}'):
            with self.subTest(fault):
                self.reads(fault, 'unhealthy/bad_reply')

    @takes(60)
    def test_broken_connections(self):
        self.network(5, ['turtlecoin-rest', 'monero', 'turtlecoin-rpc'])
        self.reads('reset {}', 'unresponsive/reset')
        self.reads('endless {}', 'unhealthy/too_large')

    @takes(40)
    def test_truncated_answer(self):
        self.network(5, ['monero', 'turtlecoin-rpc', 'turtlecoin-rest'])
        victim = self.watcher.chosen()
        self.demo.do(f'truncate {victim}')
        good = self.moves_away(victim, HUNG_S)
        self.assertIn(self.watcher.node(victim)['reason'], ('reset', 'bad_reply'))
        self.stays(good, checks=3)

    @takes(40)
    def test_slower_than_the_timeout(self):
        self.network(5, ['turtlecoin-rpc', 'turtlecoin-rest', 'monero'],
                     probe={'timeout': '1s'})
        self.reads('slow {} 3000', 'unresponsive/timeout')

    @takes(25)
    def test_without_peers(self):
        self.network(5, ['turtlecoin-rpc', 'turtlecoin-rest', 'monero'])
        victim = self.watcher.chosen()
        self.demo.do(f'peers {victim} 0 0')
        # Peer counts are asked for less often than headers.
        good = self.moves_away(victim, 15)
        self.has_verdict(victim, 'unhealthy/isolated')
        self.stays(good, checks=3)
