"""Debian packages of this tree, and clean roots to install them in.

A root holds a minimal system and exactly what the packages depend on. Making one takes long, so it
is kept under build/package, by the list of what is in it. The packages are built there too, so that
such a test runs alone.
"""
import glob
import hashlib
import os
import re
import shutil
import subprocess

from harness import conf, ports
from harness.case import Case
from harness.process import Process
from harness.waiting import wait_for

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORK = os.path.join(TOP, 'build', 'package')
ACCOUNT = 'tipwatch'


class RootCase(Case):
    def run_tool(self, *argv, **options):
        """Runs it to its end, which must be a good one; returns its output."""
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, **options)
        self.assertEqual(done.returncode, 0, f'{" ".join(argv)}:\n{done.stdout}')
        return done.stdout

    def inside(self, *argv):
        return self.run_tool('chroot', self.root, *argv)

    def build(self):
        self.assertEqual(os.geteuid(), 0, 'only root can install into a root directory of its own: '
                                          'sudo test/run package')
        # ccache, where it is installed, makes the next time quicker.
        self.run_tool(os.path.join(TOP, 'etc', 'debian', 'build'), WORK, env=dict(
            os.environ, CCACHE_DIR=os.path.join(WORK, 'ccache')))
        self.debs = sorted(p for p in glob.glob(os.path.join(WORK, '*.deb'))
                           if 'dbgsym' not in os.path.basename(p))
        self.assertTrue(self.debs)
        self.note('built')

    def depends(self):
        """Names of what the packages depend on, the first of alternatives."""
        own, names = set(), set()
        for deb in self.debs:
            own.add(self.run_tool('dpkg-deb', '-f', deb, 'Package').strip())
            for wanted in self.run_tool('dpkg-deb', '-f', deb, 'Depends').split(','):
                names.add(wanted.split('|')[0].split('(')[0].strip())
        return sorted(names - own - {''})

    def make_root(self):
        with open('/etc/os-release', encoding='utf-8') as file:
            suite = re.search('^VERSION_CODENAME=(.*)$', file.read(), re.MULTILINE).group(1)
        packages = ','.join(self.depends())
        key = hashlib.sha256(f'{suite} {packages}'.encode()).hexdigest()[:12]
        archive = os.path.join(WORK, f'root-{key}.tar')
        if not os.path.exists(archive):
            for old in glob.glob(os.path.join(WORK, 'root-*.tar')):
                os.unlink(old)
            made = archive + '.new.tar'
            self.run_tool('mmdebstrap', '--variant=minbase', f'--include={packages}', suite, made)
            os.rename(made, archive)
        self.root = os.path.join(self.dir, 'root')
        os.mkdir(self.root, 0o755)
        self.run_tool('tar', '-C', self.root, '-xf', archive)
        self.note(f'a clean root with {packages}')

    def install(self):
        for deb in self.debs:
            shutil.copy(deb, os.path.join(self.root, 'root'))
        names = ['/root/' + os.path.basename(deb) for deb in self.debs]
        said = self.inside('dpkg', '-i', *names)
        self.assertNotIn('warning', said)
        for name in names:
            os.unlink(self.root + name)
        self.uid, self.gid = self.account()

    def account(self):
        with open(os.path.join(self.root, 'etc', 'passwd'), encoding='utf-8') as file:
            found = re.search(rf'^{ACCOUNT}:[^:]*:(\d+):(\d+):', file.read(), re.MULTILINE)
        self.assertTrue(found, 'there is no account')
        return int(found.group(1)), int(found.group(2))

    def watch_demo(self, **sections):
        """Starts a demo in the root, and writes a configuration for it."""
        demo = Process(self, 'tipwatch-demo', [
            'chroot', self.root, 'tipwatch-demo', '--nodes', 3, '--block-time', '1s',
            '--ports-file', '/run/ports'])
        demo.expected_exit = None
        announced = os.path.join(self.root, 'run', 'ports')
        wait_for('the demo listens', lambda: os.path.exists(announced), 60)
        with open(announced, encoding='utf-8') as file:
            urls = re.findall(r'http://[\d.:]+', file.read())
        self.assertEqual(len(urls), 3)
        self.configuration = conf.text({
            'daemons': [{'name': f'd{i}', 'url': url} for i, url in enumerate(urls, 1)],
            'coin': {'block_target': '1s'},
            'http': {'listen': f'127.0.0.1:{ports.free_port()}'},
            **sections})
        with open(os.path.join(self.root, 'etc/tipwatch/tipwatch.conf'), 'w',
                  encoding='utf-8') as file:
            file.write(self.configuration)
        os.unlink(announced)
        return demo
