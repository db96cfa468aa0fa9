"""The HTTP endpoint: paths, statuses, methods, metrics."""
import contextlib
import json
import shutil
import socket
import subprocess

from harness.waiting import wait_for
from net import NetCase


class Http(NetCase):
    def setUp(self):
        super().setUp()
        self.network(3)

    def test_paths(self):
        chosen = self.watcher.chosen()
        other = next(n for n in self.demo.names if n != chosen)
        for path, expected in [('/status', 200), ('/select', 200), ('/health', 200), ('/live', 200),
                               ('/metrics', 200), ('/', 200), ('/history', 200),
                               ('/history/day', 200), (f'/daemon/{chosen}', 200),
                               (f'/daemon/{chosen}/chosen', 200), (f'/daemon/{other}/chosen', 503),
                               ('/daemon/nobody', 404), ('/daemon/nobody/chosen', 404),
                               ('/daemon/', 404), ('/nothing', 404), ('/status/', 404),
                               ('/%00', 404), ('/..%2f..%2fetc/passwd', 404),
                               (f'/daemon/{chosen}/x', 404), ('/' + 'a' * 4000, 404)]:
            with self.subTest(path[:60]):
                status, headers, body = self.watcher.http(path)
                self.assertEqual(status, expected)
                if expected == 404:
                    self.assertEqual(headers.get_content_type(), 'application/json')
                    self.assertIn('message', json.loads(body)['error'])

    def test_bodies(self):
        status, select = self.watcher.http_json('/select')
        self.assertEqual((status, select['v']), (200, 1))
        over_socket = self.watcher.select()
        self.assertEqual(set(select), set(over_socket))
        self.assertEqual(select['daemon'], over_socket['daemon'])
        self.assertEqual(set(self.watcher.http_json('/health')[1]), set(select))
        full = self.watcher.http_json('/status')[1]
        self.assertEqual(set(full), set(self.watcher.status()))
        name = self.demo.names[0]
        self.assertEqual(set(self.watcher.http_json(f'/daemon/{name}')[1]),
                         set(self.watcher.node(name)))

    def test_methods(self):
        status, headers, body = self.watcher.http('/status', method='HEAD')
        self.assertEqual((status, body), (200, ''))
        self.assertEqual(headers.get_content_type(), 'application/json')
        for method in ('POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'):
            with self.subTest(method):
                status, headers, body = self.watcher.http(
                    '/status', method=method, data=b'x=1' if method == 'POST' else None)
                self.assertEqual(status, 405)
                self.assertIn('message', json.loads(body)['error'])
                self.assertIn('GET', headers['Allow'])

    def test_daemon_and_health_turn_503(self):
        victim = self.watcher.chosen()
        self.demo.do(f'die {victim}')
        wait_for('the dead daemon reads 503',
                 lambda: self.watcher.http(f'/daemon/{victim}')[0] == 503, 5)
        self.assertEqual(self.watcher.http('/health')[0], 200)
        for name in self.demo.names:
            if name != victim:
                self.demo.do(f'die {name}')
        wait_for('health reads 503', lambda: self.watcher.http('/health')[0] == 503, 10)
        self.assertEqual(self.watcher.http('/live')[0], 200)
        self.assertFalse(self.watcher.http_json('/health')[1]['usable'])

    def test_metrics_pass_promtool(self):
        promtool = shutil.which('promtool')
        self.assertTrue(promtool, 'promtool is not installed')
        victim = self.watcher.chosen()
        # With values missing, too: no sample may stand for them.
        self.demo.do(f'die {victim}')
        wait_for('a daemon is down',
                 lambda: self.watcher.node(victim)['state'] == 'unresponsive', 5)
        _, headers, body = self.watcher.http('/metrics')
        self.assertEqual(headers['Content-Type'].split(';')[0], 'text/plain')
        self.assertIn('version=0.0.4', headers['Content-Type'])
        done = subprocess.run([promtool, 'check', 'metrics'], input=body, text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + body)
        self.assertEqual(done.stdout + done.stderr, '')

    def test_metrics_say_what_the_status_says(self):
        samples = self.watcher.metrics()
        status = self.watcher.status()
        self.assertEqual(samples['tipwatch_usable'], 1)
        self.assertEqual(samples['tipwatch_mode{mode="consensus"}'], 1)
        self.assertEqual(samples['tipwatch_mode{mode="fallback"}'], 0)
        self.assertEqual(samples['tipwatch_network_height'],
                         status['consensus']['network_height'])
        self.assertEqual(samples['tipwatch_voters'], 3)
        for daemon in status['daemons']:
            name = daemon['name']
            self.assertEqual(samples[f'tipwatch_daemon_chosen{{daemon="{name}"}}'],
                             int(daemon['chosen']))
            self.assertEqual(
                samples[f'tipwatch_daemon_state{{daemon="{name}",state="healthy"}}'], 1)
            self.assertEqual(samples[f'tipwatch_daemon_height{{daemon="{name}"}}'],
                             daemon['height'])
        self.assertIn('process_resident_memory_bytes', samples)

    def test_open_metrics(self):
        _, headers, body = self.watcher.http(
            '/metrics', headers={'Accept': 'application/openmetrics-text; version=1.0.0'})
        self.assertEqual(headers.get_content_type(), 'application/openmetrics-text')
        self.assertTrue(body.endswith('# EOF\n'))

    def test_requests_that_are_no_requests(self):
        for data in (b'\0\0\0\0', b'GET\r\n\r\n', b'GET / HTTP/9.9\r\n\r\n', b'A' * 100000,
                     b'GET /status HTTP/1.1\r\nHost: x\r\nX: ' + b'y' * 100000 + b'\r\n\r\n'):
            with self.subTest(data[:30]), \
                    socket.create_connection(('127.0.0.1', self.watcher.http_port), 5) as sock:
                try:
                    sock.sendall(data)
                    # The server may have closed already.
                    with contextlib.suppress(OSError):
                        sock.shutdown(socket.SHUT_WR)
                    while sock.recv(65536):
                        pass
                except ConnectionError:
                    pass
        self.assertEqual(self.watcher.http('/live')[0], 200)

    def test_slow_clients_do_not_stop_others(self):
        for _ in range(20):
            sock = socket.create_connection(('127.0.0.1', self.watcher.http_port), 5)
            self.addCleanup(sock.close)
            sock.sendall(b'GET /status HTTP/1.1\r\nHost:')
        self.assertEqual(self.watcher.http('/select')[0], 200)

    def test_port_in_use(self):
        second = self.second_watcher(http={'listen': f'127.0.0.1:{self.watcher.http_port}'})
        second.start(until_answers=False)
        second.process.expected_exit = 1
        self.assertEqual(second.process.wait(10), 1)
        self.assertIn(str(self.watcher.http_port), second.process.log())

    def test_history(self):
        victim = self.watcher.chosen()

        def is_kept():
            # Runs of [first frame, name]; what a frame shows is final once there is a later one.
            history = self.watcher.http_json('/history')[1]
            runs = dict(zip(history['chosen'][1::2], history['chosen'][::2]))
            return history['frames'] > runs.get(victim, history['frames']) + 1
        wait_for('a whole frame shows the choice', is_kept, 10)
        self.demo.do(f'die {victim}')
        wait_for('a daemon is down',
                 lambda: self.watcher.node(victim)['state'] == 'unresponsive', 10)
        good = self.watcher.chosen()

        def seen():
            history = self.watcher.http_json('/history')[1]
            reasons = {d['name']: d['reason'] for d in history['daemons']}
            return history['chosen'][-1] == good and reasons[victim][-1] == 'refused' and history
        history = wait_for('the history shows the switch', seen, 10)
        self.assertEqual((history['v'], history['step_ms']), (1, 1000))
        self.assertIn(victim, history['chosen'])
        self.assertEqual([d['name'] for d in history['daemons']], self.demo.names)
        self.assertLessEqual(history['from_ms'], history['now_ms'])
        # It outlives a reload in which the nodes are listed the other way round.
        self.watcher.write(daemons=self.demo.nodes()[::-1])
        self.watcher.reload()
        wait_for('the reload is done',
                 lambda: self.watcher.status()['daemons'][-1]['name'] == self.demo.names[0], 10)
        after = self.watcher.http_json('/history')[1]
        self.assertEqual([d['name'] for d in after['daemons']], self.demo.names[::-1])
        self.assertEqual(after['chosen'][:4], history['chosen'][:4])
        self.assertGreaterEqual(after['frames'], history['frames'])
        day = self.watcher.http_json('/history/day')[1]
        self.assertEqual(day['step_ms'], 60000)
        self.assertEqual(day['network_height'][-1], self.watcher.select()['height'])
