"""Hooks: what they are told, that they stop nothing, and the examples with their real partners."""
import json
import os
import shutil
import stat
import subprocess

from harness import ports
from harness.case import takes
from harness.process import Process
from harness.waiting import wait_for
from net import NetCase

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOOKS = os.path.join(TOP, 'etc', 'hooks')


class HookCase(NetCase):
    def script(self, name, body):
        """A program in the test's directory; returns its path."""
        path = os.path.join(self.dir, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(f'#!/bin/sh\ncd {self.dir}\n{body}\n')
        os.chmod(path, stat.S_IRWXU)
        return path

    def read(self, name):
        try:
            with open(os.path.join(self.dir, name), encoding='utf-8') as file:
                return file.read()
        except FileNotFoundError:
            return ''

    def runs(self, hook, result='ok'):
        return self.watcher.metrics()[
            f'tipwatch_hook_runs_total{{hook="{hook}",result="{result}"}}']


class Hooks(HookCase):
    @takes(25)
    def test_what_they_are_told(self):
        write = self.script('hook', 'env | grep ^TIPWATCH_ >new; '
                            'mv new $TIPWATCH_EVENT-$TIPWATCH_MODE')
        self.network(3, hooks={'on_switch': write, 'on_mode': write})

        def told(name):
            text = wait_for(f'the hook was told {name}', lambda: self.read(name), 15)
            return dict(line.split('=', 1) for line in text.splitlines())
        env = told('mode-consensus')
        self.assertEqual((env['TIPWATCH_OLD_MODE'], env['TIPWATCH_FROM']),
                         ('starting', env['TIPWATCH_TO']))
        victim = self.watcher.chosen()
        self.demo.do(f'die {victim}')
        good = self.moves_away(victim, 5)
        env = told('switch-consensus')
        select = self.watcher.select()
        daemon = select['daemon']
        self.assertEqual((env['TIPWATCH_FROM'], env['TIPWATCH_TO']), (victim, good))
        self.assertEqual((env['TIPWATCH_URL'], env['TIPWATCH_HOST'], env['TIPWATCH_PORT'],
                          env['TIPWATCH_TLS']),
                         (daemon['url'], daemon['host'], str(daemon['port']), '0'))
        self.assertEqual((env['TIPWATCH_HASH'], env['TIPWATCH_HEIGHT'], env['TIPWATCH_EPOCH']),
                         (select['hash'], str(select['height']), str(select['epoch'])))
        self.assertEqual((env['TIPWATCH_COUNT'], env['TIPWATCH_USABLE'], env['TIPWATCH_SOCKET']),
                         ('1', '1', self.watcher.socket))
        told_select = json.loads(env['TIPWATCH_SELECT'])
        self.assertEqual(told_select['daemon'], daemon)
        # Every variable is in the manual, and the other way round.
        with open(os.path.join(TOP, 'etc/man/tipwatch-hooks.7.scd'), encoding='utf-8') as file:
            page = file.read().split('# ENVIRONMENT')[1].split('# UNDER SYSTEMD')[0]
        named = {word.strip('*,') for word in page.split() if word.startswith('*TIPWATCH_')}
        self.assertEqual(named, set(env))
        # For the worse at once.
        for name in self.demo.names:
            if name != victim:
                self.demo.do(f'die {name}')
        env = told('mode-fallback')
        self.assertEqual(env['TIPWATCH_OLD_MODE'], 'consensus')
        wait_for('nothing is usable', lambda: not self.watcher.select()['usable'], 10)

    @takes(20)
    def test_failures_are_told(self):
        bad = self.script('bad', 'echo the pool is not there >&2\nexit 7')
        self.network(3, hooks={'on_switch': bad})
        self.watcher.ask(f'pin {self.spare()}')
        wait_for('the failure is counted', lambda: self.runs('on_switch', 'failed') == 1, 10)
        self.assertIn(f'hooks.on_switch: {bad} failed with exit status 7: the pool is not there',
                      self.watcher.process.log())
        # Taken away since: said, and nothing else.
        os.unlink(bad)
        self.watcher.ask('unpin')
        self.watcher.ask(f'pin {self.spare()}')
        wait_for('that is counted too', lambda: self.runs('on_switch', 'failed') >= 2, 10)
        self.assertIn('cannot be run: No such file', self.watcher.process.log())
        # A reload turns it off.
        self.watcher.write(hooks={'on_switch': ''})
        self.assertTrue(self.watcher.ask('reload')['ok'])
        before = self.runs('on_switch', 'failed')
        self.watcher.ask(f'pin {self.spare()}')
        self.watcher.wait_checks(1)
        self.assertEqual(self.runs('on_switch', 'failed'), before)

    @takes(20)
    def test_one_that_hangs_is_in_nobodys_way(self):
        """Switches go on meanwhile; what was missed is told afterwards, as one."""
        slow = self.script('slow', 'echo $TIPWATCH_FROM $TIPWATCH_TO $TIPWATCH_COUNT >>told\n'
                           'while [ ! -e go ]; do sleep 0.05; done')
        self.network(3, hooks={'on_switch': slow})
        a = self.watcher.chosen()
        b, c = (name for name in self.demo.names if name != a)
        for name in (b, c, a, c):
            self.watcher.ask(f'pin {name}')
            self.assertEqual(self.watcher.chosen(), name)
        self.watcher.wait_checks(2)
        wait_for('the first was told', lambda: self.read('told'), 10)
        self.assertEqual(self.read('told'), f'{a} {b} 1\n')
        with open(os.path.join(self.dir, 'go'), 'w', encoding='utf-8'):
            pass
        wait_for('both runs are counted', lambda: self.runs('on_switch') == 2, 10)
        self.assertEqual(self.read('told'), f'{a} {b} 1\n{b} {c} 3\n')
        self.assertEqual(
            self.watcher.metrics()['tipwatch_hook_merged_total{hook="on_switch"}'], 2)

    @takes(20)
    def test_no_child_is_left(self):
        self.network(3, hooks={'on_switch': self.script('quick', 'true')})
        a, b = self.watcher.chosen(), self.spare()
        for _ in range(5):
            self.watcher.ask(f'pin {b}')
            self.watcher.ask(f'pin {a}')
        wait_for('all have run', lambda: self.runs('on_switch') + self.watcher.metrics()[
            'tipwatch_hook_merged_total{hook="on_switch"}'] == 10, 10)
        children = f'/proc/{self.watcher.process.pid}/task/{self.watcher.process.pid}/children'
        with open(children, encoding='utf-8') as file:
            self.assertEqual(file.read(), '')


class Examples(HookCase):
    def fake(self, name, body):
        """A program that the examples find before the real one; returns the PATH for it."""
        self.script(name, body)
        return self.dir + ':' + os.environ['PATH']

    def start(self, path_or_env, **hooks):
        env = {'PATH': path_or_env} if isinstance(path_or_env, str) else path_or_env
        for name, value in env.items():
            os.environ[name], old = value, os.environ.get(name)
            self.addCleanup(self._put_back, name, old)
        self.network(3, hooks={k: os.path.join(HOOKS, v) for k, v in hooks.items()})

    @staticmethod
    def _put_back(name, old):
        if old is None:
            del os.environ[name]
        else:
            os.environ[name] = old

    @takes(30)
    def test_redis(self):
        """Two readers of a real Redis see every switch, and what they see is the decision."""
        server = shutil.which('redis-server')
        self.assertTrue(server, 'redis-server is not there: test/run provides it (redis-tools)')
        port = ports.free_port()
        redis = Process(self, 'redis', [server, '--port', port, '--bind', '127.0.0.1', '--save',
                                        '', '--appendonly', 'no', '--dir', self.dir])
        redis.expected_exit = None

        def cli(*words):
            return subprocess.run(['redis-cli', '-p', str(port), *words], text=True, timeout=10,
                                  capture_output=True, check=False).stdout.strip()
        wait_for('redis answers', lambda: cli('PING') == 'PONG', 10)
        subscriber = Process(self, 'subscriber', [
            'redis-cli', '-p', port, '--csv', 'SUBSCRIBE', 'tipwatch:select'])
        subscriber.is_disposable = True
        wait_for('the subscriber is there', lambda: 'subscribe' in subscriber.log(), 10)
        self.start({'REDIS_URL': f'redis://127.0.0.1:{port}'}, on_switch='redis', on_mode='redis')

        def published():
            text = cli('GET', 'tipwatch:select')
            return json.loads(text) if text else {}
        # At the start by on_mode, then at every switch.
        wait_for('the first decision is there',
                 lambda: published().get('daemon') == self.watcher.select()['daemon'], 15)
        first = self.watcher.chosen()
        for name in (n for n in self.demo.names if n != first):
            self.watcher.ask(f'pin {name}')
            wait_for(f'{name} is published', lambda n=name: published()['daemon']['name'] == n, 10)
            wait_for('and heard of', lambda n=name: f'\\"name\\":\\"{n}\\"' in
                     subscriber.log().splitlines()[-1], 10)
        self.assertEqual(published()['epoch'], self.watcher.select()['epoch'])
        # Without Redis: said, and nothing else.
        subscriber.kill()
        redis.stop()
        self.watcher.ask('unpin')
        self.watcher.ask(f'pin {first}')
        wait_for('the failure is told', lambda: 'redis failed with exit status' in
                 self.watcher.process.log(), 10)

    @takes(20)
    def test_restart_pool(self):
        path = self.fake('systemctl', 'echo "$@" >>calls')
        self.start({'PATH': path, 'DAEMON_ENV': os.path.join(self.dir, 'daemon.env'),
                    'POOL_UNIT': 'my-pool.service'}, on_switch='restart-pool')
        victim = self.watcher.chosen()
        self.demo.do(f'die {victim}')
        self.moves_away(victim, 5)
        daemon = self.watcher.select()['daemon']
        wait_for('the pool was restarted', lambda: self.read('calls'), 10)
        self.assertEqual(self.read('calls'), '--no-block try-restart my-pool.service\n')
        self.assertEqual(self.read('daemon.env'),
                         f'DAEMON_URL={daemon["url"]}\nDAEMON_HOST={daemon["host"]}\n'
                         f'DAEMON_PORT={daemon["port"]}\n')

    @takes(20)
    def test_mail(self):
        path = self.fake('sendmail', 'echo "$@" >>calls; cat >>mail; echo ---- >>mail')
        self.start({'PATH': path, 'MAIL_TO': 'ops@pool.example'}, on_switch='mail', on_mode='mail')
        wait_for('the first mode is mailed', lambda: '----' in self.read('mail'), 15)
        victim = self.watcher.chosen()
        self.demo.do(f'die {victim}')
        good = self.moves_away(victim, 5)
        wait_for('the switch is mailed', lambda: self.read('mail').count('----') == 2, 10)
        first, second, _ = self.read('mail').split('----\n')
        self.assertIn('To: ops@pool.example\nSubject: [tipwatch] mode starting -> consensus\n',
                      first)
        self.assertIn(f'Subject: [tipwatch] daemon {victim} -> {good}\n', second)
        self.assertIn('usable     1\n', second)
        self.assertEqual(self.read('calls').splitlines(), ['-oi ops@pool.example'] * 2)
