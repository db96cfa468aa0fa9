"""tipwatchd under a service manager: the protocol of sd_notify(3) for real, and the unit."""
import os
import re
import select
import signal
import socket
import struct
import subprocess
import time

from harness.case import Case, takes
from harness.demo import Demo
from harness.process import Process
from harness.waiting import wait_for
from harness.watcher import Watcher
from net import NetCase

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WATCHDOG_US = 400000
EXPOSURE_MAX = 2.0


class Manager:
    """The manager's end of NOTIFY_SOCKET. It knows who has sent what, as systemd does."""

    def __init__(self, case):
        self.path = os.path.join(case.dir, 'notify')
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(self.path)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        case.addCleanup(self.sock.close)
        # (time, pid, message) of all that came.
        self.messages = []

    def read(self):
        while select.select([self.sock], [], [], 0)[0]:
            data, extra, _, _ = self.sock.recvmsg(4096, socket.CMSG_SPACE(12))
            pid = struct.unpack('3i', extra[0][2])[0]
            self.messages.append((time.monotonic(), pid, data.decode()))
        return [message for _, _, message in self.messages]

    def states(self):
        """What came, without the watchdog and the lines for people."""
        return [m for m in self.read() if not m.startswith(('WATCHDOG=', 'STATUS='))]


class Notify(NetCase):
    def run_under_manager(self):
        """Starts tipwatchd as systemd would. The watchdog is meant for it by its pid."""
        self.manager = Manager(self)
        self.watcher = Watcher(self, self.demo.nodes(), start=False)
        self.watcher.process = Process(
            self, 'tipwatchd',
            ['sh', '-c', 'WATCHDOG_PID=$$ exec "$@"', 'sh', self.program('tipwatchd'), '-c',
             self.watcher.conf_path],
            env={'NOTIFY_SOCKET': self.manager.path, 'WATCHDOG_USEC': str(WATCHDOG_US)})
        wait_for('it answers', self.watcher._answers, 20)

    @takes(20)
    def test_life(self):
        self.demo = Demo(self, 3, seed=self.seed)
        for name in self.demo.names:
            self.demo.do(f'hang {name}')
        self.run_under_manager()
        # Up and answering, but without a decision: not ready, though alive.
        self.assertEqual(self.watcher.select()['mode'], 'starting')
        wait_for('the loop feeds the watchdog',
                 lambda: self.manager.read().count('WATCHDOG=1') >= 3, 30)
        said = self.manager.states()
        if self.watcher.select()['mode'] == 'starting':
            self.assertEqual(said, [])
        for name in self.demo.names:
            self.demo.do(f'recover {name}')
        wait_for('READY', lambda: 'READY=1' in self.manager.states(), 60)
        self.assertNotEqual(self.watcher.select()['mode'], 'starting')
        self.watcher.wait_settled(within=60)
        self.assertEqual(self.manager.states(), ['READY=1'])
        chosen = self.watcher.chosen()
        wait_for('a line for people', lambda: re.match(
            f'STATUS=consensus, usable: .*{chosen}', [m for m in self.manager.read()
                                                      if m.startswith('STATUS=')][-1]), 20)
        self.reloads()
        self.watcher.process.signal(signal.SIGTERM)
        self.assertEqual(self.watcher.process.wait(20), 0)
        self.assertEqual(self.manager.states()[-1], 'STOPPING=1')
        # Nobody else spoke in its name.
        self.assertEqual({pid for _, pid, _ in self.manager.messages},
                         {self.watcher.process.pid})

    def reloads(self):
        """A good configuration and a bad one: announced, with the time, and ended."""
        for text in ('', 'nonsense'):
            if text:
                with open(self.watcher.conf_path, 'a', encoding='utf-8') as file:
                    file.write(text)
            before = len(self.manager.states())
            start_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            self.watcher.reload()
            wait_for('the reload ends',
                     lambda: self.manager.states()[before + 1:] == ['READY=1'], 20)
            end_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            said = re.fullmatch(r'RELOADING=1\nMONOTONIC_USEC=(\d+)',
                                self.manager.states()[before])
            self.assertTrue(said, self.manager.states())
            self.assertTrue(start_us <= int(said.group(1)) <= end_us)
        self.assertIn('the old one stays in force', self.watcher.process.log())

    @takes(10)
    def test_watchdog(self):
        """Twice as often as it must, not more; and not while it stands still."""
        self.demo = Demo(self, 3, seed=self.seed)
        self.run_under_manager()

        def fed():
            self.manager.read()
            return [t for t, _, m in self.manager.messages if m == 'WATCHDOG=1']
        start = time.monotonic()
        first = len(fed())
        wait_for('it is fed', lambda: len(fed()) >= first + 10, 60)
        # Timers may be late, never early; the first of them may have been due at the start.
        self.assertGreater(time.monotonic() - start, 8 * WATCHDOG_US / 2 / 1e6)
        self.watcher.process.signal(signal.SIGSTOP)
        wait_for('it stands still', lambda: self.is_stopped(), 10)
        count = len(fed())
        time.sleep(3 * WATCHDOG_US / 1e6)
        self.assertEqual(len(fed()), count)
        self.watcher.process.signal(signal.SIGCONT)
        wait_for('it goes on', lambda: len(fed()) > count, 20)

    def is_stopped(self):
        with open(f'/proc/{self.watcher.process.pid}/stat', encoding='ascii') as file:
            return file.read().rsplit(')', 1)[1].split()[0] == 'T'


