"""The corpus of scenarios: scenarios.py --program tipwatchctl [--write] [NAME]...

Each story of stories.py and examples.py must make the journal in scenarios/NAME.jsonl, replay must
print exactly scenarios/NAME.expected for it, and that must be what the story wants of the decision.
--write writes the files anew; it refuses where the program does not decide as the story wants.

decision.md names the scenarios that show its rules: each must exist, and each of examples.py must
be named there.
"""
import argparse
import os
import re
import subprocess
import sys

import examples
import stories

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.join(TOP, 'test', 'sim', 'scenarios')
RULE = os.path.join(TOP, 'lib', 'core', 'decision.md')


def stories_of(module):
    """Its functions that make a scenario, by name."""
    return {name: value for name, value in vars(module).items()
            if callable(value) and value.__module__ == module.__name__}


EXAMPLES = stories_of(examples)
ALL = {**stories_of(stories), **EXAMPLES}


def read(path):
    try:
        with open(path, encoding='utf-8') as file:
            return file.read()
    except FileNotFoundError:
        return ''


def replay(program, journal):
    done = subprocess.run([program, 'replay', '-'], input=journal, capture_output=True, text=True,
                          timeout=60, check=False)
    return done.stdout, done.stderr if done.returncode or done.stderr else ''


def problems(program, name, is_writing):
    story = ALL[name]()
    journal = story.journal()
    path = os.path.join(HERE, name)
    output, error = replay(program, journal)
    if error:
        return [error]
    wrong = story.check(output)
    if is_writing and not wrong:
        for suffix, text in (('.jsonl', journal), ('.expected', output)):
            with open(path + suffix, 'w', encoding='utf-8') as file:
                file.write(text)
    if read(path + '.jsonl') != journal:
        wrong.append(f'{name}.jsonl is not what the story makes: scenarios.py --write')
    elif replay(program, read(path + '.jsonl'))[0] != read(path + '.expected'):
        wrong.append(f'{name}.expected is not what replay prints')
    return wrong


def unmatched():
    """Scenarios that decision.md names and nobody wrote, and examples that it does not name."""
    named = set(re.findall(r'`([a-z0-9_]+)`', ' '.join(
        re.findall(r'^Scenarios?: (.*?)\.$', read(RULE), re.MULTILINE | re.DOTALL))))
    return sorted(named - set(ALL)) + sorted(set(EXAMPLES) - named)


def strays():
    known = {name + suffix for name in ALL for suffix in ('.jsonl', '.expected')}
    return sorted(set(os.listdir(HERE)) - known)


def main():
    parser = argparse.ArgumentParser(prog='scenarios.py')
    parser.add_argument('--program', required=True, help='tipwatchctl')
    parser.add_argument('--write', action='store_true')
    parser.add_argument('names', nargs='*')
    options = parser.parse_args()
    failed = 0
    names = options.names or ALL
    for name in names:
        wrong = problems(options.program, name, options.write)
        failed += bool(wrong)
        if wrong:
            about = ALL[name].__doc__.splitlines()[0]
            print(f'{name} ({about})\n    ' + '\n    '.join(wrong[:12]))
    if not options.names and strays():
        failed += 1
        print('files without a story:', *strays())
    if not options.names and unmatched():
        failed += 1
        print('decision.md and the scenarios do not name the same:', *unmatched())
    print(f'[  PASSED  ] {len(names) - failed} test(s).')
    if failed:
        print(f'[  FAILED  ] {failed} test(s).')
    return 1 if failed else 0


sys.exit(main())
