"""How daemons are reached: names, IPv6, https, authentication."""
import os
import socketserver
import ssl
import subprocess
import threading

from harness.case import takes
from harness.proxy import Proxy, tls_server
from harness.socks import REFUSED, Socks
from harness.waiting import wait_for
from net import NetCase


class PlainServer(socketserver.BaseRequestHandler):
    """Takes anything for a bad HTTP request."""

    def handle(self):
        self.request.recv(4096)
        self.request.sendall(b'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')


class Transport(NetCase):
    def watch(self, which=0, **changes):
        """tipwatchd on three daemons of which one is reached in another way."""
        nodes = self.demo.nodes()
        nodes[which] = {**nodes[which], **changes}
        self.watcher.write(daemons=nodes)
        self.watcher.start()
        return nodes[which]['name']

    def setUp(self):
        super().setUp()
        self.network(3, ['turtlecoin-rpc', 'turtlecoin-rest', 'monero'], settled=False)
        self.watcher.stop()

    def front(self, tls=None, ipv6=False):
        """A proxy in front of the first daemon; returns its port."""
        proxy = Proxy(self.demo.port(0), tls, ipv6)
        self.addCleanup(proxy.close)
        return proxy.port

    def certificate(self, *names, name='x'):
        """A certificate of its own authority for names; returns its path and the key's."""
        pem, key = (os.path.join(self.dir, f'{name}.{end}') for end in ('pem', 'key'))
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
                        'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=test',
                        '-addext', 'subjectAltName=' + ','.join(names),
                        '-keyout', key, '-out', pem], check=True, capture_output=True)
        return pem, key

    @takes(10)
    def test_host_name(self):
        port = self.demo.port(0)
        self.watch(url=f'http://localhost:{port}')
        self.watcher.wait_settled()
        target = self.target()
        self.assertEqual((target['host'], target['port'], target['tls']),
                         ('localhost', port, False))

    @takes(10)
    def test_ipv6(self):
        self.watch(url=f'http://[::1]:{self.front(ipv6=True)}')
        self.watcher.wait_settled()
        self.assertEqual(self.target()['host'], '::1')

    @takes(10)
    def test_name_that_does_not_exist(self):
        name = self.watch(url='http://no-such-host.invalid:11898')
        self.has_verdict(name, 'unresponsive/resolve', 15)

    @takes(15)
    def test_https(self):
        pem, key = self.certificate('DNS:localhost')
        port = self.front(tls=tls_server(pem, key))
        self.watch(url=f'https://localhost:{port}', ca_file=pem)
        self.watcher.wait_settled()
        self.assertTrue(self.target()['tls'])

    @takes(30)
    def test_https_of_one_that_dies(self):
        """The kept connection is closed with it: nobody waits for the next check."""
        pem, key = self.certificate('DNS:localhost')
        # cpp-httplib, of the others, closes a connection after five requests.
        proxy = Proxy(self.demo.port(2), tls_server(pem, key))
        self.addCleanup(proxy.close)
        self.watcher.write(probe={'interval': '60s'})
        name = self.watch(2, url=f'https://localhost:{proxy.port}', ca_file=pem)
        self.watcher.wait_settled()
        proxy.unplug()
        self.has_verdict(name, 'unresponsive/reset', 10)
        with open(self.watcher.journal_path, encoding='utf-8') as file:
            self.assertIn('"link":"dropped"', file.read())

    @takes(15)
    def test_https_of_a_stranger(self):
        pem, key = self.certificate('DNS:localhost')
        port = self.front(tls=tls_server(pem, key))
        name = self.watch(url=f'https://localhost:{port}')
        self.has_verdict(name, 'unresponsive/tls', 15)

    @takes(15)
    def test_https_of_another_name(self):
        pem, key = self.certificate('DNS:elsewhere.example')
        port = self.front(tls=tls_server(pem, key))
        name = self.watch(url=f'https://localhost:{port}', ca_file=pem)
        self.has_verdict(name, 'unresponsive/tls', 15)

    @takes(15)
    def test_pinned_certificate(self):
        """A certificate that no authority knows: refused with its fingerprint, then pinned."""
        pem, key = self.certificate('DNS:elsewhere.example')
        out = subprocess.run(['openssl', 'x509', '-in', pem, '-noout', '-fingerprint', '-sha256'],
                             check=True, capture_output=True, text=True).stdout
        fingerprint = out.strip().split('=')[1]
        plain = fingerprint.replace(':', '').lower()
        url = f'https://localhost:{self.front(tls=tls_server(pem, key))}'
        _, out, _ = self.run_program('tipwatchd', '--once', '--http', '', url)
        self.assertIn(f'tls_fingerprint {plain}', ' '.join(out.split()))
        name = self.watch(url=url, tls_fingerprint='00' * 32)
        self.has_verdict(name, 'unresponsive/tls', 15)
        self.assertIn(plain, self.watcher.node(name)['detail'])
        self.watcher.stop()
        self.watch(url=url, tls_fingerprint=fingerprint)
        self.watcher.wait_settled()

    @takes(30)
    def test_client_certificate(self):
        """A server that wants a certificate of the client: with none, another one, this one."""
        pem, key = self.certificate('DNS:localhost')
        own, own_key = self.certificate('DNS:tipwatch', name='own')
        other, other_key = self.certificate('DNS:tipwatch', name='other')
        for newest in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            url = f'https://localhost:{self.front(tls=tls_server(pem, key, own, newest))}'
            for changes, words in (({}, 'wants? a certificate of the client: tls_cert, tls_key'),
                                   ({'tls_cert': other, 'tls_key': other_key},
                                    'does not accept the certificate of tls_cert')):
                name = self.watch(url=url, ca_file=pem, **changes)
                self.has_verdict(name, 'unresponsive/tls', 15)
                self.assertRegex(self.watcher.node(name)['detail'], words, newest)
                self.watcher.stop()
            self.watch(url=url, ca_file=pem, tls_cert=own, tls_key=own_key)
            self.watcher.wait_settled()
            self.watcher.stop()

    @takes(15)
    def test_proxy(self):
        """The name is one that only the proxy knows."""
        port = self.demo.port(0)
        socks = Socks({'node.onion': port})
        self.addCleanup(socks.close)
        self.watch(url='http://node.onion:18081', proxy=f'socks5h://127.0.0.1:{socks.port}')
        self.watcher.wait_settled()
        self.assertEqual(set(socks.asked), {('node.onion', 18081)})
        # The other daemons are asked directly.
        self.assertGreater(self.watcher.node(self.demo.names[1])['checks'], 0)

    @takes(15)
    def test_proxy_that_is_told_an_address(self):
        port = self.demo.port(0)
        socks = Socks({})
        self.addCleanup(socks.close)
        self.watch(url=f'http://localhost:{port}', proxy=f'socks5://127.0.0.1:{socks.port}')
        self.watcher.wait_settled()
        self.assertIn(('127.0.0.1', port), socks.asked)

    @takes(20)
    def test_proxy_that_fails(self):
        socks = Socks({})
        self.addCleanup(socks.close)
        name = self.watch(url='http://node.onion:1', proxy=f'socks5h://127.0.0.1:{socks.port}')
        self.has_verdict(name, 'unresponsive/refused', 15)

        def says(words):
            return self.watcher.node(name)['detail'].endswith(words)

        self.assertTrue(says("proxy: the daemon's host cannot be reached"))
        socks.refuses = REFUSED
        wait_for('its other words', lambda: says('proxy: connection refused by the daemon'), 10)
        socks.close()
        wait_for('no proxy', lambda: says('proxy: connection refused'), 10)

    @takes(10)
    def test_https_where_there_is_http(self):
        # One that answers at once, as most do.
        server = socketserver.TCPServer(('127.0.0.1', 0), PlainServer)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        name = self.watch(url=f'https://127.0.0.1:{server.server_address[1]}')
        self.has_verdict(name, 'unresponsive/tls', 15)

    def target(self):
        """How the pool is told to reach the first daemon."""
        return next(t for t in self.watcher.ask('submit')['targets']
                    if t['name'] == self.demo.names[0])

    def password_file(self, password):
        path = os.path.join(self.dir, 'password')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(password + '\n')
        os.chmod(path, 0o600)
        return path

    @takes(15)
    def test_basic_authentication(self):
        self.demo.do(f'auth {self.demo.names[0]} rpc open-sesame')
        self.watch(user='rpc', password_file=self.password_file('open-sesame'))
        self.watcher.wait_settled()
        self.assertNotIn('open-sesame', self.watcher.process.log())
        self.assertNotIn('open-sesame', str(self.watcher.status()))

    @takes(15)
    def test_wrong_password(self):
        self.demo.do(f'auth {self.demo.names[0]} rpc open-sesame')
        name = self.watch(user='rpc', password_file=self.password_file('guess'))
        self.has_verdict(name, 'unhealthy/auth', 15)
        wait_for('another one is chosen', lambda: self.watcher.select()['usable'], 5)

    @takes(10)
    def test_no_password(self):
        self.demo.do(f'auth {self.demo.names[0]} rpc open-sesame')
        name = self.watch()
        self.has_verdict(name, 'unhealthy/auth', 15)
