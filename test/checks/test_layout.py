"""Layout and size of the files: .clang-format, .editorconfig."""
import re
import shutil
import subprocess
import unittest

import tree

COLUMNS_MAX = 100
TEXT = ('.c', '.h', '.py', '.build', '.sh', '.md', '.scd', '.conf', '.service', '.txt', '.js',
        '.css', '.html')


class Layout(unittest.TestCase):
    def test_clang_format(self):
        program = shutil.which('clang-format-14')
        self.assertTrue(program, 'clang-format-14 is not installed')
        done = subprocess.run([program, '--dry-run', '-Werror', '--ferror-limit=5',
                               *tree.c_files()],
                              cwd=tree.TOP, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, '\n' + done.stderr)

    def test_lines(self):
        wrong = []
        for path in tree.tracked():
            if not path.endswith(TEXT):
                continue
            text = tree.read(path)
            if text and not text.endswith('\n'):
                wrong.append(f'{path}: no newline at the end')
            for n, line in enumerate(text.split('\n'), 1):
                if line != line.rstrip():
                    wrong.append(f'{path}:{n}: white space at the end')
                if path.endswith('.py') and len(line) > COLUMNS_MAX:
                    wrong.append(f'{path}:{n}: more than {COLUMNS_MAX} columns')
        self.assertEqual(wrong, [])

    def test_files_say_what_they_are_for(self):
        wrong = [p for p in tree.c_files() if not tree.read(p).startswith('/*')]
        self.assertEqual(wrong, [])

    def test_nothing_left_to_do(self):
        marks = re.compile(r'\b(TO' r'DO|FIX' r'ME|X' r'XX)\b')
        wrong = [p for p in tree.tracked() if p.endswith(TEXT) and marks.search(tree.read(p))]
        self.assertEqual(wrong, [])


if __name__ == '__main__':
    unittest.main()
