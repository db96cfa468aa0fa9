"""The first screen of a tipwatchd that was started with URLs, and what it advises."""
import os
import re
import subprocess

from harness import conf, ports
from harness.case import Case, takes
from harness.demo import WALLET, Demo
from harness.process import Process
from harness.waiting import wait_for

LOGGED = re.compile(r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [a-z]+: ')


class FirstRun(Case):
    def urls(self, demo):
        return [node['url'] for node in demo.announced]

    @takes(10)
    def test_one_screen(self):
        demo = Demo(self, 3, ['turtlecoin-rpc', 'turtlecoin-rest', 'monero'], seed=self.seed)
        dead = f'http://127.0.0.1:{ports.free_port()}'
        control = os.path.join(self.dir, 'c.sock')
        port = ports.free_port()
        arguments = ['--control', control, '--http', f'127.0.0.1:{port}',
                     '--state', os.path.join(self.dir, 'state'), *self.urls(demo), f'dead={dead}']
        watcher = Process(self, 'tipwatchd', [self.program('tipwatchd'), *arguments])
        wait_for('the first screen is whole', lambda: 'note: ' in watcher.log(), 30)
        screen = [line for line in watcher.log().splitlines() if not LOGGED.match(line)]
        text = '\n'.join(screen)
        for kind in ('turtlecoin-rpc 0.28.3', 'turtlecoin-rest 1.0.1', 'monero 0.18', dead,
                     'unresponsive (refused)', 'consensus:', '3 of 4 agree', control,
                     f'http://127.0.0.1:{port}/'):
            self.assertIn(kind, text)
        self.assertLessEqual(len(screen), 24, text)
        keep = next(line for line in screen if line.startswith('  keep'))
        self.assertTrue(all(len(line) <= 80 for line in screen if line != keep), text)
        # What it says about keeping the set-up works as it stands.
        path = f'{os.path.dirname(self.program("tipwatchd"))}:{os.environ["PATH"]}'
        subprocess.run(['sh', '-c', keep.replace('  keep  ', '')], cwd=self.dir, check=True,
                       env=dict(os.environ, PATH=path), timeout=30)
        status, out, err = self.run_program('tipwatchd', '-t', '-c', 'tipwatch.conf')
        self.assertEqual((status, out), (0, 'configuration OK\n'), err)
        # Once is enough.
        demo.do('die d1')
        wait_for('d1 is seen to be dead', lambda: 'd1: healthy/ok ->' in watcher.log(), 30)
        self.assertEqual(watcher.log().count('tipwatchd 0'), 1)

    def advice(self, nodes, **sections):
        """What one look says after the table."""
        path = os.path.join(self.dir, 'once.conf')
        settings = {'daemons': nodes, 'control': {'path': os.path.join(self.dir, 'c.sock')},
                    'state': {'dir': self.dir}, **sections}
        with open(path, 'w', encoding='utf-8') as file:
            file.write(conf.text(settings))
        _, out, err = self.run_program('tipwatchd', '-c', path, '--once', within=60)
        self.assertEqual(err, '')
        # Sentences are wrapped.
        return re.sub(r'\n  (?=\S)', ' ', '\n' + out[out.index('DAEMON'):])

    @takes(10)
    def test_advice(self):
        demo = Demo(self, 3, ['turtlecoin-rpc'], seed=self.seed)
        demo.do('peers all 4 8')
        nodes = demo.nodes()
        wallet = {'wallet_address': WALLET}
        said = self.advice(nodes[:1])
        self.assertIn('one node only', said)
        self.assertIn('no template.wallet_address', said)
        self.assertNotIn('on one address', said)
        said = self.advice(nodes[:2], template=wallet)
        self.assertIn('two nodes only', said)
        self.assertNotIn('wallet_address', said)
        said = self.advice(nodes, template=wallet)
        self.assertIn('all nodes are on one address', said)
        self.assertNotIn('nodes only', said)
        self.assertNotIn('probably one daemon', said)
        self.assertNotIn('connected only to each other', said)
        twin = {'name': 'twin', 'url': nodes[0]['url'].replace('127.0.0.1', 'localhost')}
        said = self.advice([*nodes, twin], template=wallet)
        self.assertIn('d1 and twin are probably one daemon', said)
        elsewhere = {'name': 'far', 'url': 'http://192.0.2.1:1', 'timeout': '100ms'}
        said = self.advice([*nodes, elsewhere], template=wallet, probe={'min_timeout': '50ms'})
        self.assertNotIn('on one address', said)
        demo.do('peers all 1 1')
        self.assertIn('connected only to each other', self.advice(nodes, template=wallet))

    def test_advice_on_monero(self):
        demo = Demo(self, 3, ['monero'], seed=self.seed)
        self.assertIn('coin.block_target is 30 s', self.advice(demo.nodes()))
        self.assertNotIn('coin.block_target',
                         self.advice(demo.nodes(), coin={'block_target': '2m'}))

    def test_advice_is_logged(self):
        demo = Demo(self, 1, seed=self.seed)
        path = os.path.join(self.dir, 'one.conf')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(conf.text({
                'daemons': demo.nodes(), 'http': {'listen': ''},
                'control': {'path': os.path.join(self.dir, 'c.sock')},
                'state': {'dir': os.path.join(self.dir, 'state')}}))
        watcher = Process(self, 'tipwatchd', [self.program('tipwatchd'), '-c', path])
        wait_for('it is logged', lambda: ' warn: one node only' in watcher.log(), 30)
        self.assertNotIn('look  tipwatchctl', watcher.log())
