"""What `why` says would change the decision does, and is said to people as well."""
from harness.case import takes
from harness.waiting import wait_for
from net import NetCase


class Why(NetCase):
    @takes(20)
    def test_margin_is_true(self):
        self.network(5)
        why = self.watcher.ask('why')
        self.assertEqual(why['v'], 1)
        self.assertIn(why['rule'], ('incumbent', 'best_healthy'))
        self.assertEqual(why['daemon'], self.watcher.chosen())
        self.assertEqual(why['chain'], 'undisputed')
        self.assertEqual([v['vote'] for v in why['votes']], ['agrees'] * 5)
        self.assertEqual(why['margin']['flip']['voters'], 3)
        self.assertIsNone(why['margin']['gain'])
        forked = self.spare()
        self.demo.do(f'fork {forked} 3')
        self.has_verdict(forked, 'unhealthy/forked')
        why = self.watcher.ask('why')
        vote = next(v for v in why['votes'] if v['name'] == forked)
        self.assertEqual((vote['votes'], vote['vote'], vote['branch']), (True, 'conflicts', 1))
        self.assertEqual(why['margin']['flip']['voters'], 2)
        self.assertEqual(why['margin']['flip']['to'], forked)
        self.assertIn(forked, why['text'])
        node = self.watcher.ask(f'why {forked}')
        self.assertEqual((node['rule'], node['margin']['voters']), ('forked', 2))
        # One fewer than it says leaves the consensus alone.
        *some, last = why['margin']['lose']['who']
        for name in some:
            self.demo.do(f'die {name}')
            self.has_verdict(name, 'unresponsive/refused')
        self.assertEqual(self.watcher.select()['mode'], 'consensus')
        self.assertEqual(self.watcher.ask('why')['margin']['lose']['voters'], 1)
        self.demo.do(f'die {last}')
        self.has_verdict(last, 'unresponsive/refused')
        wait_for('the consensus ends',
                 lambda: self.watcher.select()['mode'] != 'consensus', 10)
        why = self.watcher.ask('why')
        self.assertIsNone(why['margin']['lose'])
        self.assertGreater(why['margin']['gain']['voters'], 0)
        # tipwatchctl tells the same.
        status, out, _ = self.run_program('tipwatchctl', '-s', self.watcher.socket, 'why', forked)
        self.assertEqual(status, 0)
        self.assertIn('left the main chain', ' '.join(out.split()))

    @takes(5)
    def test_what_is_no_command_is_counted(self):
        self.network(1)
        with self.watcher.ctl() as ctl:
            self.assertEqual(ctl.ask('frobnicate')['error']['code'], 'unknown_command')
            self.assertEqual(ctl.ask('why nobody')['error']['code'], 'unknown_node')
        _, _, body = self.watcher.http('/metrics')
        text = body if isinstance(body, str) else body.decode()
        self.assertIn('tipwatch_control_requests_total{command="unknown"} 1', text)
