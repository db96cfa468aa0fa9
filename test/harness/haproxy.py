"""HAProxy as a user of the example runs it: etc/haproxy/tipwatch.cfg with a test's ports."""
import csv
import http.client
import io
import json
import os
import re
import shutil
import subprocess

from harness import ports
from harness.process import Process
from harness.waiting import wait_for

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXAMPLE = os.path.join(TOP, 'etc', 'haproxy', 'tipwatch.cfg')


def program():
    found = shutil.which('haproxy')
    if not found:
        raise AssertionError('haproxy is not there: test/run fetches it (apt-get install haproxy)')
    return found


def check(path):
    """haproxy -c; returns (exit status, what it said)."""
    done = subprocess.run([program(), '-c', '-f', path], capture_output=True, text=True,
                          timeout=30, check=False)
    return done.returncode, done.stdout + done.stderr


class Haproxy:
    """The example for three daemons called alpha, beta and gamma at url_ports of 127.0.0.1."""

    def __init__(self, case, backend, url_ports, agent_port, http_port):
        self.case = case
        self.port, self.stats_port = ports.free_port(), ports.free_port()
        self.path = os.path.join(case.dir, 'haproxy.cfg')
        with open(EXAMPLE, encoding='utf-8') as file:
            text = file.read()
        swaps = {'11897': self.port, '9813': self.stats_port, '9812': agent_port,
                 '9811': http_port, '11898': url_ports['alpha'], '11500': url_ports['beta'],
                 '11600': url_ports['gamma']}
        text = re.sub(r'\b(' + '|'.join(swaps) + r')\b', lambda m: str(swaps[m.group()]), text)
        text = text.replace('default_backend by-agent', f'default_backend {backend}')
        with open(self.path, 'w', encoding='utf-8') as file:
            file.write(text)
        self.process = None
        self.start()

    def start(self):
        self.process = Process(self.case, 'haproxy', [program(), '-db', '-f', self.path])
        # It ends itself by the signal.
        self.process.expected_exit = None
        wait_for('haproxy listens', self.servers, 10)

    def stop(self):
        self.process.stop()

    def _get(self, port, path, body=None, timeout=20):
        connection = http.client.HTTPConnection('127.0.0.1', port, timeout=timeout)
        try:
            connection.request('POST' if body else 'GET', path, body)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def servers(self):
        """The rows of its statistics, by (backend, server)."""
        status, text = self._get(self.stats_port, '/;csv')
        assert status == 200, text
        rows = csv.DictReader(io.StringIO(text.lstrip('# ')))
        return {(row['pxname'], row['svname']): row for row in rows}

    def up(self, backend):
        """Names of the servers that take requests."""
        return {name for (b, name), row in self.servers().items()
                if b == backend and name != 'BACKEND' and row['status'].startswith(('UP', 'no c'))}

    def chosen_up(self, backend):
        """Those of them that are for the chosen daemon."""
        return {name for name in self.up(backend) if name.endswith('-chosen')}

    def rpc(self, method, params=None, timeout=20):
        """A request as a pool makes it; returns (HTTP status, the answer or its text)."""
        body = json.dumps({'jsonrpc': '2.0', 'id': 1, 'method': method, 'params': params or {}})
        status, text = self._get(self.port, '/json_rpc', body, timeout)
        return status, json.loads(text) if status == 200 else text

    def get(self, path):
        return self._get(self.port, path)
