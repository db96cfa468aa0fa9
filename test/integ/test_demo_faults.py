"""tipwatch-demo: every fault as it shows on the wire, and its end."""
import base64

from demo_case import Connection, DemoCase, prev_hash
from harness.waiting import timed, wait_for


class Faults(DemoCase):
    def setUp(self):
        super().setUp()
        self.start('turtlecoin-rpc@0.8.4', nodes=3)

    def test_die(self):
        with Connection(self.ports['d1']) as connection:
            connection.ask('GET', '/height')
            self.do('die d1')
            self.assertTrue(connection.is_closed())
        for _ in range(50):
            self.assertTrue(self.refused())
        self.assertFalse(self.refused('d2'))
        self.do('recover d1')
        self.assertEqual(self.height(), 1001)

    def test_hang(self):
        with Connection(self.ports['d1']) as kept, Connection(self.ports['d1']) as asked:
            kept.ask('GET', '/height')
            self.do('hang d1')
            with Connection(self.ports['d1']) as fresh:
                for connection in (kept, asked, fresh):
                    connection.send('GET', '/height')
                    self.assertTrue(connection.is_quiet())
                # What was asked meanwhile is answered when it comes to.
                self.do('recover d1')
                for connection in (kept, asked, fresh):
                    self.assertEqual(connection.read().json()['height'], 1001)

    def test_slow(self):
        self.do('slow d1 300')
        self.assertGreaterEqual(timed('an answer', lambda: self.ask('GET', '/height'), 5), 0.3)
        # One thread: the second waits for the first.
        with Connection(self.ports['d1']) as first, Connection(self.ports['d1']) as second:
            def both():
                first.send('GET', '/height')
                second.send('GET', '/height')
                return first.read() and second.read()
            self.assertGreaterEqual(timed('both', both, 5), 0.6)
        self.do('upgrade d2 turtlecoin-rpc')
        self.do('slow d2 300')
        with Connection(self.ports['d2']) as first, Connection(self.ports['d2']) as second:
            self.assertLess(timed('both', both, 5), 0.6)
        self.do('slow d1 0')
        self.assertLess(timed('an answer', lambda: self.ask('GET', '/height'), 5), 0.25)

    def test_hang_while_slow(self):
        self.do('slow d1 100')
        with Connection(self.ports['d1']) as connection:
            connection.send('GET', '/height')
            self.do('hang d1')
            self.assertTrue(connection.is_quiet())
            self.do('recover d1')
            self.assertEqual(connection.read().json()['height'], 1001)

    def test_reset(self):
        with Connection(self.ports['d1']) as kept:
            kept.ask('GET', '/height')
            self.do('reset d1')
            with self.assertRaises(ConnectionResetError):
                kept.sock.recv(1)
        with self.assertRaises(ConnectionError):
            self.ask('GET', '/height')

    def test_http_error(self):
        self.do('http-error d1 503')
        for path in ('/info', '/json_rpc', '/nope'):
            self.assertEqual(self.ask('GET', path).status, 503)

    def test_garbage(self):
        self.do('garbage d1')
        reply = self.ask('GET', '/info')
        self.assertEqual(reply.status, 200)
        self.assertRaises(ValueError, reply.json)
        self.do('garbage d1 bytes')
        with Connection(self.ports['d1']) as connection:
            connection.send('GET', '/info')
            self.assertFalse(connection.sock.recv(100).startswith(b'HTTP'))

    def test_truncate(self):
        whole = self.ask('GET', '/info')
        self.do('truncate d1')
        with Connection(self.ports['d1']) as connection:
            connection.send('GET', '/info')
            with self.assertRaises(ConnectionResetError):
                connection.read()
            self.assertEqual(connection.data, whole.body[:len(whole.body) // 2])

    def test_endless(self):
        self.do('endless d1')
        with Connection(self.ports['d1']) as reader, Connection(self.ports['d1']) as other:
            other.send('GET', '/info')  # and reads nothing of it
            reader.send('GET', '/info')
            total = 0
            while total < 20_000_000:
                total += len(reader.sock.recv(1 << 20))
            self.assertLess(timed('another', lambda: self.ask('GET', '/info', name='d2'), 5), 1)

    def test_deep(self):
        self.do('deep d1')
        self.assertEqual(self.ask('GET', '/info').body, b'[' * 1_000_000)

    def test_auth(self):
        self.do('auth d1 rpc open-sesame')
        reply = self.ask('GET', '/info')
        self.assertEqual(reply.status, 401)
        self.assertRegex(reply.headers['WWW-Authenticate'], '^Basic ')
        for password, status in (('open-sesame', 200), ('wrong', 401), ('', 401)):
            word = base64.b64encode(f'rpc:{password}'.encode()).decode()
            self.assertEqual(self.ask('GET', '/info', headers=[f'Authorization: Basic {word}'])
                             .status, status)
        self.do('auth d1 off')
        self.assertEqual(self.ask('GET', '/info').status, 200)

    def test_freeze_and_lag(self):
        self.do('freeze d1')
        self.do('lag d2 2')
        self.do('mine 3')
        self.assertEqual([self.ask('GET', '/height', name=n).json() for n in ('d1', 'd2', 'd3')], [
            {'height': 1001, 'network_height': 1004, 'status': 'OK'},
            {'height': 1002, 'network_height': 1004, 'status': 'OK'},
            {'height': 1004, 'network_height': 1004, 'status': 'OK'}])
        self.assertEqual(self.node('d1')['faults'], ['frozen'])
        self.do('recover all')
        self.assertEqual(self.height(), 1004)

    def test_fork(self):
        self.do('mine 5')
        answer = self.do('fork d1,d2 3 2')
        self.assertEqual((answer['fork_height'], answer['height']), (1002, 1007))
        self.assertEqual(self.header('d1', 1007), self.header('d2', 1007))
        self.assertEqual(self.header('d1', 1002)['hash'], self.header('d3', 1002)['hash'])
        self.assertNotEqual(self.header('d1', 1003)['hash'], self.header('d3', 1003)['hash'])
        # A block of the other branch is unknown.
        lost = self.rpc('getblockheaderbyhash', {'hash': self.header('d3', 1005)['hash']})
        self.assertEqual(lost.code(), -5)
        self.do('mine 1 on d2')
        self.assertEqual(self.header('d1', 1008)['prev_hash'], self.header('d2', 1007)['hash'])
        self.do('rejoin d1')
        self.assertEqual(self.node('d1')['hash'], self.node('d3')['hash'])
        self.do('adopt d2')
        self.assertEqual(self.node('d1')['hash'], self.node('d2')['hash'])

    def test_race(self):
        self.do('race d1')
        self.assertEqual(self.header('d1', 1001)['prev_hash'], self.header('d2', 1001)['prev_hash'])
        self.assertNotEqual(self.header('d1', 1001)['hash'], self.header('d2', 1001)['hash'])
        self.do('mine')
        self.assertEqual(self.header('d1', 1002), self.header('d2', 1002))

    def test_claim(self):
        self.do('claim d1 +1000')
        self.assertEqual(self.height(), 2001)
        self.assertEqual(self.header('d1', 1000)['hash'], self.header('d2', 1000)['hash'])
        self.do('mine')
        self.assertNotEqual(self.header('d1', 1001)['hash'], self.header('d2', 1001)['hash'])

    def test_lie(self):
        self.do('lie d1 5000000')
        info = self.ask('GET', '/info').json()
        self.assertEqual((info['height'], info['network_height'], info['synced']),
                         (1001, 5000000, False))

    def test_peers(self):
        self.do('peers d1 3 0')
        info = self.ask('GET', '/info').json()
        self.assertEqual((info['incoming_connections_count'], info['outgoing_connections_count']),
                         (3, 0))

    def test_templates(self):
        good = self.template().result()
        self.assertEqual(list(good), ['blocktemplate_blob', 'difficulty', 'height',
                                      'reserved_offset', 'status'])
        tip = self.header('d1', 1000)
        self.assertEqual(prev_hash(good['blocktemplate_blob']), tip['hash'])
        self.do('stale-template d1')
        stale = self.template().result()
        self.assertEqual(stale['height'], 1001)
        self.assertEqual(prev_hash(stale['blocktemplate_blob']), tip['prev_hash'])
        for kind, code in (('busy', -9), ('failed', -5), ('notsynced', -9)):
            self.do(f'no-template d1 {kind}')
            self.assertEqual(self.template().code(), code)
        self.assertEqual(self.header('d1', 1000), tip)

    def test_templates_of_the_first_blocks(self):
        """Versions 1 and 2 have the previous hash elsewhere."""
        self.do('lag all 999')
        self.assertEqual(self.height(), 2)
        for height in (2, 3, 4):
            template = self.template().result()
            self.assertEqual(template['height'], height)
            self.assertEqual(prev_hash(template['blocktemplate_blob']),
                             self.header('d1', height - 1)['hash'])
            self.do('mine')
        self.do('lag all 1003')
        self.assertEqual(self.height(), 1)
        self.assertEqual(self.header('d1', 0)['prev_hash'], '0' * 64)
        self.assertEqual(prev_hash(self.template().result()['blocktemplate_blob']),
                         self.header('d1', 0)['hash'])

    def test_submits(self):
        blob = self.template().result()['blocktemplate_blob']
        self.do('mine')
        for name in ('d1', 'd2'):
            self.assertEqual(self.rpc('submitblock', [blob], name).result(), {'status': 'OK'})
        newest = self.template('d2').result()['blocktemplate_blob']
        for _ in range(2):
            self.assertEqual(self.rpc('submitblock', [newest], 'd2').result(), {'status': 'OK'})
        self.assertEqual(self.rpc('submitblock', ['03' * 100], 'd2').code(), -7)
        wait_for('the block reaches the others', lambda: self.height('d3') == 1003, 5)
        answer = self.do('submits d2')
        self.assertEqual(answer['count'], 4)
        self.assertEqual([(s['result'], s['height']) for s in answer['submits']], [
            ('stale', 1001), ('accepted', 1002), ('duplicate', 1002), ('refused', None)])
        self.assertEqual([s['blob'] for s in answer['submits'][:3]], [blob, newest, newest])
        self.assertEqual(answer['submits'][1]['prev_hash'], prev_hash(newest))
        self.assertEqual(self.do('submits d3')['count'], 0)

    def test_block_is_passed_on(self):
        """A block that was submitted to one node is the others', with what its header says."""
        blob = self.template().result()['blocktemplate_blob']
        nonce = 2 * (2 + 32 + 2 + 5 + 32)  # behind versions, hash, versions, time, hash
        self.assertEqual(blob[nonce:nonce + 8], '00000000')
        blob = blob[:nonce] + '01020304' + blob[nonce + 8:]
        self.assertEqual(self.rpc('submitblock', [blob], 'd1').result(), {'status': 'OK'})
        wait_for('it reaches the others', lambda: self.height('d2') == 1002, 5)
        self.assertEqual(self.header('d2', 1001)['nonce'], 0x04030201)
        self.assertEqual(self.header('d2', 1001), self.header('d1', 1001))
        self.assertEqual(self.rpc('submitblock', [blob], 'd2').result(), {'status': 'OK'})
        self.assertEqual([s['result'] for s in self.do('submits d2')['submits']], ['duplicate'])

    def test_restart(self):
        self.do('lie d1 5000000')
        with Connection(self.ports['d1']) as connection:
            connection.ask('GET', '/height')
            self.do('restart d1 0 600000')
            self.assertTrue(connection.is_closed())
        info = self.ask('GET', '/info').json()
        self.assertEqual((info['height'], info['network_height'],
                          info['outgoing_connections_count']), (1000, 1, 0))
        # Before the first synchronisation the core is busy, for headers too.
        self.assertEqual(self.rpc('getlastblockheader', {}).code(), -9)
        self.assertEqual(self.template().code(), -9)
        self.do('restart d1 200 0')
        self.assertTrue(self.refused())
        wait_for('it is up again', lambda: not self.refused(), 5)
        self.assertEqual(self.ask('GET', '/height').json(),
                         {'height': 1001, 'network_height': 1001, 'status': 'OK'})
        self.assertEqual(self.template().result()['height'], 1001)

    def test_upgrade(self):
        self.do('upgrade d1 turtlecoin-rest')
        self.assertEqual(self.ask('GET', '/info').json()['networkHeight'], 1001)
