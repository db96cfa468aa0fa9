"""Includes point only the allowed way, and each library is known to one place only."""
import fnmatch
import re
import unittest

import tree

# Each layer may include itself and those before it.
LAYERS = ['base', 'json', 'core', 'explain', 'rpc', 'p2p', 'block', 'account', 'conf', 'journal',
          'replay', 'serve', 'show', 'io', 'sim', 'client', 'cmd']
# The same object code runs in tipwatchd, in replay and in the simulator.
MAY_INCLUDE = {layer: set(LAYERS[:i + 1]) for i, layer in enumerate(LAYERS)}

# Header of a library -> the files that may know it.
LIBRARIES = {
    'curl/*': ['lib/io/check/*.c'],
    'microhttpd.h': ['lib/io/http/*.c'],
    'yajl/*': ['lib/json/*.c'],
    'libconfig.h': ['lib/conf/*.c'],
    'event2/*': ['lib/io/loop.c'],
}
# No clock, no descriptor, no log in the core.
NOT_IN_CORE = ['time.h', 'sys/time.h', 'unistd.h', 'fcntl.h', 'sys/socket.h', 'stdio_ext.h',
               'pthread.h', 'signal.h', 'poll.h', 'sys/stat.h', 'base/log.h']

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def layer_of(path):
    parts = path.split('/')
    if parts[0] == 'lib' and len(parts) > 2:
        return parts[1]
    return 'cmd' if parts[0] == 'cmd' else None


def includes():
    """(file, header as written, whether in quotes) of every C file outside test/."""
    for path in tree.c_files():
        if layer_of(path):
            for quote, header in INCLUDE.findall(tree.read(path)):
                yield path, header, quote == '"'


class Layers(unittest.TestCase):
    def test_every_c_file_has_a_layer(self):
        strays = [p for p in tree.c_files()
                  if layer_of(p) not in LAYERS and not p.startswith('test/')]
        self.assertEqual(strays, [])

    def test_includes_point_to_earlier_layers(self):
        wrong = []
        for path, header, quoted in includes():
            target = header.split('/')[0]
            if quoted and target in LAYERS and target not in MAY_INCLUDE[layer_of(path)]:
                wrong.append(f'{path} includes {header}')
        self.assertEqual(wrong, [])

    def test_own_headers_exist(self):
        files = set(tree.c_files())
        wrong = []
        for path, header, quoted in includes():
            # tipwatchd --once prints the table of tipwatchctl.
            beside = [f'cmd/{program}/{header}' for program in ('tipwatchctl', path.split('/')[1])]
            if quoted and not files & {'lib/' + header, *beside}:
                wrong.append(f'{path} includes {header}')
        self.assertEqual(wrong, [])

    def test_libraries_are_wrapped(self):
        wrong = []
        for path, header, _ in includes():
            for pattern, allowed in LIBRARIES.items():
                if fnmatch.fnmatch(header, pattern) and \
                        not any(fnmatch.fnmatch(path, a) for a in allowed):
                    wrong.append(f'{path} includes {header}')
        self.assertEqual(wrong, [])

    def test_public_header_stands_alone(self):
        wrong = [header for path, header, quoted in includes()
                 if path == 'lib/client/tipwatch.h' and
                 (quoted or header not in ('stdbool.h', 'stddef.h', 'stdint.h'))]
        self.assertEqual(wrong, [])

    def test_core_is_pure(self):
        wrong = [f'{path} includes {header}' for path, header, _ in includes()
                 if layer_of(path) == 'core' and header in NOT_IN_CORE]
        self.assertEqual(wrong, [])


if __name__ == '__main__':
    unittest.main()
