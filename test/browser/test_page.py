"""The page in a real browser: what is shown, live, and that nothing from outside becomes markup."""
import http.server
import json
import threading

from browser import PHONE
from harness.waiting import wait_for
from page_case import PageCase


class Normal(PageCase):
    def setUp(self):
        super().setUp()
        self.network(5)
        self.look()
        self.reads('#use-name', self.watcher.chosen())

    def test_says_what_the_status_says(self):
        browser = self.browser
        self.reads('#height', str(self.watcher.select()['height']))
        self.reads('#mode-name', 'CONSENSUS')
        self.reads('#votes', '5 of 5 nodes answer, 5 agree')
        self.reads('#link-text', 'live')
        self.assertFalse(browser.is_shown('#plain'))
        self.assertFalse(browser.is_shown('#split'))
        self.assertEqual(browser.count('#alarms li'), 0)
        self.assertEqual(browser.count('#daemons tr'), 5)
        self.assertEqual(browser.count('#daemons tr.chosen'), 1)
        self.assertEqual(browser.run(
            'return [...document.querySelectorAll("#daemons th")].map(e => e.firstChild.data)'),
            self.demo.names)
        # Live: a block is there without a reload.
        self.demo.mine()
        self.reads('#height', str(self.watcher.select()['height']))
        self.reads('#tip-age', 'newest block seen')
        self.reads('#history-note', 'known')
        self.assertEqual(browser.count('#history svg'), 1)
        self.fits()
        self.shoot('normal')
        self.no_complaints()

    def test_dark(self):
        self.browser.dark()
        self.reads('#history-note', 'known')
        colour = self.browser.run('return getComputedStyle(document.body).backgroundColor')
        self.assertEqual(colour, 'rgb(13, 18, 23)')
        self.shoot('dark')
        self.no_complaints()

    def test_phone(self):
        self.browser.size(*PHONE)
        self.reads('#history-note', 'known')
        self.browser.run('dispatchEvent(new Event("resize"))')
        self.fits()
        self.assertTrue(self.browser.is_shown('#daemons td.state'))
        self.shoot('phone')
        self.no_complaints()

    def test_no_scripts(self):
        self.browser.no_scripts()
        self.open()
        self.assertTrue(self.browser.is_shown('#plain table'))
        self.assertFalse(self.browser.is_shown('#live'))
        self.assertIn(f'Use {self.watcher.chosen()}', self.browser.text('#plain .big'))
        for name in self.demo.names:
            self.assertIn(name, self.browser.text('#plain'))
        self.fits()
        self.shoot('no-scripts')

    def test_many_nodes(self):
        """As many as there may be: all in the table, in the history those with a story."""
        status = self.watcher.status()
        history = self.watcher.http_json('/history')[1]
        status['daemons'] = [{**status['daemons'][i % 5], 'name': f'node-{i}', 'chosen': i == 7}
                             for i in range(1024)]
        history['daemons'] = [{**history['daemons'][i % 5], 'name': f'node-{i}',
                               'reason': [0, 'ok', 5, 'lagging' if i % 10 == 0 else 'ok'],
                               'behind': [0, 0, 5, i]} for i in range(1024)]
        history['chosen'] = [0, 'node-7']
        self.pretend(status, history)
        self.assertEqual(self.browser.count('#daemons tr'), 1024)
        self.assertEqual(self.browser.count('#history .lane'), 41, 'the mode and 40 nodes')
        self.assertEqual(self.browser.count('#history .used'), 1)
        self.reads('#history-note', '40 of 1024 nodes drawn')
        self.fits()
        self.no_complaints()

    def test_accessible(self):
        browser = self.browser
        # Every header says of what it is, every picture and button says what it shows or does.
        self.assertEqual(browser.count('th:not([scope])'), 0)
        self.reads('#history-note', 'known')
        self.assertEqual(browser.count('svg[role=img]:not([aria-label]):not(:has(title))'), 0)
        self.assertEqual(browser.run(
            'return [...document.querySelectorAll("#live h1,#live h2")].length >= 5'), True)
        self.assertIn('The pool uses', browser.run(
            'return document.getElementById("said").textContent'))
        # The state is a word and a shape, not only a colour.
        self.assertIn('healthy', browser.text('#daemons td.state'))
        self.assertEqual(browser.text('#daemons td.state .mark'), '\u25cf')
        # The keyboard gets to the buttons, and they tell their state.
        browser.run('document.getElementById("day").click()')
        self.assertEqual(browser.run(
            'return document.getElementById("day").getAttribute("aria-pressed")'), 'true')


