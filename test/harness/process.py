"""One process under test: its log, its end, and whether a sanitizer complained."""
import glob
import os
import re
import signal
import subprocess

COMPLAINT = re.compile(
    r'(AddressSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|runtime error:'
    r'|Assertion .* failed)')


class Process:
    """Starts argv with both outputs in a log file of the test's directory."""

    def __init__(self, case, name, argv, env=None, **popen):
        self.name = name
        self.argv = [str(a) for a in argv]
        self.log_path = os.path.join(case.dir, f'{name}-{len(case.processes)}.log')
        with open(self.log_path, 'wb') as log:
            self.popen = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                env=dict(os.environ, **(env or {})), cwd=case.dir, **popen)
        # None: any will do.
        self.expected_exit = 0
        # Has nothing to save, and is slow to end.
        self.is_disposable = False
        case.processes.append(self)

    @property
    def pid(self):
        return self.popen.pid

    def is_running(self):
        return self.popen.poll() is None

    def log(self):
        with open(self.log_path, encoding='utf-8', errors='replace') as log:
            return log.read()

    def signal(self, signo):
        self.popen.send_signal(signo)

    def wait(self, within=10):
        return self.popen.wait(within)

    def stop(self, within=10):
        """SIGTERM and its exit status; a process that does not end is killed and reported."""
        if self.is_running():
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
        try:
            return self.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f'{self.name} did not end within {within} s of SIGTERM') from None

    def kill(self):
        """kill -9."""
        self.expected_exit = -signal.SIGKILL
        if self.is_running():
            self.signal(signal.SIGKILL)
        self.wait()

    def complaint(self):
        """What is wrong with how it ran, or None. To be asked after its end."""
        if COMPLAINT.search(self.log()):
            return f'{self.name}: a sanitizer or an assertion complained'
        status = self.popen.returncode
        if self.expected_exit is not None and status != self.expected_exit:
            return f'{self.name}: exit status {status}, expected {self.expected_exit}'
        return None

    def cpu_s(self):
        """Processor time of all its threads, as the scheduler counts it."""
        total_ns = 0
        for path in glob.glob(f'/proc/{self.pid}/task/*/schedstat'):
            with open(path, encoding='ascii') as file:
                total_ns += int(file.read().split()[0])
        return total_ns / 1e9

    def n_fds(self):
        return len(os.listdir(f'/proc/{self.pid}/fd'))


def with_setting(setting):
    """[(pid, command line)] of the processes that run with NAME=VALUE in their environment."""
    found = []
    for entry in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{entry}/environ', 'rb') as file:
                environ = file.read().split(b'\0')
            with open(f'/proc/{entry}/cmdline', 'rb') as file:
                words = file.read().replace(b'\0', b' ').decode(errors='replace').strip()
        except OSError:
            # Ended meanwhile, or another user's. A zombie's environment is empty.
            continue
        if os.fsencode(setting) in environ:
            found.append((int(entry), words))
    return found
