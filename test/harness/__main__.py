"""Runs a suite: python3 -m harness --suite NAME [--build DIR] [--jobs N] [--only TEXT] [--full]

Each test runs in a process of its own, several at a time, the longest first. After them come those
that are marked with @calm, one for each processor at a time, and at last those marked with @alone,
one by one. A process that a test leaves running is a failure of it.
"""
import argparse
import concurrent.futures
import os
import signal
import subprocess
import sys
import threading
import time
import unittest
import uuid

from harness.process import with_setting

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TIMEOUT_S = 240
TIMEOUT_FULL_S = 1800
MARK = 'TW_TEST_MARK'

_running = set()
_lock = threading.Lock()


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


def discover(suite):
    directory = os.path.join(HERE, suite)
    sys.path.insert(0, directory)
    return list(flatten(unittest.TestLoader().discover(directory, pattern='test_*.py')))


def attribute(test, name, default):
    method = getattr(test, test._testMethodName, None)
    return getattr(method, name, getattr(test, name, default))


def run_one(options, test_id, within_s):
    """Runs one test in a process; returns (outcome, seconds, output)."""
    mark = uuid.uuid4().hex
    environ = dict(os.environ, TW_BUILD=os.path.abspath(options.build), **{MARK: mark})
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, '-m', 'harness.one', os.path.join(HERE, options.suite), test_id],
        env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True)
    with _lock:
        _running.add(process)
    timeout = TIMEOUT_FULL_S if options.full else within_s
    try:
        output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        # It ends its own processes and reports when it is asked to.
        process.send_signal(signal.SIGTERM)
        try:
            output, _ = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
        output += f'\nended after {timeout} s\n'.encode()
    with _lock:
        _running.discard(process)
    text = output.decode(errors='replace')
    outcome = {0: 'ok', 77: 'skipped'}.get(process.returncode, 'FAILED')
    for pid, words in with_setting(f'{MARK}={mark}'):
        outcome = 'FAILED'
        text += f'\nleft running: {pid} {words}\n'
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return outcome, time.monotonic() - start, text


def stop_all(signo, _frame):
    with _lock:
        for process in _running:
            process.send_signal(signal.SIGTERM)
    sys.exit(128 + signo)


def main():
    parser = argparse.ArgumentParser(prog='harness')
    parser.add_argument('--suite', required=True)
    parser.add_argument('--build', default='build/gcc')
    parser.add_argument('--jobs', type=int, default=8, help='tests at a time; they mostly wait')
    parser.add_argument('--full', action='store_true')
    parser.add_argument('--only', action='append', help='only tests whose name contains this')
    parser.add_argument('--results', help='file to append "PASSED FAILED" to')
    parser.add_argument('--list', action='store_true')
    options = parser.parse_args()

    tests = [t for t in discover(options.suite)
             if not options.only or any(text in t.id() for text in options.only)]
    if not options.full:
        tests = [t for t in tests if not attribute(t, 'only_full', False)]
    if options.list:
        print('\n'.join(t.id() for t in tests))
        return 0
    if not tests:
        print('no such test')
        return 1
    signal.signal(signal.SIGTERM, stop_all)
    signal.signal(signal.SIGINT, stop_all)

    within_s = {t.id(): attribute(t, 'within_s', TIMEOUT_S) for t in tests}
    tests.sort(key=lambda t: -attribute(t, 'takes_s', 5))
    alone = [t.id() for t in tests if attribute(t, 'runs_alone', False)]
    calm = [t.id() for t in tests if attribute(t, 'runs_calmly', False)]
    others = [t.id() for t in tests if t.id() not in {*alone, *calm}]
    counts = {'ok': 0, 'FAILED': 0, 'skipped': 0}

    def tell(test_id, result):
        outcome, seconds, text = result
        counts[outcome] += 1
        print(f'{outcome:7} {seconds:6.1f} s  {test_id}', flush=True)
        if outcome == 'FAILED' or (outcome == 'skipped' and text.strip()):
            print('\n'.join('    ' + line for line in text.strip().splitlines()), flush=True)

    n_processors = len(os.sched_getaffinity(0))
    for jobs, test_ids in ((options.jobs, others), (min(n_processors, options.jobs), calm),
                           (1, alone)):
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            futures = {pool.submit(run_one, options, test_id, within_s[test_id]): test_id
                       for test_id in test_ids}
            for future in concurrent.futures.as_completed(futures):
                tell(futures[future], future.result())

    if options.results:
        with open(options.results, 'a', encoding='utf-8') as file:
            print(counts['ok'], counts['FAILED'], file=file)
    skipped = f', {counts["skipped"]} skipped' if counts['skipped'] else ''
    print(f'{counts["ok"]} passed, {counts["FAILED"]} failed{skipped}')
    return 1 if counts['FAILED'] else 0


sys.exit(main())
