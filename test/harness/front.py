"""What stands in front of public daemons: a proxy that reads whole HTTP requests and replies,
limits how often it is asked, and changes replies."""
import http.client
import http.server
import threading
import time

TIMEOUT_S = 60
# Of a reply of the daemon; the front writes its own.
NOT_PASSED = {'connection', 'content-length', 'transfer-encoding', 'keep-alive', 'date', 'server'}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        front = self.server
        body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        refusal = front.refusal()
        if refusal:
            self.reply(*refusal)
            return
        with front.lock:
            port = front.ports[front.n_passed % len(front.ports)]
            front.n_passed += 1
        daemon = http.client.HTTPConnection('127.0.0.1', port, timeout=TIMEOUT_S)
        try:
            headers = {'Content-Type': 'application/json'} if body else {}
            daemon.request(self.command, self.path, body, headers)
            answer = daemon.getresponse()
            passed = {k: v for k, v in answer.getheaders() if k.lower() not in NOT_PASSED}
            self.reply(*front.change(answer.status, passed, answer.read()))
        except OSError:
            self.close_connection = True
        finally:
            daemon.close()

    do_POST = do_GET

    def reply(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Not in the test's output."""


class Front(http.server.ThreadingHTTPServer):
    """On a port of its own. Requests go to the ports in turn."""
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, case, *ports):
        super().__init__(('127.0.0.1', 0), Handler)
        self.ports = ports
        self.n_passed = 0
        self.n_refused = 0
        self.lock = threading.Lock()
        self.change = lambda *reply: reply  # (status, headers, body) to what is passed on
        self.per_second = None  # how many requests are let through, after a burst
        self.burst = 1
        self.status = 429
        self.retry_after = None
        self.filled = 0.0
        self.at = time.monotonic()
        threading.Thread(target=self.serve_forever, daemon=True).start()
        case.addCleanup(self.close)

    @property
    def port(self):
        return self.server_address[1]

    @property
    def url(self):
        return f'http://127.0.0.1:{self.port}'

    def refusal(self):
        """The reply to a request that comes too soon, or None: a bucket that leaks."""
        if self.per_second is None:
            return None
        with self.lock:
            now = time.monotonic()
            self.filled = max(0.0, self.filled - (now - self.at) * self.per_second)
            self.at = now
            if self.filled + 1 <= self.burst + 0.001:
                self.filled += 1
                return None
            self.n_refused += 1
        headers = {'Content-Type': 'text/html'}
        if self.retry_after is not None:
            headers['Retry-After'] = str(self.retry_after)
        return self.status, headers, b'<html><center>nginx</center></html>'

    def close(self):
        self.shutdown()
        self.server_close()
