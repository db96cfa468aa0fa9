"""What the tests of libtipwatch share: building the examples of its manual as a pool would."""
import json
import os
import subprocess
import urllib.request

from harness import manual
from harness.demo import WALLET
from net import NetCase

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STRICT = ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Werror']


class LibtipwatchCase(NetCase):
    def install(self):
        """A copy of the release build as a package would have it; sets its environment."""
        root = os.path.join(self.dir, 'root')
        build = os.path.join(TOP, 'build', 'release')
        subprocess.run(['meson', 'install', '-C', build, '--no-rebuild', '--destdir', root],
                       check=True, capture_output=True)
        pc = next(os.path.join(d, 'libtipwatch.pc') for d, _, names in os.walk(root)
                  if 'libtipwatch.pc' in names)
        self.env = dict(os.environ, PKG_CONFIG_PATH=os.path.dirname(pc),
                        PKG_CONFIG_SYSROOT_DIR=root,
                        LD_LIBRARY_PATH=os.path.dirname(os.path.dirname(pc)))
        self.libdir = self.env['LD_LIBRARY_PATH']

    def pkg_config(self, *options):
        return subprocess.run(['pkg-config', *options, 'libtipwatch'], check=True, text=True,
                              capture_output=True, env=self.env).stdout.split()

    def compile(self, name, source, compiler=('gcc', *STRICT), libs=None):
        path = os.path.join(self.dir, name)
        with open(path + '.c', 'w', encoding='utf-8') as file:
            file.write(source)
        done = subprocess.run(
            [*compiler, *self.pkg_config('--cflags'), path + '.c', '-o', path,
             *(libs or self.pkg_config('--libs'))], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return path

    @staticmethod
    def examples():
        return [block for block in manual.examples('etc/man/tipwatch.3.scd')
                if 'int main' in block]

    def run_with(self, path, socket, *arguments):
        done = subprocess.run([path, *arguments], env=dict(self.env, TIPWATCH_SOCKET=socket),
                              capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def compile_sender(self):
        """The example that sends a block."""
        self.install()
        curl = subprocess.run(['pkg-config', '--cflags', '--libs', 'libcurl'], check=True,
                              text=True, capture_output=True).stdout.split()
        return self.compile('send', self.examples()[2], libs=[*self.pkg_config('--libs'), *curl])

    def ask(self, name, body, timeout=10):
        """The result of a JSON-RPC."""
        request = urllib.request.Request(
            f'{self.watcher.node(name)["url"]}/json_rpc', json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=timeout) as reply:
            return json.load(reply)['result']

    def template(self, name, timeout=10):
        """(height, blob)"""
        result = self.ask(name, {'method': 'getblocktemplate', 'params': {
            'reserve_size': 8, 'wallet_address': WALLET}}, timeout)
        return result['height'], result['blocktemplate_blob']
