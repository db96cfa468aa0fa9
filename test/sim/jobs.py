"""The decision bench prints the same rows however many runs it makes at a time.

jobs.py PROGRAM: the bench, test/bench/decision. Its rows are compared between one run at a time and
more of them than there are seeds.
"""
import subprocess
import sys

BENCH = ('--seeds', '1-2', '--days', '0.05', '--nodes', '1,3', '--history', 'mixed,races')


def rows(program, jobs):
    return subprocess.run([program, *BENCH, '--jobs', jobs], stdout=subprocess.PIPE, text=True,
                          check=True, timeout=240).stdout


def main():
    program = sys.argv[1]
    one, several = rows(program, '1'), rows(program, '5')
    print(one)
    if one != several or one.count('oracle') != 2 * 2 + 1:
        print('with more runs at a time:', several, sep='\n')
        return 1
    return 0


sys.exit(main())
