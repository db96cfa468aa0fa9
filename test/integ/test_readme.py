"""What the README tells people to write works."""
import json
import os
import re
import shutil
import subprocess
import sys

from harness.case import takes
from net import NetCase

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOCKET = '/run/tipwatch/control.sock'


def read(*path):
    with open(os.path.join(TOP, *path), encoding='utf-8') as file:
        return file.read()


def block(word):
    """The indented block of the README that has word in it, without its indentation."""
    found = re.findall(r'(?:^(?:    .*)?\n)+', read('README.md'), flags=re.MULTILINE)
    return next(re.sub('^    ', '', b, flags=re.MULTILINE).strip('\n') for b in found if word in b)


class Readme(NetCase):
    def test_configuration(self):
        path = os.path.join(self.dir, 'readme.conf')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(block('daemons = ('))
        status, out, err = self.run_program('tipwatchd', '-t', '-c', path)
        self.assertEqual((status, out), (0, 'configuration OK\n'), err)

    def example(self, text, *interpreter):
        """Runs an example against tipwatchd, then without it: the primary is the answer."""
        self.network(3)
        text = text.replace(SOCKET, self.watcher.socket)
        daemon = self.watcher.select()['daemon']
        for expected in ([daemon['host'], daemon['port']], ['127.0.0.1', 11898]):
            done = subprocess.run([*interpreter, text], capture_output=True, text=True, timeout=20,
                                  check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            host, port = done.stdout.split()
            self.assertEqual([host, int(port)], expected)
            if self.watcher.process.is_running():
                self.watcher.stop()

    @takes(10)
    def test_python(self):
        text = block('import json, socket')
        self.example(text + '\nd = chosen()\nprint(d["host"], d["port"])\n', sys.executable, '-c')

    @takes(10)
    def test_node(self):
        node = shutil.which('node') or shutil.which('nodejs')
        self.assertTrue(node, 'Node.js is not installed: apt-get install nodejs')
        self.example(block("require('net')"), node, '-e')

    def test_answer(self):
        """The answer shown has the keys of a real one, in order."""
        self.network(3)
        shown = json.loads(block('{"v":1').replace('\n', ''))
        real = self.watcher.select()
        self.assertEqual(list(shown), list(real))
        self.assertEqual(list(shown['daemon']), list(real['daemon']))
        self.assertEqual(list(shown['primary']), list(real['primary']))

    def test_directories(self):
        tree = read('README.md').split('## The tree')[1].split('\n## ')[0]
        named = re.findall(r'^\| `([a-z/]+)` \|', tree, re.MULTILINE)
        self.assertGreater(len(named), 5)
        for name in named:
            self.assertTrue(os.path.isdir(os.path.join(TOP, name)), name)
