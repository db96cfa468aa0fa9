"""libtipwatch as it is installed: the examples of its manual, built through pkg-config."""
import os
import re
import shutil
import subprocess

from harness.case import alone, takes
from harness.process import Process
from harness.waiting import wait_for
from libtipwatch_case import LibtipwatchCase

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Every call, also with what does not fit.
EVERYTHING = r'''
#include <tipwatch.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct tipwatch *tw = NULL;
	struct tipwatch_select now;
	struct tipwatch_target target;
	struct tipwatch_timing timing;
	const char *line;
	size_t len, n;

	assert(argc == 2);
	assert(tipwatch_connect("/nonexistent/socket", 100, &tw) == -ENOENT && tw == NULL);
	assert(tipwatch_connect(argv[1], 2000, &tw) == 0);
	assert(tipwatch_ask(tw, 2000, &now) == 0 && now.has_daemon && now.is_usable);
	assert(tipwatch_submit(tw, 2000, &target, 1, &n, &timing) == 0 && n == 1);
	assert(strcmp(target.daemon.name, now.daemon.name) == 0);
	assert(tipwatch_report(tw, "nobody", "timeout", 2000) == -ENOENT);
	assert(strstr(tipwatch_refusal(tw), "nobody") != NULL);
	assert(tipwatch_report(tw, now.daemon.name, "nonsense", 2000) == -EINVAL);
	assert(tipwatch_report(tw, "two\nlines", "timeout", 2000) == -EINVAL);
	assert(tipwatch_report(tw, now.daemon.name, "timeout", 2000) == 0);
	assert(strcmp(tipwatch_refusal(tw), "") == 0);
	assert(tipwatch_request(tw, "ping", 2000, &line, &len) == 0);
	assert(strcmp(line, "{\"pong\":true}") == 0 && strlen(line) == len);
	assert(tipwatch_send(tw, "version", 2000) == 0 && tipwatch_send(tw, "ping", 2000) == 0);
	assert(tipwatch_receive(tw, 2000, &line, &len) == 0 && strstr(line, tipwatch_version()));
	assert(tipwatch_receive(tw, 2000, &line, &len) == 0 && strstr(line, "pong"));
	assert(tipwatch_receive(tw, 0, &line, &len) == -ETIMEDOUT);
	assert(tipwatch_watch(tw, 2000) == 0);
	assert(tipwatch_next(tw, 2000, &now) == 0 && now.has_daemon);
	assert(tipwatch_ask(tw, 2000, &now) == -EBUSY);
	tipwatch_close(tw);
	tipwatch_close(NULL);
	/* An answer that is late must not be that of the next question. */
	assert(tipwatch_connect(argv[1], 2000, &tw) == 0);
	assert(tipwatch_request(tw, "check", 0, &line, &len) == -ETIMEDOUT);
	assert(tipwatch_ask(tw, 2000, &now) == -ENOTCONN);
	tipwatch_close(tw);
	puts("everything is as it should be");
	return 0;
}
'''


