"""The corpus of scenarios: scenarios.py --program tipwatchctl [--write] [NAME]...

Each story of stories.py must make the journal in scenarios/NAME.jsonl, replay must print exactly
scenarios/NAME.expected for it, and that must be what the story wants of the decision. --write
writes the files anew; it refuses where the program does not decide as the story wants.
"""
import argparse
import os
import subprocess
import sys

import stories

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'scenarios')


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
    story = stories.ALL[name]()
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


def strays():
    known = {name + suffix for name in stories.ALL for suffix in ('.jsonl', '.expected')}
    return sorted(set(os.listdir(HERE)) - known)


def main():
    parser = argparse.ArgumentParser(prog='scenarios.py')
    parser.add_argument('--program', required=True, help='tipwatchctl')
    parser.add_argument('--write', action='store_true')
    parser.add_argument('names', nargs='*')
    options = parser.parse_args()
    failed = 0
    names = options.names or stories.ALL
    for name in names:
        wrong = problems(options.program, name, options.write)
        failed += bool(wrong)
        if wrong:
            about = stories.ALL[name].__doc__.splitlines()[0]
            print(f'{name} ({about})\n    ' + '\n    '.join(wrong[:12]))
    if not options.names and strays():
        failed += 1
        print('files without a story:', *strays())
    print(f'[  PASSED  ] {len(names) - failed} test(s).')
    if failed:
        print(f'[  FAILED  ] {failed} test(s).')
    return 1 if failed else 0


sys.exit(main())
