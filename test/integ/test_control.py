"""The control socket: who may, what is answered, and clients that misbehave."""
import grp
import json
import os
import socket
import stat
import time
import unittest

from harness.case import takes
from harness.ctl import Ctl
from harness.other_user import NOBODY, as_user
from harness.waiting import wait_for
from net import NetCase

BACKLOG_MAX = 256 * 1024
GROUP = 'games'


class Talk(NetCase):
    """Requests and answers."""

    def setUp(self):
        super().setUp()
        self.network(3)

    def code(self, client, request):
        return client.ask(request)['error']['code']

    def test_commands(self):
        client = self.watcher.ctl()
        name = self.demo.names[1]
        select = client.ask('select')
        self.assertEqual(set(select), {
            'v', 'usable', 'mode', 'daemon', 'reason', 'text', 'height', 'hash', 'prev_hash',
            'network_height', 'anchor_height', 'epoch', 'chain_epoch', 'seq', 'pinned',
            'checked_ms', 'primary', 'anchor_hash'})
        self.assertEqual(set(select['daemon']), {'name', 'url', 'host', 'port', 'tls'})
        self.assertEqual((select['v'], select['usable'], select['mode']), (1, True, 'consensus'))
        self.assertRegex(select['hash'], '^[0-9a-f]{64}$')
        self.assertEqual(client.ask('status')['select']['daemon'], select['daemon'])
        self.assertEqual(client.ask(f'node {name}')['name'], name)
        submit = client.ask('submit')
        self.assertEqual(set(submit), {'v', 'mode', 'epoch', 'after_accept_ms', 'after_silence_ms',
                                       'targets', 'vault'})
        self.assertEqual((submit['after_accept_ms'], submit['after_silence_ms']), (500, 1500))
        self.assertEqual([set(t) for t in submit['targets']], [{
            'name', 'url', 'host', 'port', 'tls', 'state', 'reason', 'height', 'hash'}] * 3)
        targets = [t['name'] for t in submit['targets']]
        self.assertEqual(targets[0], select['daemon']['name'])
        self.assertEqual(sorted(targets), self.demo.names)
        self.assertEqual({(t['height'], t['hash']) for t in submit['targets']},
                         {(select['height'], select['hash'])})
        self.assertEqual(client.ask('ping'), {'pong': True})
        self.assertRegex(client.ask('version')['version'], r'^\d+\.\d+\.\d+')
        commands = client.ask('help')['commands']
        self.assertIn('select', json.dumps(commands))

    def test_errors_leave_the_connection_usable(self):
        client = self.watcher.ctl()
        for request, code in [
                ('frobnicate', 'unknown_command'), ('', 'unknown_command'),
                ('SELECT', 'unknown_command'), ('node nobody', 'unknown_node'),
                ('node', 'bad_argument'), ('select now', 'bad_argument'),
                ('report nobody timeout', 'unknown_node'),
                (f'report {self.demo.names[0]} boredom', 'bad_argument'),
                (f'report {self.demo.names[0]}', 'bad_argument'),
                ('drain nobody', 'unknown_node'), ('pin', 'bad_argument'),
                ('watch everything', 'bad_argument'), ('x' * 1000, 'unknown_command')]:
            with self.subTest(request[:40]):
                self.assertEqual(self.code(client, request), code)
                self.assertEqual(client.ask('ping'), {'pong': True})

    def test_bytes_that_are_no_text(self):
        client = self.watcher.ctl()
        client.send(b'\xff\xfe\x00"\\\x1b[31m\n')
        self.assertEqual(client.read()['error']['code'], 'unknown_command')
        self.assertEqual(client.ask('ping'), {'pong': True})

    def test_line_ends_and_pieces(self):
        client = self.watcher.ctl()
        client.send('ping\r\nping\n')
        self.assertEqual([client.read(), client.read()], [{'pong': True}] * 2)
        for byte in b'ping\n':
            client.send(bytes([byte]))
        self.assertEqual(client.read(), {'pong': True})

    def test_longest_line(self):
        client = self.watcher.ctl()
        # 1024 bytes with the line end fit, one more does not.
        client.send(b'x' * 1023 + b'\n')
        self.assertEqual(client.read()['error']['code'], 'unknown_command')
        client.send(b'x' * 1025 + b'\n')
        self.assertEqual(client.read()['error']['code'], 'line_too_long')
        self.assertIsNone(client.read_line())

    def test_endless_line(self):
        client = self.watcher.ctl()
        try:
            client.send(b'x' * 100000)
        except BrokenPipeError:
            pass
        self.assertEqual(client.read()['error']['code'], 'line_too_long')

    def test_pipelining(self):
        client = self.watcher.ctl()
        client.send('ping\nversion\nselect\nnonsense\n' * 100)
        for _ in range(100):
            self.assertIn('pong', client.read())
            self.assertIn('version', client.read())
            self.assertIn('daemon', client.read())
            self.assertIn('error', client.read())

    def test_requests_before_the_end_of_the_client_are_answered(self):
        client = self.watcher.ctl()
        client.send('ping\nselect\n')
        client.sock.shutdown(socket.SHUT_WR)
        self.assertIn('pong', client.read())
        self.assertIn('daemon', client.read())
        self.assertIsNone(client.read_line())

    @takes(15)
    def test_watch(self):
        client = self.watcher.ctl()
        first = client.ask('watch')
        self.assertEqual(first['daemon'], self.watcher.select()['daemon'])
        # At least every 2 s, though nothing happens.
        for _ in range(3):
            start = time.monotonic()
            client.read()
            self.assertLess(time.monotonic() - start, 2.5)
        victim = self.watcher.chosen()
        self.demo.do(f'die {victim}')
        lines = [client.read()]
        while lines[-1]['daemon']['name'] == victim:
            lines.append(client.read())
        self.assertGreater(lines[-1]['epoch'], first['epoch'])
        seqs = [line['seq'] for line in lines]
        self.assertEqual(seqs, sorted(seqs))

    def test_watch_tells_every_block(self):
        client = self.watcher.ctl()
        height = client.ask('watch')['height']
        self.demo.mine()
        seen = client.read()
        while seen['height'] == height:
            seen = client.read()
        self.assertEqual(seen['height'], height + 1)

    def test_watch_status(self):
        client = self.watcher.ctl()
        self.assertIn('daemons', client.ask('watch status'))
        self.assertIn('daemons', client.read())

    def test_watch_takes_no_further_requests(self):
        client = self.watcher.ctl()
        client.ask('watch')
        client.send('ping\n')
        for _ in range(2):
            line = client.read_line()
            if line is None:
                return
            self.assertNotIn('pong', json.loads(line))

    @takes(10)
    def test_client_that_does_not_read(self):
        client = self.watcher.ctl()
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sock.setblocking(False)
        before = self.watcher.metrics()['tipwatch_control_dropped_clients_total']

        def is_dropped():
            try:
                client.sock.send(b'status\n' * 500)
            except BlockingIOError:
                pass
            except ConnectionError:
                return True
            # Others are served meanwhile.
            start = time.monotonic()
            self.watcher.select()
            self.assertLess(time.monotonic() - start, 1)
            dropped = self.watcher.metrics()['tipwatch_control_dropped_clients_total']
            return dropped == before + 1
        wait_for('the client is dropped', is_dropped, 20)
        wait_for('it is counted', lambda: self.watcher.metrics()[
            'tipwatch_control_dropped_clients_total'] == before + 1, 5)

    def test_idle_clients(self):
        idle = [self.watcher.ctl() for _ in range(100)]
        self.assertIn('daemon', self.watcher.select())
        wait_for('they are counted',
                 lambda: self.watcher.metrics()['tipwatch_control_clients'] >= 100, 5)
        for client in idle:
            client.close()
        wait_for('they are gone',
                 lambda: self.watcher.metrics()['tipwatch_control_clients'] <= 1, 5)


