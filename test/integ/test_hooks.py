"""Hooks: what they are told, that they stop nothing, and the examples with their real partners."""
import http.server
import json
import os
import shutil
import stat
import subprocess
import threading
import urllib.parse

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
        # Those of a found block are empty but in on_block.
        self.assertEqual([env[n] for n in named if n.startswith('TIPWATCH_BLOCK_')], [''] * 4)
        # For the worse too.
        for name in self.demo.names:
            if name != victim:
                self.demo.do(f'die {name}')
        env = told('mode-fallback')
        self.assertEqual(env['TIPWATCH_OLD_MODE'], 'consensus')
        wait_for('nothing is usable', lambda: not self.watcher.select()['usable'], 10)

    def lines(self, name='told'):
        return self.read(name).splitlines()

    @takes(25)
    def test_usable(self):
        """Told when the first daemon is usable, when none is any more, and when one is again."""
        write = self.script('hook', 'echo $TIPWATCH_EVENT $TIPWATCH_USABLE >>told')
        self.network(3, hooks={'on_usable': write})
        wait_for('it is told of the first', lambda: self.lines()[-1:] == ['usable 1'], 15)
        for name in self.demo.names:
            self.demo.do(f'die {name}')
        wait_for('none is usable', lambda: not self.watcher.select()['usable'], 20)
        wait_for('it is told', lambda: self.lines()[-1:] == ['usable 0'], 10)
        for name in self.demo.names:
            self.demo.do(f'recover {name}')
        wait_for('one is usable', lambda: self.watcher.select()['usable'], 30)
        wait_for('it is told', lambda: self.lines()[-1:] == ['usable 1'], 10)
        # Each one is a change.
        n = len(self.lines())
        self.assertEqual(self.lines(), ['usable 1', 'usable 0'] * (n // 2) + ['usable 1'])

    @takes(20)
    def test_chain(self):
        """Told when all change to another chain, and not of the blocks before."""
        write = self.script('hook', 'echo $TIPWATCH_EVENT $TIPWATCH_CHAIN_EPOCH $TIPWATCH_HASH '
                            '$TIPWATCH_HEIGHT $TIPWATCH_OLD_HEIGHT >>told')
        self.network(3, hooks={'on_chain': write})
        self.demo.mine(2)
        wait_for('tipwatchd has the blocks', lambda: self.watcher.select()['height'] == 1002, 20)
        self.assertEqual(self.lines(), [])
        epoch = self.watcher.select()['chain_epoch']
        self.demo.do('fork d3 2')
        self.demo.do('adopt d3')
        wait_for('it is told', self.lines, 20)
        self.assertRegex(self.lines()[0], f'^chain {epoch + 1} [0-9a-f]{{64}} 1002 1002$')
        wait_for('it is told of each', lambda: len(self.lines()) ==
                 self.watcher.select()['chain_epoch'] - epoch, 10)
        self.assertEqual(self.lines()[-1].split()[2], self.watcher.select()['hash'])

    @takes(25)
    def test_beat(self):
        """As long as tipwatchd lives; what fails is logged once."""
        write = self.script('hook', 'echo $TIPWATCH_EVENT $TIPWATCH_BEAT_S >>told; [ ! -e bad ]')
        self.network(3, hooks={'on_beat': write, 'beat': '1s'})
        wait_for('it beats', lambda: len(self.lines()) > 1, 15)
        self.assertEqual(set(self.lines()), {'beat 1'})
        bad = os.path.join(self.dir, 'bad')
        with open(bad, 'w', encoding='utf-8'):
            pass
        wait_for('it fails', lambda: self.runs('on_beat', 'failed') > 1, 15)
        self.assertEqual(self.watcher.process.log().count('failed with exit status 1'), 1)
        os.unlink(bad)
        wait_for('it works again', lambda: 'hooks.on_beat: ' + write + ' works again' in
                 self.watcher.process.log(), 15)

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
        self.network(3, hooks={k: v if k == 'beat' else os.path.join(HOOKS, v)
                               for k, v in hooks.items()})

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
        self.start({'REDIS_URL': f'redis://127.0.0.1:{port}'}, beat='2s', on_switch='redis',
                   on_mode='redis', on_usable='redis', on_chain='redis', on_beat='redis')

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
        wait_for('the last switch is published',
                 lambda: published()['epoch'] == self.watcher.select()['epoch'], 10)
        self.assertIn(int(cli('TTL', 'tipwatch:select')), range(1, 7))
        # Beats, while nothing else happens.
        n = subscriber.log().count('"message"')
        wait_for('the beat is heard', lambda: subscriber.log().count('"message"') > n + 1, 20)
        # A reader notices that tipwatchd has ended.
        self.watcher.kill()
        wait_for('the key expires', lambda: cli('EXISTS', 'tipwatch:select') == '0', 20)
        self.watcher.start()
        wait_for('it is back', published, 20)
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

    @takes(20)
    def test_drop_work(self):
        """After a change to a chain of the same height, not of a longer one, and after a fork."""
        path = self.fake('systemctl', 'echo "$@" >>calls')
        self.start({'PATH': path, 'POOL_UNIT': 'my-pool.service'}, on_switch='drop-work',
                   on_chain='drop-work')

        def run(**variables):
            env = {f'TIPWATCH_{k.upper()}': v for k, v in variables.items()}
            subprocess.run([os.path.join(HOOKS, 'drop-work')], check=True, timeout=20,
                           env={**os.environ, 'TIPWATCH_FROM_REASON': 'ok', **env})
            calls = self.read('calls')
            with open(os.path.join(self.dir, 'calls'), 'w', encoding='utf-8'):
                return calls
        restart = '--no-block try-restart my-pool.service\n'
        self.demo.mine(2)
        wait_for('tipwatchd has the blocks', lambda: self.watcher.select()['height'] == 1002, 20)
        self.demo.do('fork d3 2')
        self.demo.do('adopt d3')
        wait_for('the pool is restarted', lambda: self.read('calls').startswith(restart), 20)
        self.watcher.stop()
        os.unlink(os.path.join(self.dir, 'calls'))
        self.assertEqual(run(event='chain', height='7', old_height='6'), '')
        self.assertEqual(run(event='chain', height='7', old_height='8'), restart)
        self.assertEqual(run(event='switch', from_reason='timeout'), '')
        self.assertEqual(run(event='switch', from_reason='forked'), restart)
        os.environ['POOL_SIGNAL'] = 'USR1'
        self.addCleanup(os.environ.pop, 'POOL_SIGNAL')
        self.assertEqual(run(event='switch', from_reason='ahead'),
                         'kill --signal=USR1 my-pool.service\n')

    def receiver(self):
        """An HTTP server; returns its URL and the requests: (path, headers, body)."""
        seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length'])).decode()
                seen.append((self.path, dict(self.headers), body))
                self.send_response(200)
                self.send_header('Content-Length', '0')
                self.end_headers()

            def log_message(self, *_):
                pass
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f'http://127.0.0.1:{server.server_address[1]}', seen

    @takes(20)
    def test_curl(self):
        """What the three that use it send, to a server of the test."""
        url, seen = self.receiver()
        self.start({'WEBHOOK_URL': url + '/webhook', 'SLACK_URL': url + '/slack',
                    'TELEGRAM_API': url, 'TELEGRAM_TOKEN': '12:ab', 'TELEGRAM_CHAT': '-7',
                    'no_proxy': '*'},
                   on_usable='webhook', on_mode='slack', on_switch='telegram')
        wait_for('both are told', lambda: len(seen) == 2, 20)
        self.watcher.ask(f'pin {self.spare()}')
        wait_for('the switch is told', lambda: len(seen) == 3, 20)
        asked = {path: (headers, body) for path, headers, body in seen}
        headers, body = asked['/webhook']
        self.assertEqual((headers['X-Tipwatch-Event'], headers['Content-Type']),
                         ('usable', 'application/json'))
        self.assertTrue(json.loads(body)['usable'])
        text = json.loads(asked['/slack'][1])['text']
        self.assertRegex(text, r'^tipwatch: mode: d\d, usable 1, mode consensus: a majority of')
        form = urllib.parse.parse_qs(asked['/bot12:ab/sendMessage'][1])
        self.assertEqual(form['chat_id'], ['-7'])
        self.assertRegex(form['text'][0], r'^tipwatch: switch: d\d, usable 1, mode consensus: ')
        # Quotes and backslashes do not break it.
        env = {**os.environ, 'TIPWATCH_EVENT': 'x', 'TIPWATCH_TO': '', 'TIPWATCH_USABLE': '0',
               'TIPWATCH_MODE': 'fallback', 'TIPWATCH_TEXT': 'a "b" \\c'}
        subprocess.run([os.path.join(HOOKS, 'slack')], check=True, timeout=20, env=env)
        self.assertEqual(json.loads(seen[-1][2])['text'],
                         'tipwatch: x: no daemon, usable 0, mode fallback: a "b" \\c')