class Directories(NetCase):
    @takes(10)
    def test_of_the_service(self):
        """Socket and state are where systemd made room for them, not in somebody's home."""
        self.demo = Demo(self, 3, seed=self.seed)
        run, state = os.path.join(self.dir, 'run'), os.path.join(self.dir, 'state')
        os.mkdir(run)
        tipwatchd = Process(
            self, 'tipwatchd', [self.program('tipwatchd'), '--http', '',
                                *[node['url'] for node in self.demo.nodes()]],
            env={'RUNTIME_DIRECTORY': run, 'STATE_DIRECTORY': state})
        wait_for('the decision is in the state directory', lambda: os.path.exists(
            os.path.join(state, 'select.json')) or not tipwatchd.is_running(), 30)
        status, out, err = self.run_program('tipwatchctl', '-s', os.path.join(run, 'control.sock'),
                                            'version')
        self.assertEqual(status, 0, out + err)


class Unit(Case):
    def unit(self):
        """The unit, with a program in it that exists."""
        with open(os.path.join(TOP, 'etc', 'tipwatch.service.in'), encoding='utf-8') as file:
            text = file.read()
        text = text.replace('@sbindir@/tipwatchd', self.program('tipwatchd'))
        text = text.replace('@confdir@', '/etc/tipwatch')
        self.assertNotIn('@sbindir', text)
        path = os.path.join(self.dir, 'tipwatch.service')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def analyze(self, *arguments):
        done = subprocess.run(['systemd-analyze', '--no-pager', *arguments], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_understood(self):
        """systemd has nothing to say against it."""
        self.assertEqual(self.analyze('verify', '--man=no', self.unit()), '')

    def test_sandbox(self):
        said = self.analyze('security', '--offline=true', self.unit())
        exposure = re.search(r'Overall exposure level for \S+: ([\d.]+)', said)
        self.assertTrue(exposure, said)
        self.assertLessEqual(float(exposure.group(1)), EXPOSURE_MAX, said)

    def test_account(self):
        """The file of the account does what the unit expects, in an empty root."""
        os.makedirs(os.path.join(self.dir, 'etc'))
        done = subprocess.run(
            ['systemd-sysusers', f'--root={self.dir}',
             os.path.join(TOP, 'etc', 'tipwatch.sysusers')],
            capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.path.join(self.dir, 'etc', 'passwd'), encoding='ascii') as file:
            user = file.read().strip().split(':')
        with open(os.path.join(self.dir, 'etc', 'group'), encoding='ascii') as file:
            group = file.read().strip().split(':')
        self.assertEqual((user[0], group[0], user[3]), ('tipwatch', 'tipwatch', group[2]))
        self.assertEqual(user[5:], ['/var/lib/tipwatch', '/usr/sbin/nologin'])