class Limits(NetCase):
    def test_too_many_clients(self):
        self.network(3, control={'max_clients': 2})
        second = self.watcher.ctl()
        self.assertEqual(second.ask('ping'), {'pong': True})
        third = self.watcher.ctl()
        self.assertEqual(third.read()['error']['code'], 'busy')
        self.assertIsNone(third.read_line())
        second.close()

        def has_room():
            with Ctl(self.watcher.socket) as client:
                return client.ask('ping').get('pong')
        wait_for('there is room again', has_room, 5)

    def test_second_tipwatchd_on_the_same_socket(self):
        self.network(3)
        second = self.second_watcher(control={'path': self.watcher.socket}, http={'listen': ''})
        second.start(until_answers=False)
        second.process.expected_exit = 1
        self.assertEqual(second.process.wait(10), 1)
        self.assertIn(self.watcher.socket, second.process.log())
        self.assertIn('daemon', self.watcher.select())

    def test_something_else_in_the_way(self):
        self.network(3)
        second = self.second_watcher(http={'listen': ''})
        with open(second.socket, 'w', encoding='utf-8') as file:
            file.write('precious')
        second.start(until_answers=False)
        second.process.expected_exit = 1
        self.assertEqual(second.process.wait(10), 1)
        with open(second.socket, encoding='utf-8') as file:
            self.assertEqual(file.read(), 'precious')


