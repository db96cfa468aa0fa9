"""Configuration errors through the program: FILE:LINE, all at once, the exit statuses."""
import os
import subprocess
import unittest

from harness.case import Case, takes
from harness.other_user import NOBODY


def has_mounts():
    """Whether it can have mounts of its own."""
    done = subprocess.run(['unshare', '--mount', 'true'], capture_output=True, check=False)
    return os.geteuid() == 0 and done.returncode == 0


GOOD = 'daemons = ( { name = "alpha"; url = "http://127.0.0.1:11898"; } );\n'

# (what is wrong, the file, number of the line, words the message must hold)
WRONG = [
    ('unknown key', GOOD + 'probe = { intervall = "1s"; };', 2, ['intervall']),
    ('unknown section', GOOD + 'probes = { };', 2, ['probes']),
    ('wrong type', GOOD + 'probe = { interval = 1; };', 2, ['interval', '"1s"']),
    ('no unit', GOOD + 'probe = { interval = "1"; };', 2, ['interval']),
    ('number out of range', GOOD + 'probe = { rise = 0; };', 2, ['rise', '1', '32']),
    ('number too large', GOOD + 'probe = { rise = 4294967297L; };', 2, ['rise', '32']),
    ('duration out of range', GOOD + 'probe = { interval = "2h"; };', 2, ['interval', '1h']),
    ('reply limit', GOOD + 'probe = { max_reply = 100; };', 2, ['max_reply', '4096']),
    ('min_timeout above timeout',
     GOOD + 'probe = { timeout = "1s"; min_timeout = "2s"; };', 2, ['min_timeout', 'timeout']),
    ('stall_for below block_target',
     GOOD + 'coin = { block_target = "30s"; };\ndecision = { stall_for = "10s"; };', 3,
     ['stall_for']),
    ('quorum of a minority',
     'daemons = ( { url = "http://127.0.0.1:1"; name = "a"; },\n'
     ' { url = "http://127.0.0.1:2"; name = "b"; },'
     ' { url = "http://127.0.0.1:3"; name = "c"; } );\n'
     'decision = { quorum = 1; };', 3, ['quorum', '2', '3']),
    ('word not in the list', GOOD + 'decision = { fallback = "best"; };', 2,
     ['fallback', 'best-effort', 'primary', 'none']),
    ('dialect', GOOD + 'coin = { dialect = "bitcoin"; };', 2, ['bitcoin', 'turtlecoin-rpc']),
    ('missing url', 'daemons = (\n  { name = "alpha"; }\n);', 2, ['url']),
    ('url with a path', 'daemons = ( { name = "a"; url = "http://127.0.0.1:1/json_rpc"; } );', 1,
     ['path']),
    ('url with a query', 'daemons = ( { name = "a"; url = "http://127.0.0.1:1?x=1"; } );', 1,
     ['query']),
    ('url with a user', 'daemons = ( { name = "a"; url = "http://u:secret@127.0.0.1:1"; } );', 1,
     ['user', 'password_file']),
    ('url of another scheme', 'daemons = ( { name = "a"; url = "ftp://127.0.0.1:1"; } );', 1,
     ['http']),
    ('port', 'daemons = ( { name = "a"; url = "http://127.0.0.1:70000"; } );', 1, ['65535']),
    ('name', 'daemons = ( { name = "al pha"; url = "http://127.0.0.1:1"; } );', 1, ['name']),
    ('duplicate name', 'daemons = (\n { name = "a"; url = "http://127.0.0.1:1"; },\n'
     ' { name = "a"; url = "http://127.0.0.1:2"; }\n);', 3, ['a']),
    ('duplicate url', 'daemons = (\n { name = "a"; url = "http://LOCALHOST:80/"; },\n'
     ' { name = "b"; url = "http://localhost"; }\n);', 3, ['url']),
    ('two primaries', 'daemons = (\n { name = "a"; url = "http://127.0.0.1:1"; primary = true; },\n'
     ' { name = "b"; url = "http://127.0.0.1:2"; primary = true; }\n);', 3, ['primary']),
    ('no daemon at all', '# nothing\n', None, ['daemon']),
    ('only references',
     'daemons = ( { name = "a"; url = "http://127.0.0.1:1"; role = "reference"; } );', 1,
     ['daemon']),
    ('primary reference', 'daemons = (\n { name = "a"; url = "http://127.0.0.1:1"; },\n'
     ' { name = "b"; url = "http://127.0.0.1:2"; role = "reference"; primary = true; }\n);', 3,
     ['primary']),
    ('password file that is not there',
     'daemons = (\n { name = "a"; url = "http://127.0.0.1:1"; user = "u";\n'
     '   password_file = "/nonexistent/pw"; }\n);', None, ['/nonexistent/pw']),
    ('listen address', GOOD + 'http = { listen = "9811"; };', 2, ['listen']),
    ('hook that is no whole path', GOOD + 'hooks = { on_switch = "echo hello"; };', 2,
     ['on_switch', 'whole path', 'script']),
    ('hook that is not there', GOOD + 'hooks = { on_mode = "/nonexistent/hook"; };', 2,
     ['on_mode', 'cannot be found']),
    ('hook that is a directory', GOOD + 'hooks = { on_mode = "/usr/bin"; };', 2,
     ['on_mode', 'not executable']),
    ('hook that is not executable', GOOD + 'hooks = { on_mode = "/etc/passwd"; };', 2,
     ['on_mode', 'chmod +x']),
    ('agent address', GOOD + 'agent = { listen = "9812"; };', 2, ['agent.listen']),
    ('socket mode', GOOD + 'control = { mode = "999"; };', 2, ['mode']),
    ('group that does not exist', GOOD + 'control = { group = "no-such-group"; };', 2,
     ['no-such-group']),
    ('path too long for a socket', GOOD + 'control = { path = "/tmp/' + 'x' * 120 + '"; };', 2,
     ['path']),
    ('syntax', GOOD + 'probe = { interval = "1s" \n', None, []),
]


