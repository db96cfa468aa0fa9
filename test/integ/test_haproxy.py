"""The example for HAProxy, with a real one between a pool and the daemons, through every fault."""
import json
import socket

from harness import haproxy, ports
from harness.case import takes
from harness.demo import WALLET
from harness.haproxy import Haproxy
from harness.waiting import wait_for
from net import NetCase

NAMES = ('alpha', 'beta', 'gamma')
# Two rounds of the agent, and room for a busy machine.
FOLLOWS_S = 10


class Between:
    backend = None

    def setUp(self):
        super().setUp()
        self.agent_port = ports.free_port()
        self.network(3, names=NAMES, probe={'interval': '500ms'},
                     agent={'listen': f'127.0.0.1:{self.agent_port}'})
        for name in NAMES:
            self.mark(name)
        self.proxy = Haproxy(self, self.backend, {n: self.demo.port(i)
                                                  for i, n in enumerate(NAMES)},
                             self.agent_port, self.watcher.http_port)
        self.follows()

    def mark(self, name):
        """Tells it apart from the others in what it answers."""
        self.demo.do(f'peers {name} {10 + NAMES.index(name)} 8')

    def recover(self, *names):
        for name in names:
            self.demo.do(f'recover {name}')
            self.mark(name)

    def at(self):
        """Which daemon answers a pool's request."""
        status, text = self.proxy.get('/info')
        if status != 200:
            return f'HTTP {status}'
        mark = json.loads(text)['incoming_connections_count']
        return dict(enumerate(NAMES, 10)).get(mark, 'one without a mark')

    def chosen_up(self):
        return self.proxy.chosen_up(self.backend)

    def follows(self):
        """Until HAProxy has only the chosen daemon for chosen, and requests reach it."""
        def followed():
            name = self.watcher.chosen()
            return self.chosen_up() == {f'{name}-chosen'} and self.at() == name and name

        name = wait_for('HAProxy follows to the chosen daemon', followed, FOLLOWS_S)
        for _ in range(5):
            self.assertEqual(self.at(), name)
        return name

    def fault(self, command):
        """The chosen daemon goes wrong, every request is answered all the same, the next one is
        followed. Returns the name of the bad one."""
        victim = self.watcher.chosen()
        self.demo.do(command.format(victim))
        self.demo.mine()
        answers = []

        def moved():
            answers.append(self.at())
            select = self.watcher.select()
            return select['usable'] and select['daemon']['name'] != victim
        wait_for('the pool is moved', moved, 40)
        self.follows()
        self.assertEqual([a for a in answers if a not in NAMES], [])
        self.recover(victim)
        self.demo.mine()
        self.healthy_again(victim)
        self.follows()

    @takes(40)
    def test_faults(self):
        for command in ('die {}', 'fork {} 3', 'freeze {}'):
            with self.subTest(command):
                self.fault(command)

    @takes(40)
    def test_hang(self):
        """The request that is with the daemon that hangs is repeated with another one."""
        self.fault('hang {}')

    @takes(40)
    def test_no_template(self):
        self.fault('no-template {}')

    @takes(20)
    def test_templates_and_blocks(self):
        """What a pool does, on the daemon that it should."""
        for _ in range(2):
            name = self.follows()
            status, reply = self.proxy.rpc('getblocktemplate',
                                           {'wallet_address': WALLET, 'reserve_size': 8})
            self.assertEqual(status, 200)
            blob = reply['result']['blocktemplate_blob']
            self.assertEqual(self.proxy.rpc('submitblock', [blob])[0], 200)
            self.assertEqual(len(self.demo.do(f'submits {name}')['submits']), 1)
            self.watcher.ask(f'drain {name}')

    @takes(30)
    def test_drain(self):
        name = self.follows()
        self.assertTrue(self.watcher.ask(f'drain {name}')['ok'])
        other = self.follows()
        self.assertNotEqual(other, name)
        self.watcher.ask(f'pin {name}')
        self.assertTrue(self.watcher.ask(f'undrain {name}')['ok'])
        self.assertEqual(self.follows(), name)

    @takes(40)
    def test_all_dead(self):
        """Nothing is good: the primary, unasked, as without tipwatch. And back."""
        for name in NAMES[1:]:
            self.demo.do(f'die {name}')
        self.demo.do('no-template alpha')
        self.watcher.ask('report alpha template-failed')
        wait_for('no daemon is healthy', lambda: not self.watcher.select()['usable'], 30)
        self.assertEqual(self.at(), 'alpha')
        self.recover(*NAMES)
        wait_for('a daemon is healthy', lambda: self.watcher.select()['usable'], 60)
        self.follows()


