"""A unit test that fails prints what it compared (test/unit/fixture/compare.h).

assert_true and its like print only the text of their condition. So a comparison of strings, of
memory or of numbers is written with an assertion that prints both sides: assert_string_equal,
assert_memory_equal, assert_int_equal, assert_in_range, assert_contains, assert_lacks,
assert_starts_with, or assert_that for an order. Alternatives (a == b || c == d) and truth values
stay with assert_true.
"""
import re
import unittest

import tree

CALL = re.compile(r'\bassert_(true|false|null|non_null|int_equal|int_not_equal)\(')
# Comments are found as well, because an apostrophe in one opens no literal.
LITERAL = re.compile(r'/\*.*?\*/|"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'', re.DOTALL)
OF_TEXT = re.compile(r'\b(strn?(case)?cmp|memcmp|str(case)?str|strr?chr|memmem|strpbrk)\(')
OF_NUMBERS = re.compile(r' (==|!=|<=|>=|<|>) ')
INNER = re.compile(r'\([^()]*\)|\[[^][]*\]')


def assertions(text):
    """Each call: where it begins, where it ends, its kind, and its arguments with the literals
    blanked."""
    blank = LITERAL.sub(lambda m: '_' * len(m.group()), text)
    for match in CALL.finditer(blank):
        depth, end = 1, match.end()
        while depth:
            depth += (blank[end] == '(') - (blank[end] == ')')
            end += 1
        yield match.start(), end, match.group(1), blank[match.end():end - 1]


def outer(condition):
    """The condition without what stands in parentheses, in one line."""
    while INNER.search(condition):
        condition = INNER.sub('', condition)
    return ' ' + ' '.join(condition.split()) + ' '


def is_opaque(kind, arguments):
    condition = outer(arguments)
    if kind.startswith('int'):
        return bool(OF_TEXT.match(arguments)) and condition.split(',')[0].split()[1:] == []
    if OF_TEXT.search(arguments) or kind.endswith('null'):
        return bool(OF_TEXT.search(arguments))
    if ' && ' in condition or ' || ' in condition:
        # One assertion for each part says which part it was.
        return (' || ' if kind == 'false' else ' && ') in condition
    return bool(OF_NUMBERS.search(condition))


def opaque(path):
    text = tree.read(path)
    return [f'{path}:{text.count(chr(10), 0, start) + 1}: {text[start:end]}'
            for start, end, kind, arguments in assertions(text) if is_opaque(kind, arguments)]


class Assertions(unittest.TestCase):
    def test_failures_print_both_sides(self):
        wrong = [w for p in tree.c_files() if p.startswith('test/unit/') for w in opaque(p)]
        self.assertEqual(wrong, [])


if __name__ == '__main__':
    unittest.main()
