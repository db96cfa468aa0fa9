"""Runs one test in this process: python3 -m harness.one DIRECTORY TEST. Exit status 77: skipped."""
import signal
import sys
import unittest


class Ended(AssertionError):
    """The runner ended the test: it took too long."""


def ended(_signo, _frame):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Ended('took too long')


def main():
    directory, test_id = sys.argv[1:]
    sys.path.insert(0, directory)
    signal.signal(signal.SIGTERM, ended)
    suite = unittest.TestLoader().loadTestsFromName(test_id)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(suite)
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.skipped else 0)


main()
