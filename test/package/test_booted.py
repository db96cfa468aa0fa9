"""The Debian package in a system that really runs systemd."""
import os
import subprocess

from harness.case import alone, only_full, takes, within
from harness.process import Process
from harness.waiting import wait_for
from root_case import RootCase

HOOK = '''#!/bin/sh
echo "$TIPWATCH_TO" >>/var/lib/tipwatch/hooked
touch /etc/written /home/written 2>/dev/null && echo escaped >>/var/lib/tipwatch/hooked
exit 0
'''


class Booted(RootCase):
    @only_full
    @alone
    @takes(200)
    @within(1500)
    def test_as_a_service(self):
        self.build()
        self.make_root()
        self.install()
        hook = os.path.join(self.root, 'usr/local/bin/hook')
        with open(hook, 'w', encoding='utf-8') as file:
            file.write(HOOK)
        os.chmod(hook, 0o755)
        self.boot()
        self.watch_demo(hooks={'on_switch': '/usr/local/bin/hook'})
        self.starts()
        self.is_confined()
        self.reloads()
        self.is_watched()
        self.is_upgraded_and_removed()

    def boot(self):
        here = os.path.dirname(os.path.abspath(__file__))
        group = f'tipwatch-test-{os.getpid()}'
        outside = Process(self, 'boot', [os.path.join(here, 'boot'), self.root, group])
        outside.is_disposable = True
        self.addCleanup(self.shut_down, outside, group)

        def init():
            self.assertTrue(outside.is_running(), outside.log())
            with open(f'/proc/{outside.pid}/task/{outside.pid}/children',
                      encoding='ascii') as file:
                pid = file.read().split()[0]
            with open(f'/proc/{pid}/comm', encoding='ascii') as file:
                return file.read() == 'systemd\n' and pid
        self.init = wait_for('its first process is systemd', init, 60)
        wait_for('the system is up', lambda: self.in_it(
            'systemctl', 'is-active', 'multi-user.target')[1].strip() == 'active', 120)

    def shut_down(self, outside, name):
        outside.kill()
        done = subprocess.run(['findmnt', '-n', '-o', 'TARGET', '-t', 'cgroup2'], text=True,
                              capture_output=True, check=True)
        top = os.path.join(done.stdout.split()[0], name)

        def is_gone():
            for directory, _, _ in os.walk(top, topdown=False):
                os.rmdir(directory)
            return not os.path.exists(top)
        wait_for('the control group is gone', is_gone, 30)

    def in_it(self, *argv):
        """Runs a command in the booted system; returns its status and output."""
        done = subprocess.run(
            ['nsenter', '-t', self.init, '--mount', '--pid', '--uts', '--ipc', '--cgroup', '--root',
             '--wd=/', *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False, timeout=300)
        return done.returncode, done.stdout

    def good(self, *argv):
        status, said = self.in_it(*argv)
        if status != 0:
            said += self.in_it('journalctl', '-u', 'tipwatch', '--no-pager')[1]
        self.assertEqual(status, 0, f'{argv}: {said}')
        return said

    def show(self, name):
        return self.good('systemctl', 'show', '-p', name, '--value', 'tipwatch').strip()

    def starts(self):
        """When systemctl comes back there is a decision, where pools look for it."""
        self.good('systemctl', 'start', 'tipwatch')
        self.assertIn('mode consensus', self.good('tipwatchctl', 'select'))
        self.assertTrue(os.path.exists(os.path.join(self.root, 'var/lib/tipwatch/select.json')))
        self.assertRegex(self.show('StatusText'), '^consensus, usable: ')
        self.assertEqual(self.show('ActiveState'), 'active')

    def is_confined(self):
        pid = self.show('MainPID')
        text = self.good('cat', f'/proc/{pid}/status')
        fields = dict(line.split(':', 1) for line in text.splitlines())
        self.assertEqual(fields['Uid'].split(), [str(self.uid)] * 4)
        self.assertEqual(int(fields['CapEff'], 16), 0)
        self.assertEqual(int(fields['CapBnd'], 16), 0)
        self.assertEqual(fields['NoNewPrivs'].strip(), '1')
        self.assertEqual(fields['Seccomp'].strip(), '2')
        # A hook runs, and writes only where tipwatchd may.
        self.good('tipwatchctl', 'pin', 'd3')
        hooked = os.path.join(self.root, 'var/lib/tipwatch/hooked')

        def lines():
            with open(hooked, encoding='utf-8') as file:
                return file.read().split()
        wait_for('the hook ran', lambda: 'd3' in lines(), 30)
        self.assertNotIn('escaped', lines())
        self.good('tipwatchctl', 'unpin')

    def reloads(self):
        pid = self.show('MainPID')
        self.good('systemctl', 'reload', 'tipwatch')
        path = os.path.join(self.root, 'etc/tipwatch/tipwatch.conf')
        with open(path, 'a', encoding='utf-8') as file:
            file.write('nonsense')
        self.assertNotEqual(self.in_it('systemctl', 'reload', 'tipwatch')[0], 0)
        self.assertIn('nonsense', self.good('journalctl', '-u', 'tipwatch', '--no-pager'))
        self.assertEqual((self.show('ActiveState'), self.show('MainPID')), ('active', pid))
        with open(path, 'w', encoding='utf-8') as file:
            file.write(self.configuration)

    def is_watched(self):
        """A loop that stands still is noticed, and tipwatchd is started anew."""
        self.good('systemctl', 'kill', '--signal=SIGSTOP', 'tipwatch')
        wait_for('it is started anew', lambda: self.show('NRestarts') == '1', 180)
        wait_for('it decides', lambda: self.show('ActiveState') == 'active', 120)
        self.assertIn('usable, mode', self.good('tipwatchctl', 'select'))

    def is_upgraded_and_removed(self):
        pid = self.show('MainPID')
        names = []
        for deb in self.debs:
            names.append(os.path.basename(deb))
            with open(deb, 'rb') as file, \
                    open(os.path.join(self.root, 'root', names[-1]), 'wb') as copy:
                copy.write(file.read())
        self.good('dpkg', '-i', *('/root/' + name for name in names))
        wait_for('the new one runs', lambda: self.show('ActiveState') == 'active' and
                 self.show('MainPID') not in ('0', pid), 120)
        self.good('dpkg', '--purge', *(name.split('_')[0] for name in names))
        self.assertNotIn('tipwatchd', self.good('sh', '-c', 'cat /proc/[0-9]*/comm').split())
