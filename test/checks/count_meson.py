"""Counts the cmocka cases in a log of `meson test` (testlog.json): prints "PASSED FAILED".

A program that failed without saying how many of its cases did (it crashed, a sanitizer ended it, it
took too long) counts as one failure.
"""
import json
import re
import sys


def cases(record):
    text = record.get('stdout', '') + record.get('stderr', '')
    passed = sum(int(n) for n in re.findall(r'\[  PASSED  \] (\d+) test', text))
    failed = sum(int(n) for n in re.findall(r'\[  FAILED  \] (\d+) test', text))
    if record['result'] in ('OK', 'EXPECTEDFAIL'):
        return max(passed, 1), failed
    return passed, max(failed, 1)


def main(path):
    passed = failed = 0
    with open(path, encoding='utf-8') as log:
        for line in log:
            p, f = cases(json.loads(line))
            passed += p
            failed += f
    print(passed, failed)


main(sys.argv[1])
