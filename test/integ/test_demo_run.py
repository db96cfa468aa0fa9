"""tipwatch-demo as a program: options, control socket, scripts, the story, its limits."""
import json
import os
import re
import signal
import socket
import struct
import subprocess

from demo_case import HEIGHT, Connection, DemoCase
from harness.case import only_full, takes
from harness.ctl import Ctl
from harness.waiting import wait_for

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Running(DemoCase):
    def test_announces(self):
        self.start('turtlecoin-rpc', 'monero', nodes=3, options=['--names', 'a,b-2,c.3'])
        self.assertEqual([(n['name'], n['dialect'], n['version'])
                          for n in self.announced['nodes']], [
            ('a', 'turtlecoin-rpc', '0.28.3'), ('b-2', 'monero', '0.18'),
            ('c.3', 'turtlecoin-rpc', '0.28.3')])
        self.assertEqual(self.announced['pid'], self.demo.pid)
        self.assertEqual(self.announced['control'], self.ctl_path)
        wait_for('it is on stdout too', lambda: self.demo.log().endswith('\n'), 5)
        self.assertEqual(json.loads(self.demo.log()), self.announced)
        self.assertEqual(os.stat(self.ctl_path).st_mode & 0o777, 0o600)
        self.demo.stop()
        self.assertFalse(os.path.exists(self.ctl_path))

    def test_quit_and_signals(self):
        self.start('turtlecoin-rpc')
        self.do('quit')
        self.assertEqual(self.demo.wait(), 0)
        self.start('turtlecoin-rpc')
        self.demo.signal(signal.SIGINT)
        self.assertEqual(self.demo.wait(), 0)

    def test_control_socket(self):
        self.start('turtlecoin-rpc')
        status, _, err = self.run_program('tipwatch-demo', '--control', self.ctl_path)
        self.assertEqual(status, 1)
        self.assertIn('another process listens there', err)
        # Killed, it leaves the socket; the next one takes it over.
        self.demo.kill()
        self.start('turtlecoin-rpc')
        with Ctl(self.ctl_path) as client:
            client.send('mine\nmine 2\r\n\nnonsense\nlist\n')
            self.assertEqual([client.read().get('height') for _ in range(2)], [1001, 1003])
            for _ in range(2):
                self.assertIn('error', client.read())
            self.assertEqual(client.read()['main']['height'], 1003)
            client.send(b'x' * 70000)
            self.assertIn('too long', client.read()['error'])
            client.send(b'x' * 70000 + b'\nmine\n')
            self.assertEqual(client.read()['height'], 1004)
        for i in range(200):
            with Ctl(self.ctl_path) as client:
                self.assertIn('ok', client.ask('list'), i)
        self.assertGreater(len(self.do('help')['commands']), 25)

    def test_many_control_clients(self):
        """More than are served at once wait for their turn."""
        self.start('turtlecoin-rpc')
        clients = [Ctl(self.ctl_path) for _ in range(75)]
        for client in clients:
            client.send('mine\n')
        for client in clients:
            self.assertTrue(client.read()['ok'])
            client.close()
        self.assertEqual(self.node('d1')['height'], HEIGHT + 75)

    def test_control_client_that_does_not_read(self):
        self.start('turtlecoin-rpc', nodes=200)
        with Ctl(self.ctl_path) as deaf:
            deaf.send('list\n' * 1000)
            self.assertEqual(self.do('mine')['height'], HEIGHT + 1)
            for _ in range(1000):
                self.assertEqual(len(deaf.read()['nodes']), 200)

    def test_blocks_come_by_themselves(self):
        self.start('turtlecoin-rpc', block_time='50ms')
        wait_for('20 blocks', lambda: self.height() > 1020, 20)
        self.do('block-time 0s')
        before = self.height()
        self.do('block-time 20ms fixed')
        wait_for('more', lambda: self.height() > before + 10, 20)

    def test_same_seed_same_chain(self):
        tips = []
        for seed in (1, 1, 2):
            self.start('turtlecoin-rpc', options=['--seed', seed])
            tips.append(self.do('list')['main']['hash'])
            self.demo.stop()
        self.assertEqual(tips[0], tips[1])
        self.assertNotEqual(tips[0], tips[2])

    def script(self, text):
        path = os.path.join(self.dir, 'script')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def test_script(self):
        script = self.script('# a comment\n\n0s mine 2\n50ms die d1\n+50ms recover d1\n'
                             '+100ms loop\n')
        self.start('turtlecoin-rpc', options=['--script', script])
        wait_for('it has been round three times',
                 lambda: self.node('d1')['height'] >= HEIGHT + 6, 20)
        self.assertIn('connections are refused', self.demo.log())

    def test_script_errors(self):
        script = self.script('soon die d1\n5s explode d1\n4s die d9\n6s die d1\n5s die d1\n'
                             '9s loop\n9s mine\n')
        status, _, err = self.run_program('tipwatch-demo', '--nodes', 1, '--script', script)
        self.assertEqual(status, 2)
        self.assertEqual(re.findall(r'script:(\d+):', err), ['1', '2', '3', '5', '7'])

    def test_usage(self):
        for arguments, word in (
                (['--nodes', '0'], '--nodes'), (['--nodes', 'many'], '--nodes'),
                (['--dialect', 'bitcoin'], 'turtlecoin-rpc@0.28.3'),
                (['--dialect', 'monero@0.1'], 'monero@0.18'), (['--dialect', ''], '--dialect'),
                (['--port', '65535', '--nodes', '2'], '--port'),
                (['--block-time', '5'], '--block-time'), (['--block-time', '1ms'], '10ms'),
                (['--names', 'a,a'], 'same name'), (['--names', '17'], 'number'),
                (['--names', 'all'], 'all'), (['--names', 'a b'], 'letters'),
                (['--names', 'a,b', '--nodes', '3'], '2 names for 3 nodes'),
                (['--story', '--nodes', '2'], 'at least 3'), (['--follow', 'x'], '--story'),
                (['--story', '--script', 'x'], 'only one'), (['extra'], 'extra'),
                (['--wrong'], '--help')):
            status, out, err = self.run_program('tipwatch-demo', *arguments)
            self.assertEqual((status, out), (2, ''), arguments)
            self.assertIn(word, err)

    def test_what_cannot_be_opened(self):
        for arguments, word in ((['--script', '/nonexistent'], '/nonexistent'),
                                (['--ports-file', '/nonexistent/x'], '/nonexistent/x'),
                                (['--control', '/tmp/' + 'x' * 200], 'too long')):
            status, _, err = self.run_program('tipwatch-demo', *arguments)
            self.assertEqual(status, 1, arguments)
            self.assertIn(word, err)

    def test_help_and_version(self):
        status, out, _ = self.run_program('tipwatch-demo', '--help')
        self.assertEqual(status, 0)
        self.start('turtlecoin-rpc')
        with open(os.path.join(TOP, 'cmd/tipwatch-demo/tipwatch-demo.1.scd'),
                  encoding='utf-8') as file:
            manual = file.read()
        for command in self.do('help')['commands']:
            self.assertRegex(out, rf'(?m)^  {command["name"]}\b')
            self.assertIn(f'*{command["name"]}*', manual)
        for option in re.findall(r'(?m)^      (--[a-z-]+)', out):
            self.assertIn(f'*{option}*', manual)
        self.assertLessEqual(max(map(len, out.splitlines())), 100)
        status, out, _ = self.run_program('tipwatch-demo', '--version')
        self.assertEqual(status, 0)
        self.assertRegex(out, r'^tipwatch-demo \d+\.\d+\.\d+\n$')

    def test_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            taken.listen()
            status, _, err = self.run_program('tipwatch-demo', '--port', taken.getsockname()[1],
                                              '--nodes', 1)
        self.assertEqual(status, 1)
        self.assertIn('in use', err)

    def test_dead_nodes_keep_their_ports(self):
        self.start('turtlecoin-rpc')
        self.do('die d1')
        with socket.socket() as thief:
            with self.assertRaises(OSError):
                thief.bind(('127.0.0.1', self.ports['d1']))

    def test_many_connections(self):
        """More than it serves at once wait; none is lost."""
        self.start('turtlecoin-rpc@0.8.4')
        connections = [Connection(self.ports['d1']) for _ in range(300)]
        for connection in connections:
            self.assertEqual(connection.ask('GET', '/height').status, 200)
            connection.sock.close()

    def test_clients_that_leave(self):
        """Resets by clients at every stage do not matter."""
        self.start('turtlecoin-rpc')
        self.do('slow d1 20')
        for data in (b'', b'GET /in', b'GET /info HTTP/1.1\r\n\r\n'):
            for _ in range(20):
                with socket.create_connection(('127.0.0.1', self.ports['d1'])) as sock:
                    sock.sendall(data)
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.do('slow d1 0')
        self.do('deep d1')
        with socket.create_connection(('127.0.0.1', self.ports['d1'])) as sock:
            sock.sendall(b'GET /info HTTP/1.1\r\n\r\n')
            sock.recv(10)
        self.do('recover d1')
        self.assertEqual(self.ask('GET', '/height').status, 200)

    @takes(15)
    def test_story_begins(self):
        self.start('turtlecoin-rpc', 'turtlecoin-rest', 'monero', nodes=5, block_time='1s',
                   options=['--story'])
        wait_for('the first fault', lambda: 'd1 dies' in self.demo.log(), 30)
        wait_for('it shows', lambda: self.refused('d1'), 5)

    @takes(15)
    def test_story_follows(self):
        """It happens to the daemon that is in use."""
        path = os.path.join(self.dir, 'tipwatchd.sock')
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            self.start('turtlecoin-rpc', nodes=5, options=['--story', '--follow', path])
            listener.settimeout(30)
            for name in (None, 'd4'):  # at the prologue nobody is chosen yet
                client, _ = listener.accept()
                with client:
                    client.settimeout(10)
                    self.assertEqual(client.recv(100), b'select\n')
                    client.sendall(json.dumps({'daemon': name and {'name': name}}).encode()
                                   + b'\n')
            wait_for('the first fault', lambda: 'd4 dies' in self.demo.log(), 30)
        self.assertTrue(self.refused('d4'))

    def test_nobody_listens_to_the_story(self):
        read_end, write_end = os.pipe()
        os.close(read_end)
        script = self.script('10ms mine\n10ms loop\n')
        self.ctl_path = os.path.join(self.dir, 'demo.sock')
        process = subprocess.Popen([self.program('tipwatch-demo'), '--control', self.ctl_path,
                                    '--script', script], stdout=write_end)
        try:
            os.close(write_end)
            with wait_for('it listens', lambda: Ctl(self.ctl_path), 20) as client:
                wait_for('it goes on', lambda: client.ask('list')['main']['height'] > 1020, 20)
                client.ask('quit')
            self.assertEqual(process.wait(10), 0)
        finally:
            process.kill()
            process.wait()

    @only_full
    @takes(180)
    def test_whole_story(self):
        self.start('turtlecoin-rpc', 'turtlecoin-rest', 'monero', nodes=5, block_time='1s',
                   options=['--story'])
        wait_for('the end', lambda: 'That was the story' in self.demo.log(), 240)
        self.assertEqual({tuple(n['faults']) for n in self.do('list')['nodes']}, {()})
        self.assertEqual(len({n['hash'] for n in self.do('list')['nodes']}), 1)

    def test_a_thousand_nodes(self):
        self.start('turtlecoin-rpc', 'turtlecoin-rest', 'monero', nodes=1000)
        self.do('die d500')
        self.do('fork d1,d4,d997 3')
        self.do('mine 2')
        for name, height in (('d1', 1001), ('d997', 1001), ('d1000', 1003), ('d7', 1003)):
            self.assertEqual(self.height(name), height)
        self.assertTrue(self.refused('d500'))
        self.do('recover all')
        self.assertEqual(self.height('d997'), 1003)
        self.assertFalse(self.refused('d500'))