class Config(Case):
    def conf(self, text):
        path = os.path.join(self.dir, 'a.conf')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def test_good_file(self):
        status, out, err = self.run_program('tipwatchd', '-t', '-c', self.conf(GOOD))
        self.assertEqual((status, out, err), (0, 'configuration OK\n', ''))

    def test_journal_without_a_directory(self):
        path = self.conf(GOOD + f'journal = {{ path = "{self.dir}/none/j"; }};')
        status, out, err = self.run_program('tipwatchd', '-t', '-c', path)
        self.assertEqual((status, out), (2, ''))
        self.assertIn(f'journal.path: the directory {self.dir}/none does not exist', err)
        os.mkdir(os.path.join(self.dir, 'none'))
        self.assertEqual(self.run_program('tipwatchd', '-t', '-c', path)[0], 0)

    @unittest.skipUnless(has_mounts(), 'needs root, and mounts of its own')
    def test_files_that_the_service_cannot_read(self):
        """root may read the password, and the user tipwatch, which a file of users has, may not."""
        os.chmod(self.dir, 0o755)
        users, password, key = (os.path.join(self.dir, name) for name in ('users', 'pw', 'key'))
        for path, text in ((users, f'root:x:0:0::/:/bin/sh\ntipwatch:x:{NOBODY}:{NOBODY}::/:/\n'),
                           (password, 'secret\n'), (key, '-----BEGIN PRIVATE KEY-----\n')):
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
        conf = self.conf('daemons = ( { name = "a"; url = "http://127.0.0.1:1"; user = "u"; '
                         f'password_file = "{password}"; }} );\n'
                         f'journal = {{ path = "{self.dir}/j"; }};')
        os.chmod(conf, 0o644)
        command = [self.program('tipwatchd'), '-t', '-c', conf]
        # The user exists in these mounts only.
        private = ['unshare', '--mount', 'sh', '-c',
                   f'mount --bind {users} /etc/passwd && exec "$@"', 'sh', *command]

        def trial():
            done = subprocess.run(private, capture_output=True, text=True, check=False)
            return done.returncode, done.stderr

        os.chown(self.dir, NOBODY, NOBODY)
        os.chmod(password, 0o600)
        status, err = trial()
        self.assertEqual(status, 2, err)
        self.assertIn('password_file: the user tipwatch, which tipwatch.service runs tipwatchd as, '
                      f'cannot read {password}: Permission denied', err)
        self.assertNotIn('journal', err)
        os.chown(password, 0, NOBODY)
        os.chmod(password, 0o640)
        self.assertEqual(trial(), (0, ''))
        os.chown(self.dir, 0, 0)
        status, err = trial()
        self.assertEqual(status, 2)
        self.assertIn('journal.path: the user tipwatch, which tipwatch.service runs tipwatchd as, '
                      f'cannot write to {self.dir}: Permission denied', err)

    @takes(10)
    def test_every_mistake_has_a_place_and_a_sentence(self):
        for what, text, line, words in WRONG:
            with self.subTest(what):
                path = self.conf(text)
                status, out, err = self.run_program('tipwatchd', '-t', '-c', path)
                self.assertEqual(status, 2, err)
                self.assertEqual(out, '')
                where = f'{path}:' if line is None else f'{path}:{line}: '
                messages = [m for m in err.splitlines() if where in m]
                self.assertTrue(messages, f'no message for {where} in {err!r}')
                for word in words:
                    self.assertTrue(any(word in m for m in messages), f'{word} not in {err!r}')
                self.assertNotIn('secret', err)

    def test_all_errors_at_once(self):
        path = self.conf(
            'daemons = (\n  { name = "a"; url = "http://127.0.0.1:1"; colour = "red"; },\n'
            '  { name = "b"; url = "gopher://127.0.0.1"; },\n  { name = "c"; }\n);\n'
            'probe = { rise = 99; fall = "2"; };\nnonsense = 1;\n')
        status, _, err = self.run_program('tipwatchd', '-t', '-c', path)
        self.assertEqual(status, 2)
        for line, word in [(2, 'colour'), (3, 'http://'), (4, 'url'), (6, 'rise'), (6, 'fall'),
                           (7, 'nonsense')]:
            self.assertTrue(any(f'{path}:{line}: ' in m and word in m for m in err.splitlines()),
                            f'line {line}, {word} in {err!r}')

    def test_a_wrong_file_does_not_start(self):
        status, _, err = self.run_program('tipwatchd', '-c', self.conf('daemons = ();'))
        self.assertEqual(status, 2)
        self.assertIn('daemon', err)

    def test_file_that_cannot_be_read(self):
        for path in (os.path.join(self.dir, 'missing.conf'), self.dir):
            status, _, err = self.run_program('tipwatchd', '-t', '-c', path)
            self.assertEqual(status, 2, err)
            self.assertIn(path, err)

    def test_hostile_files(self):
        """No file crashes it; the sanitizers look on."""
        for text in (b'\0' * 1000, b'(' * 100000, b'daemons = ' + b'{ a = ' * 5000, b'\xff\xfe',
                     b'@include "/dev/zero"\n', b'@include "a.conf"\n', b'"' * 4097):
            with self.subTest(text[:20]):
                path = os.path.join(self.dir, 'a.conf')
                with open(path, 'wb') as file:
                    file.write(text)
                status, _, err = self.run_program('tipwatchd', '-t', '-c', path)
                self.assertEqual(status, 2, err)
                self.assertNotEqual(err, '')

    def test_effective_configuration_round_trip(self):
        password = os.path.join(self.dir, 'pw')
        with open(password, 'w', encoding='utf-8') as file:
            file.write('hush-hush\n')
        path = self.conf(
            'daemons = ( { name = "alpha"; url = "HTTP://LocalHost:80/"; interval = "3s"; },\n'
            '  { name = "beta"; url = "https://[::1]"; primary = true; priority = -3;\n'
            f'    user = "rpc"; password_file = "{password}"; dialect = "monero"; }},\n'
            '  { name = "seed"; url = "http://seed.example:11898"; role = "reference"; } );\n'
            'coin = { block_target = "90s"; };\nprobe = { timeout = "2500ms"; };\n'
            'template = { wallet_address = "TRTL\\"quoted\\\\"; };\n')
        status, first, err = self.run_program('tipwatchd', '--print-config', '-c', path)
        self.assertEqual((status, err), (0, ''))
        self.assertNotIn('hush-hush', first)
        # stall_for and lag_for follow block_target.
        self.assertRegex(first, r'stall_for = "(15m|900s)"')
        self.assertRegex(first, r'lag_for = "30s"')
        again = os.path.join(self.dir, 'b.conf')
        with open(again, 'w', encoding='utf-8') as file:
            file.write(first)
        status, second, err = self.run_program('tipwatchd', '--print-config', '-c', again)
        self.assertEqual((status, err), (0, ''))
        self.assertEqual(second, first)

    def test_urls_of_the_command_line(self):
        status, out, err = self.run_program('tipwatchd', '--print-config', 'http://127.0.0.1:11898',
                                            'backup=http://127.0.0.1:11500')
        self.assertEqual((status, err), (0, ''))
        self.assertRegex(out, r'name = "d1"')
        self.assertRegex(out, r'name = "backup"')

    def test_usage_errors(self):
        path = self.conf(GOOD)
        for arguments in (['-c', path, 'http://127.0.0.1:1'], ['--no-such-option'], ['-c'],
                          ['--log-level', 'loud', '-c', path], ['not a url'],
                          ['--http', 'nowhere', '-c', path], ['a=http://h:1', 'a=http://h:2'],
                          ['http://h:1', 'http://H:1/']):
            with self.subTest(arguments):
                status, out, err = self.run_program('tipwatchd', *arguments)
                self.assertEqual((status, out), (2, ''), err)
                self.assertNotEqual(err, '')

    def test_help_and_version(self):
        for program in ('tipwatchd', 'tipwatchctl', 'tipwatch-demo'):
            status, out, err = self.run_program(program, '--help')
            self.assertEqual((status, err), (0, ''))
            self.assertIn(program, out)
            status, out, err = self.run_program(program, '--version')
            self.assertEqual((status, err), (0, ''))
            self.assertRegex(out, r'\d+\.\d+\.\d+')

    def test_nothing_named(self):
        """Where there is no file at the usual place either, it says what there is to choose."""
        default = '/etc/tipwatch/tipwatch.conf'
        status, _, err = self.run_program('tipwatchd', '-t')
        if os.path.exists(default):
            self.assertNotIn('Name a configuration', err)
            return
        self.assertEqual(status, 2)
        self.assertIn(default, err)
        self.assertIn('-c FILE', err)
        self.assertIn('tipwatchd http://', err)