class ByAgent(Between, NetCase):
    backend = 'by-agent'

    @takes(40)
    def test_watcher_dies(self):
        """HAProxy keeps what it knew; the connection check moves the pool off a dead daemon."""
        self.watcher.ask('pin beta')
        self.assertEqual(self.follows(), 'beta')
        self.watcher.kill()
        # Longer than tipwatchd may take to come back.
        before = int(self.proxy.servers()['by-agent', 'beta-chosen']['lastchg'])
        wait_for('some rounds of failed agent checks', lambda: self.at() == 'beta' and int(
            self.proxy.servers()['by-agent', 'beta-chosen']['lastchg']) >= before + 4, 20)
        self.assertEqual(self.chosen_up(), {'beta-chosen'})
        self.demo.do('die beta')
        wait_for('the next good one has taken over', lambda: self.at() == 'alpha', 20)
        self.recover('beta')
        wait_for('beta is back', lambda: self.at() == 'beta', 20)
        self.watcher.start()
        self.watcher.wait_settled()
        self.assertEqual(self.follows(), 'beta')

    @takes(30)
    def test_restarts_of_the_watcher_move_nothing(self):
        self.watcher.ask('pin gamma')
        self.assertEqual(self.follows(), 'gamma')
        before = self.proxy.servers()['by-agent', 'gamma-chosen']['chkdown']
        for _ in range(3):
            self.watcher.stop()
            self.assertEqual(self.at(), 'gamma')
            self.watcher.start(until_answers=False)
            wait_for('tipwatchd decides', lambda: self.at() == 'gamma' and
                     self.watcher.select()['usable'] and self.watcher.chosen() == 'gamma', 20)
        self.assertEqual(self.proxy.servers()['by-agent', 'gamma-chosen']['chkdown'], before,
                         'the server was taken down meanwhile')

    @takes(20)
    def test_without_tipwatch(self):
        """HAProxy started with no tipwatchd at all: the pool is at its primary."""
        self.proxy.stop()
        self.watcher.stop()
        self.proxy.start()
        for _ in range(20):
            self.assertEqual(self.at(), 'alpha')


class ByHttp(Between, NetCase):
    backend = 'by-http'

    @takes(40)
    def test_watcher_dies(self):
        """Nothing is known: the pool is at its primary, as without tipwatch."""
        self.watcher.ask('pin beta')
        self.assertEqual(self.follows(), 'beta')
        self.watcher.kill()
        wait_for('the pool is at its primary', lambda: self.at() == 'alpha', 20)
        self.watcher.start()
        self.watcher.wait_settled()
        self.assertEqual(self.follows(), 'beta')


class Example(NetCase):
    def test_valid(self):
        """As it is installed, without a warning."""
        status, said = haproxy.check(haproxy.EXAMPLE)
        self.assertEqual(status, 0, said)
        self.assertNotIn('WARNING', said)
        self.assertNotIn('ALERT', said)