class Incidents(PageCase):
    def test_switch_is_in_the_history_after_a_reload(self):
        self.network(3)
        victim = self.watcher.chosen()
        self.look()
        self.reads('#use-name', victim)
        self.demo.do(f'die {victim}')
        self.reads('#daemons', 'refused')
        good = self.moves_away(victim, 20)
        self.reads('#use-name', good)
        self.reads('#switches', f'{victim} \u2192 {good}')
        self.reads('#switches', f'{victim} was unresponsive (refused)')
        # A page that is opened now shows what happened before it was.
        self.open()
        self.reads('#history-note', '1 switch')
        self.assertGreater(self.browser.count('#history .unresponsive'), 0)
        self.assertEqual(self.browser.count('#history .used'), 2)
        # Seconds with the primary down are seconds saved.
        if self.watcher.select()['primary']['name'] == victim:
            wait_for('the page says so', lambda: self.browser.count('#worth-today .gain') == 1, 30)
            self.reads('#worth-today', 'not watched')
            self.assertEqual(self.browser.count('#worth-month .gain'), 1)
        self.shoot('history')
        self.no_complaints()
        # All of it is there after a restart, too.
        self.watcher.stop()
        self.watcher.start()
        self.open()
        self.reads('#history-note', '1 switch')
        self.assertGreater(self.browser.count('#history .unresponsive'), 0)
        self.reads('#use-name', good)

    def test_split(self):
        self.network(4)
        self.look()
        self.demo.mine(5)
        self.demo.do('fork d3,d4 4')
        wait_for('it is contested', lambda: self.watcher.select()['mode'] == 'contested', 60)
        self.reads('#mode-name', 'CONTESTED')
        self.reads('#alarms', 'Contested. Compare the hashes')
        self.assertTrue(self.browser.is_shown('#split'))
        self.reads('#split-list', 'rival')
        for pair in ('d1, d2', 'd3, d4'):
            self.reads('#split-list', pair)
        self.assertEqual(self.browser.count('#split path.main'), 1)
        self.assertEqual(self.browser.count('#split path.rival'), 1)
        self.fits()
        self.shoot('split')
        self.browser.size(*PHONE)
        self.browser.run('dispatchEvent(new Event("resize"))')
        self.fits()
        self.assertGreater(self.browser.run(
            'return document.querySelector("#daemons td.state").clientWidth'), PHONE[0] * 0.8)
        # The daemons come first, and a number is not torn from its unit.
        self.assertTrue(self.browser.run(
            'return document.getElementById("daemons").getBoundingClientRect().top < '
            'document.getElementById("split").getBoundingClientRect().top'))
        self.assertFalse(self.browser.run(
            'return [...document.querySelectorAll(".since")].some(e => / (s|min|h|d)\\b/.test('
            'e.textContent))'))
        self.shoot('split-phone')
        self.no_complaints()

    def test_no_templates(self):
        """The nodes agree, and none of them gives work."""
        self.network(3)
        self.look()
        self.demo.do('no-template all')
        self.reads('#use-label', 'NOT USABLE')
        self.reads('#mode-name', 'CONSENSUS')
        self.reads('#mode-advice', 'should give no new work')
        # The history looks once a second.
        self.reads('#history-note', 'not usable for')
        self.demo.do('recover all')
        self.reads('#mode-advice', 'The pool should mine.')
        # What was not usable has a lane of its own.
        self.assertFalse(self.browser.run(
            'const r = [...document.querySelectorAll("#history rect")];'
            'const box = e => e.getBoundingClientRect();'
            'const mode = r.find(e => e.getAttribute("y") === "4");'
            'return r.some(e => e !== mode && e.getAttribute("class") === "unresponsive" && '
            'box(e).top < box(mode).bottom);'))
        self.shoot('no-templates')
        self.no_complaints()

    def test_drained(self):
        self.network(3)
        victim = self.watcher.chosen()
        self.look()
        self.watcher.ask(f'drain {victim}')
        self.reads('#switches', f'{victim} was drained')
        # Every switch that is known is listed.
        for _ in range(6):
            for name in self.demo.names[:2]:
                self.watcher.ask(f'pin {name}')
        wait_for('all are listed', lambda: self.browser.count('#switches li') ==
                 len(self.watcher.status()['switches']) > 10, 30)
        self.no_complaints()

    def test_everything_down(self):
        self.network(3)
        self.look()
        for name in self.demo.names:
            self.demo.do(f'die {name}')
        self.reads('#alarms', 'Not usable')
        self.reads('#use-label', 'NOT USABLE')
        self.reads('#alarms', 'Fallback: 0 of 3 nodes answer')
        self.reads('#mode-advice', 'should give no new work')
        self.assertNotIn('should mine', self.browser.text('#board'))
        self.assertIn('\u2715', self.browser.run('return document.title'))
        self.assertEqual(self.browser.run('return document.getElementById("board").className'),
                         'bad')
        wait_for('all read unresponsive',
                 lambda: self.browser.count('#daemons td.unresponsive') == 3, 30)
        self.shoot('down')
        self.browser.dark()
        self.shoot('down-dark')
        self.no_complaints()

    def test_stream_lost_and_back(self):
        self.network(3)
        self.look()
        self.reads('#link-text', 'live')
        self.watcher.stop()
        self.reads('#link-text', 'connection lost', 60)
        self.reads('#alarms', 'no news from tipwatchd since')
        self.assertEqual(self.browser.count('body.lost'), 1)
        self.shoot('lost')
        self.watcher.start()
        self.reads('#link-text', 'live', 60)
        self.assertEqual(self.browser.count('body.lost'), 0)
        wait_for('no alarm is left', lambda: self.browser.count('#alarms li') == 0, 60)
        # Each attempt that failed meanwhile is on the console, and nothing else.
        self.no_complaints(but=['net::ERR_CONNECTION_REFUSED', 'net::ERR_INCOMPLETE',
                                'net::ERR_EMPTY_RESPONSE', 'net::ERR_CONNECTION_RESET'])


