"""etc/quickstart and what `meson install` installs."""
import os
import re
import signal
import subprocess

from harness import ports
from harness.case import Case, alone, takes
from harness.demo import Demo
from harness.process import Process, with_setting
from harness.waiting import wait_for

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QUICKSTART = os.path.join(TOP, 'etc', 'quickstart')


class Quickstart(Case):
    def start(self, *arguments):
        # Its own directory goes into the test's, where it must not leave it.
        process = Process(self, 'quickstart', [QUICKSTART, *arguments],
                          env={'TMPDIR': self.dir, 'TERM': 'dumb'})
        wait_for('it says how to ask and how to stop',
                 lambda: 'stop it:' in process.log() or not process.is_running(), 200)
        self.assertTrue(process.is_running(), 'it ended by itself')
        return process

    def left_nothing(self):
        self.assertEqual([n for n in os.listdir(self.dir) if n.startswith('tipwatch.')], [])

    @takes(60)
    def test_story(self):
        process = self.start()
        log = wait_for('a switch with its reason',
                       lambda: re.search(r'switch: .*', process.log()), 90)
        self.note(log.group())
        self.assertIn('http://127.0.0.1:', process.log())
        wait_for('the table', lambda: 'consensus' in process.log(), 30)
        self.assertTrue(process.is_running())
        # The command to copy fits into 80 columns, and works.
        command = re.search(r'^ +(\S+/ctl) why', process.log(), re.M)
        self.assertLessEqual(command.end() - command.start(), 80)
        done = subprocess.run([command.group(1), 'why'], capture_output=True, text=True,
                              check=False)
        self.assertIn('quorum', done.stdout)
        process.signal(signal.SIGTERM)
        self.assertEqual(process.wait(20), 0)
        self.assertIn('README.md, "Installing it"', process.log())
        self.left_nothing()

    @takes(30)
    def test_own_daemons(self):
        demo = Demo(self, 3)
        process = self.start('--for', '5', *[n['url'] for n in demo.nodes()])
        wait_for('the table shows them', lambda: 'd3' in process.log(), 30)
        self.assertEqual(process.wait(60), 0)
        self.left_nothing()

    @takes(60)
    def test_killed_it_takes_everything_along(self):
        """Also what it was just about to start: the moment of its last words is the worst one."""
        demo = Demo(self, 3)
        for _ in range(5):
            process = self.start(*[n['url'] for n in demo.nodes()])
            process.kill()
            # Found by the environment that it alone was given.
            wait_for('everything has ended', lambda: not with_setting(f'TMPDIR={self.dir}'), 10)

    @takes(10)
    def test_daemons_that_do_not_exist(self):
        """They are shown as what they are; nothing else is wrong."""
        process = self.start('--for', '3', f'http://127.0.0.1:{ports.free_port()}')
        self.assertEqual(process.wait(60), 0)
        self.assertIn('refused', process.log())

    def test_usage(self):
        for arguments, status in ((['--help'], 0), (['--nonsense'], 2), (['--for', 'ever'], 2)):
            done = subprocess.run([QUICKSTART, *arguments], capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, status)


class Release(Case):
    """The build that test/run makes beside the sanitized one."""

    def test_hardening(self):
        for name in ('tipwatchd', 'tipwatchctl', 'tipwatch-demo'):
            program = os.path.join(TOP, 'build', 'release', 'cmd', name, name)
            shown = subprocess.run(['readelf', '-W', '-h', '-d', '-l', '--dyn-syms', program],
                                   check=True, capture_output=True, text=True).stdout
            self.assertRegex(shown, r'Type: +DYN', 'position independent')
            self.assertIn('GNU_RELRO', shown)
            self.assertRegex(shown, r'FLAGS.*(BIND_NOW|NOW)')
            self.assertIn('__stack_chk_fail', shown)
            self.assertRegex(shown, r'__\w+_chk@', 'fortified')
            self.assertNotRegex(shown, r'GNU_STACK.* RWE')
            self.assertNotIn('asan', shown)


class Install(Case):
    @alone
    @takes(30)
    def test_everything_is_where_it_belongs(self):
        subprocess.run(['meson', 'install', '-C', os.environ['TW_BUILD'], '--no-rebuild',
                        '--destdir', self.dir], check=True, capture_output=True)
        found = sorted(os.path.relpath(os.path.join(d, n), self.dir)
                       for d, _, names in os.walk(self.dir) for n in names)
        for wanted in ('sbin/tipwatchd', 'bin/tipwatchctl', 'bin/tipwatch-demo',
                       'share/man/man8/tipwatchd.8', 'share/man/man1/tipwatchctl.1',
                       'share/man/man1/tipwatch-demo.1', 'share/man/man5/tipwatch.conf.5',
                       'share/man/man7/tipwatch-control.7', 'share/man/man5/tipwatch-journal.5',
                       'share/man/man7/tipwatch-node.7', 'share/tipwatch/node/tipwatch.js',
                       'share/tipwatch/node/control.js', 'share/tipwatch/node/dialects.js',
                       'share/tipwatch/node/digest.js',
                       'share/tipwatch/node/reorg.js', 'share/tipwatch/node/submission.js',
                       'share/tipwatch/node/trouble.js',
                       'share/tipwatch/node/wire.js',
                       'bash-completion/completions/tipwatchctl', 'zsh/site-functions/_tipwatch',
                       'systemd/system/tipwatch.service',
                       'sysusers.d/tipwatch.conf', 'etc/tipwatch/tipwatch.conf',
                       'share/doc/tipwatch/examples/haproxy/tipwatch.cfg',
                       'share/doc/tipwatch/examples/hooks/redis', 'include/tipwatch.h',
                       'libtipwatch.so.0', 'libtipwatch.a', 'libtipwatch.pc',
                       'share/man/man7/tipwatch-hooks.7',
                       'tipwatch/prometheus/prometheus.yml',
                       'tipwatch/prometheus/tipwatch.rules.yml', 'tipwatch/grafana/tipwatch.json'):
            self.assertTrue(any(path.endswith(wanted) for path in found), (wanted, found))