class Libtipwatch(LibtipwatchCase):
    @alone
    @takes(40)
    def test_installed(self):
        self.install()
        self.network(3)
        ask, follow, _ = self.examples()
        ask = self.compile('ask', ask)
        daemon = self.watcher.select()['daemon']
        status, out, err = self.run_with(ask, self.watcher.socket)
        self.assertEqual((status, err), (0, ''))
        self.assertEqual(out, f'templates: {daemon["host"]} {daemon["port"]}\n')
        self.assertEqual(self.run_with(ask, '/nonexistent')[1], 'templates: 127.0.0.1 11898\n')

        follower = Process(self, 'follow', [self.compile('follow', follow)],
                           env=dict(self.env, TIPWATCH_SOCKET=self.watcher.socket))
        follower.expected_exit = 1
        wait_for('it follows', lambda: f'use {daemon["name"]}\n' in follower.log(), 10)
        self.demo.do(f'die {daemon["name"]}')
        good = self.moves_away(daemon['name'], 5)
        wait_for('it follows the switch', lambda: f'use {good}\n' in follower.log(), 10)

        everything = self.compile('everything', EVERYTHING)
        self.assertEqual(self.run_with(everything, '', self.watcher.socket),
                         (0, 'everything is as it should be\n', ''))
        # The static library alone, with what pkg-config says it needs.
        static = self.compile('static', EVERYTHING, libs=[
            os.path.join(self.libdir, 'libtipwatch.a'),
            *(f for f in self.pkg_config('--libs', '--static') if f != '-ltipwatch')])
        needed = subprocess.run(['readelf', '-d', static], check=True, capture_output=True,
                                text=True).stdout
        self.assertNotIn('libtipwatch', needed)
        self.assertEqual(self.run_with(static, '', self.watcher.socket)[0], 0)

        self.watcher.stop()
        wait_for('it sees the end', lambda: not follower.is_running(), 10)
        self.assertIn('lost: ', follower.log())

    @alone
    @takes(20)
    def test_block_is_sent(self):
        """The example that sends a block: to the chosen daemon first, then to the others, and at
        once to the next one where the chosen one cannot be reached."""
        self.network(3)
        send = self.compile_sender()
        first, second, third = (t['name'] for t in self.watcher.ask('submit')['targets'])
        # The network has passed it on before it is the others' turn; where not, they are given it.
        times = self.send_block(send, self.template(first), [f'{first}: accepted'])
        self.assertEqual(list(times), [first])
        self.demo.do(f'delay {third} 60000')
        times = self.send_block(send, self.template(first), [f'{first}: accepted'])
        self.assertEqual(list(times), [first, third])
        self.assertGreaterEqual(times[third] - times[first], 500)
        self.assertLess(times[third] - times[first], 1500)
        self.watcher.ask(f'pin {first}')
        template = self.template(second)
        self.demo.do(f'die {first}')
        times = self.send_block(send, template, [f'{first}: failed', f'{second}: accepted'])
        self.assertEqual(list(times), [second, third])
        self.assertGreaterEqual(times[third] - times[second], 500)

    def send_block(self, program, template, expected):
        """Runs the example; its output begins as expected, and all three are in it. Returns when
        each daemon was given the block, in ms."""
        height, blob = template
        status, out, err = self.run_with(program, self.watcher.socket, str(height), blob)
        self.assertEqual((status, err), (0, ''))
        lines = out.splitlines()
        self.assertEqual((lines[:len(expected)], len(lines)), (expected, 3))
        return {name: s['t_ms'] for name in self.demo.names
                for s in self.demo.do(f'submits {name}')['submits'] if s['blob'] == blob}

    @alone
    def test_names(self):
        """Nothing but tipwatch_* is to be seen, and the library has a version."""
        self.install()
        library = os.path.join(self.libdir, 'libtipwatch.so.0')
        shown = subprocess.run(['nm', '-D', '--defined-only', library], check=True,
                               capture_output=True, text=True).stdout
        names = {line.split()[-1].split('@')[0] for line in shown.splitlines()} - {'TIPWATCH_0'}
        with open(os.path.join(TOP, 'lib/client/tipwatch.h'), encoding='utf-8') as file:
            declared = set(re.findall(r'^[a-z].*?(tipwatch_\w+)\(', file.read(), re.MULTILINE))
        self.assertEqual(names, declared)
        shown = subprocess.run(['nm', '-g', '--defined-only',
                                os.path.join(self.libdir, 'libtipwatch.a')], check=True,
                               capture_output=True, text=True).stdout
        self.assertEqual({line.split()[-1] for line in shown.splitlines() if ' T ' in line},
                         declared)
        self.assertEqual([line for line in shown.splitlines() if ' tw_' in line], [])
        with open(os.path.join(TOP, 'etc/man/tipwatch.3.scd'), encoding='utf-8') as file:
            page = file.read()
        self.assertEqual([n for n in names if f' {n}(' not in page and f'*{n}(' not in page], [])
        dynamic = subprocess.run(['readelf', '-d', library], check=True, capture_output=True,
                                 text=True).stdout
        self.assertIn('[libtipwatch.so.0]', dynamic)

    @alone
    def test_cplusplus(self):
        self.install()
        compiler = shutil.which('clang-14')
        self.assertTrue(compiler, 'clang-14 is not there: apt-get install clang-14')
        source = os.path.join(self.dir, 'pool.cc')
        with open(source, 'w', encoding='utf-8') as file:
            file.write('#include <tipwatch.h>\nint main() { tipwatch_select now;\n'
                       'return tipwatch_ask(nullptr, 0, &now); }\n')
        for standard in ('-std=c++11', '-std=c++20'):
            done = subprocess.run(
                [compiler, '-x', 'c++', standard, '-Wall', '-Wextra', '-Wpedantic', '-Werror',
                 '-fsyntax-only', *self.pkg_config('--cflags'), source], capture_output=True,
                text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