EVIL = ('</td></tr><img src=x onerror="window.owned=1"><script>window.owned=1</script>'
        '<svg onload="window.owned=1">&lt;b&gt;\'"`${1}')


class EvilDaemon(http.server.BaseHTTPRequestHandler):
    """Answers everything with an error that would like to be markup."""

    def answer(self):
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        body = json.dumps({'jsonrpc': '2.0', 'id': 0, 'status': EVIL,
                           'error': {'code': -1, 'message': EVIL}}).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


class Hostile(PageCase):
    def is_unharmed(self):
        self.assertEqual(self.browser.run('return typeof window.owned'), 'undefined')
        self.assertEqual(self.browser.count('img'), 0)
        self.assertEqual(self.browser.count('script'), 1)
        self.assertEqual(self.browser.count('b > *'), 0)

    def test_words_of_a_daemon(self):
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), EvilDaemon)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.network(2, settled=False)
        self.watcher.write(daemons=[
            *self.demo.nodes(),
            {'name': 'evil', 'url': f'http://127.0.0.1:{server.server_port}'}])
        self.watcher.reload()
        wait_for('the evil one is known', lambda: 'evil' in self.watcher.verdicts() and
                 self.watcher.verdict('evil') == 'unhealthy/bad_reply', 20)
        detail = self.watcher.node('evil')['detail']
        self.assertIn('<img', detail)
        self.look()
        # Literally, as a person reads it.
        self.reads('#daemons', '<img src=x onerror=')
        self.is_unharmed()
        self.browser.no_scripts()
        self.open()
        self.assertIn('<img src=x onerror=', self.browser.text('#plain'))
        self.assertEqual(self.browser.count('img'), 0)
        self.no_complaints()

    def test_every_text_there_is(self):
        """A status in which all text is evil, as no tipwatchd would send it."""
        self.network(2)
        self.look()
        self.reads('#history-note', 'known')
        status = self.watcher.status()

        def poison(value, key=''):
            if isinstance(value, dict):
                return {k: poison(v, k) for k, v in value.items()}
            if isinstance(value, list):
                return [poison(v, key) for v in value]
            return EVIL if isinstance(value, str) and key != 'version' else value
        evil = poison(status)
        evil['consensus']['branches'] *= 2
        evil['switches'] = [{'t_ms': 1, 'from': EVIL, 'to': EVIL, 'mode': EVIL, 'reason': EVIL,
                             'text': EVIL}]
        history = poison(self.watcher.http_json('/history')[1])
        self.pretend(evil, history)
        for selector in ('#use-name', '#use-text', '#daemons', '#switches', '#split-list',
                         '#mode-name'):
            self.assertIn('<IMG SRC=X ONERROR=', self.browser.text(selector).upper(), selector)
        self.is_unharmed()
        self.fits()
        self.shoot('hostile')
        self.no_complaints()