@unittest.skipUnless(os.geteuid() == 0, 'only root can become another user')
class Permissions(NetCase):
    def as_nobody(self, *requests, groups=()):
        def talk():
            with Ctl(self.watcher.socket) as client:
                return [client.ask(request) for request in requests]
        return as_user(talk, groups=groups)

    def test_default_mode_keeps_strangers_out(self):
        self.network(3)
        self.assertEqual(stat.S_IMODE(os.stat(self.watcher.socket).st_mode), 0o660)
        with self.assertRaisesRegex(PermissionError, 'Permission denied'):
            self.as_nobody('select')

    def test_mode_and_group(self):
        gid = grp.getgrnam(GROUP).gr_gid
        self.network(3, control={'mode': '0620', 'group': GROUP})
        seen = os.stat(self.watcher.socket)
        self.assertEqual((stat.S_IMODE(seen.st_mode), seen.st_gid), (0o620, gid))
        self.assertIn('daemon', self.as_nobody('select', groups=[gid])[0])
        with self.assertRaisesRegex(PermissionError, 'Permission denied'):
            self.as_nobody('select')

    def test_who_may_open_may_read_but_not_command(self):
        self.network(3, control={'mode': '0666'})
        name = self.demo.names[0]
        answers = self.as_nobody('select', 'status', 'submit', f'node {name}',
                                 f'report {name} timeout', 'version')
        self.assertFalse([a for a in answers if 'error' in a])
        requests = [f'drain {name}', f'undrain {name}', f'pin {name}', 'unpin', 'reload', 'check']
        answers = self.as_nobody(*requests, 'ping')
        self.assertEqual([a['error']['code'] for a in answers[:-1]], ['forbidden'] * 6)
        self.assertEqual(answers[-1], {'pong': True})
        self.assertEqual(self.watcher.verdict(name), 'healthy/ok')

    def test_operators(self):
        gid = grp.getgrnam(GROUP).gr_gid
        self.network(3, control={'mode': '0666', 'operators': GROUP})
        name = self.demo.names[2]
        # By a supplementary group, too.
        answer = self.as_nobody(f'drain {name}', groups=[gid])[0]
        self.assertTrue(answer['ok'], answer)
        self.assertEqual(self.watcher.verdict(name), 'maintenance/drained')
        self.assertEqual(self.as_nobody(f'undrain {name}')[0]['error']['code'], 'forbidden')

    def test_own_user(self):
        """tipwatchd that runs as somebody else is commanded by that user."""
        self.network(3, settled=False)
        self.watcher.stop()
        os.chmod(self.watcher.dir, 0o777)
        os.chmod(self.watcher.conf_path, 0o644)
        for entry in os.scandir(self.watcher.state_dir):
            os.unlink(entry.path)
        os.rmdir(self.watcher.state_dir)
        self.watcher.run_as(NOBODY)
        self.watcher.start()
        answer = self.as_nobody(f'drain {self.demo.names[2]}')[0]
        self.assertTrue(answer['ok'], answer)