class Agent(NetCase):
    """The port itself, as HAProxy sees it."""

    def setUp(self):
        super().setUp()
        self.port = ports.free_port()
        self.network(3, agent={'listen': f'127.0.0.1:{self.port}'})

    def ask(self, text, half_close=False, port=None, host='127.0.0.1'):
        with socket.create_connection((host, port or self.port), 10) as sock:
            sock.settimeout(10)
            sock.sendall(text if isinstance(text, bytes) else text.encode())
            if half_close:
                sock.shutdown(socket.SHUT_WR)
            answer = b''
            while data := sock.recv(4096):
                answer += data
        return answer.decode()

    @takes(15)
    def test_words(self):
        chosen = self.watcher.chosen()
        other = self.spare()
        self.assertEqual(self.ask(f'{chosen}\n'), 'ready up\n')
        self.assertEqual(self.ask(f'{chosen} chosen\r\n'), 'ready up\n')
        self.assertEqual(self.ask(f'{other}\n'), 'ready up\n')
        self.assertEqual(self.ask(f'{other} chosen\n'), 'ready down #not_chosen\n')
        self.assertEqual(self.ask('nobody\n'), 'ready down #unknown\n')
        self.assertEqual(self.ask('nobody chosen\n'), 'ready down #unknown\n')
        self.assertEqual(self.ask(f'{chosen} chosn\n'), 'ready down #bad_request\n')
        self.watcher.ask(f'drain {other}')
        self.assertEqual(self.ask(f'{other}\n'), 'drain\n')
        self.assertEqual(self.ask(f'{other} chosen\n'), 'drain\n')
        self.watcher.ask(f'undrain {other}')
        wait_for('it is up again', lambda: self.ask(f'{other}\n') == 'ready up\n', 10)
        self.demo.do(f'die {chosen}')
        wait_for('it is down, and why',
                 lambda: self.ask(f'{chosen}\n') == 'ready down #refused\n', 10)

    def test_unfinished_lines(self):
        """agent-send without "\\n", and the end of the question by closing."""
        name = self.watcher.chosen()
        self.assertEqual(self.ask(name), 'ready up\n')
        self.assertEqual(self.ask(f'{name} chosen', half_close=True), 'ready up\n')

    def test_silence_is_told_once(self):
        for _ in range(3):
            self.assertEqual(self.ask('', half_close=True), '')
        wait_for('it is in the log', lambda: 'asked nothing' in self.watcher.process.log(), 5)
        self.assertEqual(self.watcher.process.log().count('asked nothing'), 1)

    def test_reload_changes_the_address(self):
        name = self.watcher.chosen()
        new = ports.free_port()
        self.watcher.write(agent={'listen': f'[::1]:{new}'})
        self.watcher.reload()
        wait_for('the new address answers',
                 lambda: self.ask(f'{name}\n', port=new, host='::1') == 'ready up\n', 10)
        with self.assertRaises(ConnectionError):
            self.ask(f'{name}\n')
        self.watcher.write(agent={'listen': ''})
        self.watcher.reload()

        def is_off():
            try:
                self.ask(f'{name}\n', port=new, host='::1')
            except ConnectionError:
                return True
            return False
        wait_for('it is off', is_off, 10)

    def test_address_in_use(self):
        taken = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(taken.close)
        address = f'127.0.0.1:{taken.getsockname()[1]}'
        self.watcher.write(agent={'listen': address})
        reply = self.watcher.ask('reload')
        self.assertIn(address, reply['error']['message'])
        self.assertEqual(self.ask(f'{self.watcher.chosen()}\n'), 'ready up\n')
        self.watcher.stop()
        self.watcher.process = None
        self.watcher.start(until_answers=False)
        self.watcher.process.expected_exit = 1
        self.assertEqual(self.watcher.process.wait(), 1)
        self.assertIn(f'{address} (agent.listen): Address already in use; change it',
                      self.watcher.process.log())

    @takes(20)
    def test_rude_clients(self):
        """Silent, endless and many: the next question is answered at once."""
        name = self.watcher.chosen()
        rude = []
        for i in range(700):
            sock = socket.create_connection(('127.0.0.1', self.port), 10)
            self.addCleanup(sock.close)
            rude.append(sock)
            if i % 50 == 0:
                self.assertEqual(self.ask(f'{name}\n'), 'ready up\n')
        self.assertEqual(self.ask(b'x' * 256), 'ready down #bad_request\n')
        with socket.create_connection(('127.0.0.1', self.port), 10) as sock:
            try:
                sock.sendall(b'x' * 10000000)
            except ConnectionError:
                pass
        self.assertEqual(self.ask(f'{name}\n'), 'ready up\n')
        self.assertTrue(self.watcher.ask('ping')['pong'])
        # None keeps its place for long.
        wait_for('they are closed', lambda: self.watcher.process.n_fds() < 100, 30)
