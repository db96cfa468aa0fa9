"""References to the steps of the decision rule lead somewhere (lib/core/decision.md)."""
import re
import unittest

import tree

RULE = 'lib/core/decision.md'
COLUMNS_MAX = 100
STEP = re.compile(r'\b(?:Voting|Modes|Verdicts|Choosing) \d+(?:\([a-z]\))?')
SECTION = re.compile(r'\bdecision\.md, ([A-Z]\w*(?: [a-z]\w*)*)')


def headings():
    """What can be referred to: the sections, and the numbers of the steps."""
    return {line.lstrip('# ').split(':')[0] for line in tree.read(RULE).split('\n')
            if line.startswith('#')}


def running(text):
    """Text whose lines are joined, without what begins a line of a comment."""
    return re.sub(r'\n[ \t]*(?:\*(?!/)|#|//)?[ \t]*', ' ', text)


class Documents(unittest.TestCase):
    def test_references_to_the_rule(self):
        known, wrong, n = headings(), [], 0
        for path in tree.tracked():
            if not path.endswith(('.c', '.h', '.py', '.md', '.scd', '.build')):
                continue
            text = running(tree.read(path))
            steps = STEP.findall(text)
            n += len(steps)
            wrong += [f'{path}: {step}' for step in steps if step not in known]
            for words in SECTION.findall(text):
                if not any(words == k or words.startswith(k + ' ') for k in known) and \
                        not any(k.startswith(words + ' ') for k in known):
                    wrong.append(f'{path}: decision.md, {words}')
        self.assertEqual(wrong, [])
        self.assertGreater(n, 20)

    def test_columns_of_the_rule(self):
        wrong = [f'{RULE}:{n}' for n, line in enumerate(tree.read(RULE).split('\n'), 1)
                 if len(line) > COLUMNS_MAX]
        self.assertEqual(wrong, [])


if __name__ == '__main__':
    unittest.main()
