"""Stands in front of one monerod's RPC: passes everything on, and refuses templates on command."""
import http.client
import http.server
import json
import threading

# What monerod says from its start until it has met its first peer. It answers everything else then,
# but it is also without peers, and soon behind: only a front can make the template all that fails.
BUSY = {'code': -9, 'message': 'Core is busy'}
TIMEOUT_S = 120


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        if self.server.refuses_templates and b'"get_block_template"' in body:
            refusal = {'error': BUSY, 'id': json.loads(body).get('id'), 'jsonrpc': '2.0'}
            self.reply(200, json.dumps(refusal).encode())
            return
        monerod = http.client.HTTPConnection('127.0.0.1', self.server.target_port,
                                             timeout=TIMEOUT_S)
        try:
            monerod.request(self.command, self.path, body)
            answer = monerod.getresponse()
            self.reply(answer.status, answer.read())
        except OSError:
            # As the daemon does that breaks off.
            self.close_connection = True
        finally:
            monerod.close()

    do_POST = do_GET

    def reply(self, status, body):
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Not in the test's output."""


class Front(http.server.ThreadingHTTPServer):
    def __init__(self, case, target_port):
        super().__init__(('127.0.0.1', 0), Handler)
        self.target_port = target_port
        self.refuses_templates = False
        threading.Thread(target=self.serve_forever, daemon=True).start()
        case.addCleanup(self.close)

    @property
    def port(self):
        return self.server_address[1]

    def close(self):
        self.shutdown()
        self.server_close()
