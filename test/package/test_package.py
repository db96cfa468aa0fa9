"""The Debian packages: looked at by lintian, installed in a clean root, run, upgraded, purged."""
import glob
import os
import pwd
import re
import shutil
import subprocess

from harness.case import alone, takes, within
from harness.process import Process
from harness.waiting import wait_for
from root_case import TOP, WORK, RootCase

FILES = '''
/etc/tipwatch/tipwatch.conf
/lib/systemd/system/tipwatch.service
/usr/bin/tipwatch-demo
/usr/bin/tipwatchctl
/usr/include/tipwatch.h
/usr/lib/MULTIARCH/libtipwatch.a
/usr/lib/MULTIARCH/libtipwatch.so
/usr/lib/MULTIARCH/libtipwatch.so.0
/usr/lib/MULTIARCH/libtipwatch.so.0.1.0
/usr/lib/MULTIARCH/pkgconfig/libtipwatch.pc
/usr/lib/sysusers.d/tipwatch.conf
/usr/sbin/tipwatchd
/usr/share/bash-completion/completions/tipwatch-demo
/usr/share/bash-completion/completions/tipwatchctl
/usr/share/bash-completion/completions/tipwatchd
/usr/share/doc/libtipwatch-dev/changelog.gz
/usr/share/doc/libtipwatch-dev/copyright
/usr/share/doc/libtipwatch0/changelog.gz
/usr/share/doc/libtipwatch0/copyright
/usr/share/doc/tipwatch/README.md.gz
/usr/share/doc/tipwatch/changelog.gz
/usr/share/doc/tipwatch/copyright
/usr/share/doc/tipwatch/examples/haproxy/tipwatch.cfg
/usr/share/doc/tipwatch/examples/hooks/drop-work
/usr/share/doc/tipwatch/examples/hooks/mail
/usr/share/doc/tipwatch/examples/hooks/redis
/usr/share/doc/tipwatch/examples/hooks/restart-pool
/usr/share/doc/tipwatch/examples/hooks/slack
/usr/share/doc/tipwatch/examples/hooks/telegram
/usr/share/doc/tipwatch/examples/hooks/webhook
/usr/share/man/man1/tipwatch-demo.1.gz
/usr/share/man/man1/tipwatchctl.1.gz
/usr/share/man/man3/tipwatch.3.gz
/usr/share/man/man5/tipwatch-journal.5.gz
/usr/share/man/man5/tipwatch.conf.5.gz
/usr/share/man/man7/tipwatch-control.7.gz
/usr/share/man/man7/tipwatch-hooks.7.gz
/usr/share/man/man7/tipwatch-node.7.gz
/usr/share/man/man8/tipwatchd.8.gz
/usr/share/tipwatch/grafana/tipwatch.json
/usr/share/tipwatch/node/control.js
/usr/share/tipwatch/node/dialects.js
/usr/share/tipwatch/node/digest.js
/usr/share/tipwatch/node/guard.js
/usr/share/tipwatch/node/reorg.js
/usr/share/tipwatch/node/submission.js
/usr/share/tipwatch/node/tipwatch.js
/usr/share/tipwatch/node/trouble.js
/usr/share/tipwatch/node/vault.js
/usr/share/tipwatch/node/wire.js
/usr/share/tipwatch/prometheus/alertmanager.yml
/usr/share/tipwatch/prometheus/prometheus.yml
/usr/share/tipwatch/prometheus/tipwatch.rules.yml
/usr/share/zsh/vendor-completions/_tipwatch
'''.split()
# What dpkg, ldconfig and useradd write whatever is installed.
NOT_OURS = re.compile(r'/var/lib/dpkg/(?!info/tipwatch)|/var/cache/|/var/log/|'
                      r'/etc/(passwd|group|shadow|gshadow|subuid|subgid|ld\.so\.cache)-?$')


