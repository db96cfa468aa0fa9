"""How many instructions one observation costs the core, counted by callgrind.

Unlike a time, the count hardly depends on the machine or its load, so that a test can hold it to a
limit: usage: instructions.py BENCH_CORE. The limits are about twice what was measured (gcc 12, -O3,
200 nodes), so that a new rule for each node has room; pairs that are compared again exceed them
many times over.
"""
import re
import subprocess
import sys
import tempfile

NODES = 200
# Instructions of one observation and the step after it.
LIMITS = {
    'steady': 8_000,
    'a new block': 86_000,
    'halves, 30 deep': 110_000,
    'halves with holes': 180_000,
    'a laggard': 116_000,
    'strangers': 150_000,
    'scattered strangers': 180_000,
    'a thousand forks': 160_000,
    'a ladder of forks': 240_000,
}


def count(bench, case):
    """The mean of all checks of a case."""
    with tempfile.NamedTemporaryFile() as out:
        run = subprocess.run(
            ['valgrind', '--tool=callgrind', f'--callgrind-out-file={out.name}',
             '--collect-atstart=no', '--toggle-collect=measured*',
             bench, '--case', case, str(NODES)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    checks = re.search(r'^(\d+) checks', run.stdout, re.M)
    collected = re.search(r'Collected : (\d+)', run.stdout)
    if run.returncode != 0 or not checks or not collected or int(collected[1]) == 0:
        sys.exit(f'{case}: callgrind failed:\n{run.stdout}')
    return int(collected[1]) // int(checks[1])


def main():
    bench = sys.argv[1]
    is_slow = False
    print(f'instructions a check, {NODES} nodes')
    for case, limit in LIMITS.items():
        n = count(bench, case)
        is_slow = is_slow or n > limit
        print(f'{case:22}{n:10,} (limit {limit:,})' + (' EXCEEDED' if n > limit else ''))
    return 1 if is_slow else 0


if __name__ == '__main__':
    sys.exit(main())
