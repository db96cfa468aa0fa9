"""A network, tipwatchd, and a browser that looks at its page."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'integ'))

from browser import Browser  # noqa: E402
from harness.waiting import wait_for  # noqa: E402
from net import NetCase  # noqa: E402

# Where every picture goes, for a person to look at.
SHOTS = os.environ.get('TW_SCREENSHOTS') or os.path.join(
    os.path.dirname(os.path.dirname(HERE)), 'build', 'results', 'screenshots')


class PageCase(NetCase):
    takes_s = 30

    def look(self, path='/'):
        """Opens the page; returns the browser."""
        self.browser = Browser(self)
        self.open(path)
        return self.browser

    def open(self, path='/'):
        self.browser.open(f'http://127.0.0.1:{self.watcher.http_port}{path}')

    def reads(self, selector, text, within=30):
        """Until the element says so."""
        wait_for(f'{selector} reads {text!r}',
                 lambda: text in (self.browser.text(selector) or ''), within)

    def shoot(self, name):
        os.makedirs(SHOTS, exist_ok=True)
        path = os.path.join(SHOTS, f'{name}.png')
        self.browser.shoot(path)
        return path

    def no_complaints(self, but=()):
        """Nothing was refused, and nothing failed, beside what is expected."""
        self.assertEqual([c for c in self.browser.complaints()
                          if not any(text in c for text in but)], [])

    def pretend(self, status, history):
        """Shows these once, cut off from tipwatchd. Notes how long that took."""
        took = self.browser.run(
            'source.close(); connect = () => {}; fetch = async () => ({ ok: false });'
            'const start = performance.now(); show(arguments[0]); state.history = arguments[1];'
            'asked++; showHistory(); document.body.getBoundingClientRect();'
            'return performance.now() - start', status, history)
        self.note(f'shown in {took:.0f} ms')

    def fits(self):
        """Nothing makes the page scroll sideways."""
        self.assertTrue(self.browser.run(
            'return document.documentElement.scrollWidth <= innerWidth'))
