"""The operator's and the pool's commands, and reload."""
import os
import pwd

from harness.case import takes
from harness.waiting import wait_for
from net import NetCase


class Operate(NetCase):
    def setUp(self):
        super().setUp()
        self.network(3, ['turtlecoin-rest', 'turtlecoin-rpc', 'monero'])

    def done(self, request):
        answer = self.watcher.ask(request)
        self.assertTrue(answer.get('ok'), answer)

    @takes(15)
    def test_drain_and_undrain(self):
        victim = self.watcher.chosen()
        self.done(f'drain {victim}')
        select = self.watcher.select()
        self.assertNotEqual(select['daemon']['name'], victim, 'it applies at once')
        self.assertTrue(select['usable'])
        self.assertEqual(self.watcher.verdict(victim), 'maintenance/drained')
        self.assertEqual(self.watcher.http(f'/daemon/{victim}')[0], 503)
        self.assertEqual(self.watcher.status()['consensus']['voters'], 3,
                         'it votes while it answers')
        self.done(f'undrain {victim}')
        self.healthy_again(victim)
        self.stays(select['daemon']['name'], checks=2)

    def test_every_daemon_drained(self):
        for name in self.demo.names:
            self.done(f'drain {name}')
        select = self.watcher.select()
        self.assertEqual((select['daemon']['name'], select['usable'], select['reason']),
                         (self.demo.names[0], False, 'primary'))

    @takes(15)
    def test_pin_and_unpin(self):
        other = self.spare()
        self.done(f'pin {other}')
        select = self.watcher.select()
        self.assertEqual((select['daemon']['name'], select['pinned'], select['reason']),
                         (other, True, 'pinned'))
        self.demo.do(f'die {other}')
        wait_for('a pinned bad daemon is not usable',
                 lambda: not self.watcher.select()['usable'], 5)
        self.assertEqual(self.watcher.chosen(), other)
        self.done('unpin')
        select = self.watcher.select()
        self.assertNotEqual(select['daemon']['name'], other)
        self.assertTrue(select['usable'])
        self.assertFalse(select['pinned'])

    @takes(15)
    def test_check_and_report(self):
        # So seldom that only a request makes a check.
        self.watcher.write(daemons=[{**n, 'interval': '1h'} for n in self.demo.nodes()])
        self.watcher.stop()
        self.watcher.start()
        self.watcher.wait_settled()
        name = self.demo.names[1]

        def checks():
            return {d['name']: d['checks'] for d in self.watcher.status()['daemons']}
        before = checks()
        self.done('check')
        after = checks()
        self.assertTrue(all(after[n] > before[n] for n in before), (before, after))
        self.done(f'check {name}')
        self.assertEqual({n: c - after[n] for n, c in checks().items() if c != after[n]},
                         {name: 1})

        self.demo.do(f'no-template {name}')
        self.done(f'report {name} template-failed')
        self.has_verdict(name, 'unhealthy/no_template')
        self.demo.do(f'recover {name}')
        wait_for('the template is good again', lambda: self.reported_good(name), 5)

    def reported_good(self, name):
        """Reports again and again: not every one makes a check."""
        self.done(f'report {name} submit-failed')
        return self.watcher.node(name)['template'] == 'ok'

    def ctl(self, *arguments):
        status, out, err = self.run_program('tipwatchctl', '-s', self.watcher.socket, *arguments)
        self.assertEqual((status, err), (0, ''))
        return ' '.join(out.split())

    @takes(15)
    def test_warnings(self):
        """What a pin or a drain does to the pool is said where an operator may not expect it."""
        first, second, third = self.demo.names
        self.assertNotIn('warning', self.ctl('pin', second))
        self.demo.do(f'die {third}')
        self.has_verdict(third, 'unresponsive/refused')
        self.assertIn(f'warning: {third} is unresponsive (refused), and a pin does not change '
                      'that: usable is false', self.ctl('pin', third))
        self.assertFalse(self.watcher.select()['usable'])
        self.assertNotIn('warning', self.ctl('unpin'))
        self.assertNotIn('warning', self.ctl('drain', first))
        self.assertIn('warning: no daemon is left', self.ctl('drain', second))
        # Who did it is in the log.
        user = pwd.getpwuid(os.getuid()).pw_name
        self.assertRegex(self.watcher.process.log(),
                         rf'operator {user} \(uid {os.getuid()}, pid \d+\): drain {second}\n')

    def test_why_it_was_switched(self):
        """In words, not in codes: a drain is not a fault."""
        victim = self.watcher.chosen()
        self.done(f'drain {victim}')
        switch = self.watcher.status()['switches'][0]
        self.assertEqual((switch['reason'], switch['text']),
                         ('incumbent_bad', f'{victim} was drained'))
        self.assertIn(f'{victim} was drained', self.ctl())
        self.assertNotIn('incumbent_bad', self.ctl())
        wait_for('it is said why the other one was left', lambda: self.watcher.select()['text']
                 .endswith(f'it took over because {victim} was drained'), 10)

    def test_node_for_people(self):
        said = self.ctl('node', self.demo.names[0])
        self.assertRegex(said, r'since \d+ s ago')
        self.assertRegex(said, r'latency \d+ ms')
        self.assertNotIn('_ms', said.replace('tip_delay_ms', ''))

    def test_help(self):
        self.assertIn('drain', self.ctl('help'))
        said = self.ctl('help', 'drain')
        self.assertTrue(said.startswith('usage: tipwatchctl drain NAME take a node out'), said)
        self.assertIn('control.operators', said)
        self.assertNotIn('control.operators', self.ctl('help', 'why'))
        status, _, err = self.run_program('tipwatchctl', 'help', 'fly')
        self.assertEqual(status, 2)
        self.assertIn("unknown command 'fly'", err)

    @takes(15)
    def test_reports_are_limited(self):
        name = self.demo.names[1]
        before = self.watcher.node(name)['checks']
        client = self.watcher.ctl()
        client.send(f'report {name} timeout\n' * 500)
        for _ in range(500):
            self.assertTrue(client.read()['ok'])
        self.assertLess(self.watcher.node(name)['checks'] - before, 50)

    @takes(20)
    def test_reload_of_a_good_file(self):
        nodes = self.demo.nodes()
        kept = self.watcher.chosen()
        gone, other = (n['name'] for n in nodes if n['name'] != kept)
        by_name = {n['name']: n for n in nodes}
        self.watcher.wait_checks(2)
        before = self.watcher.node(kept)
        self.watcher.write(daemons=[by_name[other], {**by_name[kept], 'primary': True}],
                           probe={'interval': '500ms'})
        self.watcher.reload()
        wait_for('the node is gone',
                 lambda: [d['name'] for d in self.watcher.status()['daemons']] ==
                 [other, kept], 5)
        after = self.watcher.node(kept)
        self.assertGreaterEqual(after['checks'], before['checks'], 'its history is kept')
        self.assertEqual(after['state'], 'healthy')
        self.assertEqual(self.watcher.chosen(), kept)
        self.assertEqual(self.watcher.ask(f'node {gone}')['error']['code'], 'unknown_node')
        # And back, by command this time.
        self.watcher.write(daemons=nodes)
        self.done('reload')
        self.healthy_again(gone)
        self.stays(kept, checks=3)

    @takes(15)
    def test_reload_of_a_bad_file(self):
        before = self.watcher.status()
        self.watcher.write(probe={'rise': 1000})
        self.watcher.reload()
        wait_for('the refusal is logged', lambda: 'rise' in self.watcher.process.log(), 5)
        self.assertIn(self.watcher.conf_path, self.watcher.process.log())
        answer = self.watcher.ask('reload')
        self.assertIn('rise', answer['error']['message'])
        self.watcher.wait_checks(2)
        after = self.watcher.status()
        self.assertEqual([d['name'] for d in after['daemons']],
                         [d['name'] for d in before['daemons']])
        self.assertEqual(after['select']['daemon'], before['select']['daemon'])

    @takes(15)
    def test_removing_the_chosen_one(self):
        chosen = self.watcher.chosen()
        rest = [n for n in self.demo.nodes() if n['name'] != chosen]
        self.watcher.write(daemons=rest)
        self.done('reload')
        wait_for('another one is chosen', lambda: self.watcher.select()['usable'] and
                 self.watcher.chosen() != chosen, 5)


class Priority(NetCase):
    @takes(25)
    def test_failback_to_a_higher_priority(self):
        self.network(3, settled=False)
        nodes = self.demo.nodes()
        self.watcher.stop()
        self.watcher.write(daemons=[{**nodes[0], 'priority': 10}, *nodes[1:]],
                           decision={'failback_after': '3s', 'min_switch_interval': '1s'})
        self.watcher.start()
        self.watcher.wait_settled()
        best = nodes[0]['name']
        self.demo.do(f'die {best}')
        self.moves_away(best, 2)
        self.demo.do(f'recover {best}')
        wait_for('the pool goes back', lambda: self.watcher.chosen() == best, 15)
        self.assertEqual(self.watcher.status()['switches'][0]['reason'], 'priority')
