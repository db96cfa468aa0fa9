"""A real headless Chromium, driven through chromedriver (W3C WebDriver) with nothing but Python."""
import base64
import json
import os
import shutil
import urllib.error
import urllib.request

from harness import ports
from harness.process import Process
from harness.waiting import wait_for

ARGUMENTS = [
    '--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-dev-shm-usage',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--disable-default-apps', '--disable-extensions', '--hide-scrollbars', '--lang=en-GB']
WIDE = (1280, 900)
PHONE = (390, 844)

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Browser:
    """One window. Its session and its processes end with the test."""

    def __init__(self, case):
        for program, package in (('chromium', 'chromium'), ('chromedriver', 'chromium-driver')):
            case.assertTrue(shutil.which(program), f'{program} is not installed: apt-get install '
                            f'{package}')
        home = os.path.join(case.dir, 'browser')
        os.makedirs(home, exist_ok=True)
        port = ports.free_port()
        self.case = case
        self.base = f'http://127.0.0.1:{port}'
        self.process = Process(case, 'chromedriver', [shutil.which('chromedriver'),
                                                      f'--port={port}'],
                               env={'HOME': home, 'TMPDIR': home, 'TZ': 'UTC'})
        self.process.is_disposable = True
        wait_for('chromedriver answers', lambda: self._call('GET', '/status')['ready'], 60)
        session = self._call('POST', '/session', {'capabilities': {'alwaysMatch': {
            'browserName': 'chrome',
            'goog:loggingPrefs': {'browser': 'ALL'},
            'goog:chromeOptions': {
                'binary': shutil.which('chromium'),
                'args': [*ARGUMENTS, f'--user-data-dir={home}/profile']}}}})
        self.session = f'/session/{session["sessionId"]}'
        case.addCleanup(self.close)
        self.size(*WIDE)

    def _call(self, method, path, body=None):
        request = urllib.request.Request(
            self.base + path, method=method, headers={'Content-Type': 'application/json'},
            data=None if body is None else json.dumps(body).encode())
        try:
            with _opener.open(request, timeout=120) as reply:
                return json.load(reply)['value']
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f'{path}: {error.read().decode()[:600]}') from None

    def close(self):
        if self.session:
            self._call('DELETE', self.session)
            self.session = None

    def cdp(self, command, **parameters):
        """A command of Chromium's own protocol."""
        return self._call('POST', f'{self.session}/goog/cdp/execute',
                          {'cmd': command, 'params': parameters})

    def open(self, url):
        self._call('POST', f'{self.session}/url', {'url': url})

    def run(self, script, *arguments):
        """Runs the body of a function in the page; returns what it returns."""
        return self._call('POST', f'{self.session}/execute/sync',
                          {'script': script, 'args': list(arguments)})

    def size(self, width, height):
        self.cdp('Emulation.setDeviceMetricsOverride', width=width, height=height,
                 deviceScaleFactor=1, mobile=width < 600)

    def dark(self):
        self.cdp('Emulation.setEmulatedMedia',
                 features=[{'name': 'prefers-color-scheme', 'value': 'dark'}])

    def no_scripts(self):
        self.cdp('Emulation.setScriptExecutionDisabled', value=True)

    def text(self, selector):
        """What a person reads in the first element that matches."""
        return self.run('const e = document.querySelector(arguments[0]);'
                        'return e === null ? null : e.innerText', selector)

    def count(self, selector):
        return self.run('return document.querySelectorAll(arguments[0]).length', selector)

    def is_shown(self, selector):
        return self.run('const e = document.querySelector(arguments[0]);'
                        'return e !== null && e.getClientRects().length > 0', selector)

    def complaints(self):
        """What the console has said since it was asked last: errors, refused resources."""
        log = self._call('POST', f'{self.session}/se/log', {'type': 'browser'})
        return [f'{entry["level"]} {entry["message"]}' for entry in log
                if entry['level'] in ('WARNING', 'SEVERE')]

    def shoot(self, path, whole=True):
        """Writes a picture of the whole page."""
        shot = self.cdp('Page.captureScreenshot', format='png', captureBeyondViewport=whole)
        with open(path, 'wb') as file:
            file.write(base64.b64decode(shot['data']))