class Package(RootCase):
    @alone
    @takes(200)
    @within(1500)
    def test_from_tree_to_purge(self):
        self.build()
        self.lintian()
        self.make_root()
        before = self.paths()
        self.install()
        self.is_all_there()
        self.container()
        self.programs()
        self.run_it()
        self.upgrade()
        self.remove(before)

    def lintian(self):
        said = self.run_tool('lintian', '--allow-root', '--tag-display-limit', '0', '--info',
                             '--fail-on', 'error,warning',
                             *glob.glob(os.path.join(WORK, '*.changes')))
        self.assertNotRegex(said, re.compile('^[EW]:', re.MULTILINE))
        self.note('lintian is content')

    def paths(self):
        found = set()
        for directory, names, files in os.walk(self.root):
            for name in names + files:
                path = os.path.join(directory, name)[len(self.root):]
                if not NOT_OURS.match(path):
                    found.add(path)
        return found

    def is_all_there(self):
        listed = set()
        for deb in self.debs:
            name = os.path.basename(deb).split('_')[0]
            self.assertIn('Status: install ok installed', self.inside('dpkg', '-s', name))
            listed |= {re.sub('^/usr/lib/[^/]*-linux-gnu[^/]*/', '/usr/lib/MULTIARCH/', p)
                       for p in self.inside('dpkg', '-L', name).split()
                       if not os.path.isdir(self.root + p)}
        self.assertEqual(sorted(listed), FILES)
        # Nothing runs from now on that did not before.
        enabled = glob.glob(os.path.join(self.root, 'etc/systemd/system/*/tipwatch*'))
        self.assertEqual(enabled, [])
        self.run_tool('systemd-analyze', 'verify', '--man=no', f'--root={self.root}',
                      '/lib/systemd/system/tipwatch.service')

    def container(self):
        """Nobody builds the image here, but it must not forget what the package depends on."""
        with open(os.path.join(TOP, 'etc/container/Containerfile'), encoding='utf-8') as file:
            installed = re.findall(r'--no-install-recommends (.*?) &&', file.read())[-1].split()
        self.assertEqual(set(self.depends()) - {'libc6', 'systemd'}, set(installed))

    def programs(self):
        with open(os.path.join(TOP, 'meson.build'), encoding='utf-8') as file:
            version = re.search(r"version: '(.*?)'", file.read()).group(1)
        for name in ('tipwatchd', 'tipwatchctl', 'tipwatch-demo'):
            self.assertIn(version, self.inside(name, '--version'))
        self.assertEqual(self.inside('tipwatchd', '-t'), 'configuration OK\n')
        # And with everything that is commented out in it.
        path = os.path.join(self.root, 'etc/tipwatch/tipwatch.conf')
        with open(path, encoding='utf-8') as file:
            text = file.read()
        full, n = re.subn(r'^(\t)#(?! )', r'\1', text, flags=re.MULTILINE)
        self.assertGreater(n, 25)
        authorities = os.path.join(self.root, 'etc/ssl/certs/ca-certificates.crt')
        shutil.copy(authorities, os.path.join(self.root, 'etc/ssl/x.pem'))
        shutil.copy(authorities, os.path.join(self.root, 'etc/tipwatch/own.pem'))
        for name, content in (('etc/tipwatch/full.conf', full), ('etc/tipwatch/gamma.pw', 'x\n'),
                              ('etc/tipwatch/own.key', '-----BEGIN PRIVATE KEY-----\n')):
            with open(os.path.join(self.root, name), 'w', encoding='utf-8') as file:
                file.write(content)
        full_said = self.inside('tipwatchd', '-t', '-c', '/etc/tipwatch/full.conf')
        self.assertEqual(full_said, 'configuration OK\n')
        # A password that root alone can read is of no use to the service.
        os.chmod(os.path.join(self.root, 'etc/tipwatch/gamma.pw'), 0o600)
        refused = subprocess.run(['chroot', self.root, 'tipwatchd', '-t', '-c',
                                  '/etc/tipwatch/full.conf'],
                                 capture_output=True, text=True, check=False)
        self.assertEqual(refused.returncode, 2, refused.stderr)
        self.assertIn('cannot read /etc/tipwatch/gamma.pw', refused.stderr)
        for name in ('etc/tipwatch/full.conf', 'etc/tipwatch/gamma.pw', 'etc/tipwatch/own.pem',
                     'etc/tipwatch/own.key', 'etc/ssl/x.pem'):
            os.unlink(os.path.join(self.root, name))

    def run_it(self):
        """As the unit would: that user, the directories that systemd makes, the default paths."""
        demo = self.watch_demo()
        for name in ('run/tipwatch', 'var/lib/tipwatch'):
            path = os.path.join(self.root, name)
            os.makedirs(path, 0o755, exist_ok=True)
            os.chown(path, self.uid, self.gid)
        tipwatchd = Process(self, 'tipwatchd', [
            'chroot', f'--userspec={self.uid}:{self.gid}', self.root, 'tipwatchd', '--config',
            '/etc/tipwatch/tipwatch.conf'], env={'RUNTIME_DIRECTORY': '/run/tipwatch',
                                                 'STATE_DIRECTORY': '/var/lib/tipwatch'})
        wait_for('it watches the demo', lambda: self.table_is_good(tipwatchd), 60)
        # Whoever is in the group may ask.
        nobody = pwd.getpwnam('nobody')
        said = self.run_tool('chroot', f'--userspec={nobody.pw_uid}:{nobody.pw_gid}',
                             f'--groups={self.gid}', self.root, 'tipwatchctl', 'select')
        self.assertIn('consensus', said)
        alone = subprocess.run(['chroot', f'--userspec={nobody.pw_uid}:{nobody.pw_gid}',
                                '--groups=', self.root, 'tipwatchctl', 'select'],
                               capture_output=True, text=True, check=False)
        self.assertEqual(alone.returncode, 3, alone.stdout)
        self.assertTrue(os.path.exists(os.path.join(self.root, 'var/lib/tipwatch/select.json')))
        self.assertEqual(tipwatchd.stop(), 0)
        demo.stop()
        self.note('it ran')

    def table_is_good(self, tipwatchd):
        self.assertTrue(tipwatchd.is_running(), tipwatchd.log())
        done = subprocess.run(['chroot', self.root, 'tipwatchctl', 'status'], text=True,
                              capture_output=True, check=False)
        return done.returncode == 0 and 'consensus' in done.stdout and \
            done.stdout.count('healthy') >= 3

    def upgrade(self):
        """A later version with another example leaves the operator's configuration alone."""
        later = os.path.join(self.dir, 'later')
        deb = next(p for p in self.debs if os.path.basename(p).startswith('tipwatch_'))
        self.run_tool('dpkg-deb', '-R', deb, later)
        for name, old, new in (('DEBIAN/control', 'Version: ', 'Version: 99+'),
                               ('etc/tipwatch/tipwatch.conf', 'coin = {', '# New.\ncoin = {')):
            path = os.path.join(later, name)
            with open(path, encoding='utf-8') as file:
                text = file.read()
            self.assertIn(old, text)
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text.replace(old, new, 1))
        self.run_tool('dpkg-deb', '-b', later, os.path.join(self.root, 'root/later.deb'))
        self.inside('dpkg', '--force-confdef', '-i', '/root/later.deb')
        os.unlink(os.path.join(self.root, 'root/later.deb'))
        self.assertIn('Version: 99+', self.inside('dpkg', '-s', 'tipwatch'))
        with open(os.path.join(self.root, 'etc/tipwatch/tipwatch.conf'),
                  encoding='utf-8') as file:
            self.assertEqual(file.read(), self.configuration)
        self.assertEqual(self.account(), (self.uid, self.gid))

    def remove(self, before):
        names = [os.path.basename(deb).split('_')[0] for deb in self.debs]
        self.inside('dpkg', '--remove', *names)
        left = self.paths() - before
        self.assertNotIn('/usr/sbin/tipwatchd', left)
        self.assertIn('/etc/tipwatch/tipwatch.conf', left)
        self.assertIn('/var/lib/tipwatch/state.json', left)
        self.inside('dpkg', '--purge', *names)
        # systemd takes this one away when the unit stops.
        shutil.rmtree(os.path.join(self.root, 'run/tipwatch'))
        self.assertEqual(sorted(self.paths() - before), [])
        self.assertEqual(sorted(before - self.paths()), [])
        # Debian never gives the number of an account to somebody else.
        self.assertEqual(self.account(), (self.uid, self.gid))
