"""Names lead to files: prefixes, headers, circles, size (README, the tree)."""
import os
import re
import unittest

import tree

LINES_MAX = 600
# Programs have a main file; everything else has a header of its own name.
MAINS = {'main.c'}
# The one header of libtipwatch, which has the public functions of every file of lib/client.
PUBLIC = 'lib/client/tipwatch.h'
DEFINITION = re.compile(r'^(\w[\w \*]*?[ \*])(\w+)\(', re.MULTILINE)
COMMENT = re.compile(r'/\*.*?\*/', re.DOTALL)
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def known():
    """Places that do not keep the rules yet; the list only ever gets shorter."""
    path = os.path.join(tree.TOP, 'test/checks/known.txt')
    if not os.path.exists(path):
        return set()
    with open(path, encoding='utf-8') as file:
        return set(file.read().split('\n'))


def unknown(wrong):
    return [w for w in wrong if w not in known()]


def sources():
    return [p for p in tree.c_files() if p.startswith(('lib/', 'cmd/'))]


def functions(path):
    """Names of the functions that a C file defines for others."""
    text = COMMENT.sub('', tree.read(path))
    for match in DEFINITION.finditer(text):
        if match.group(1).split()[0] in ('static', 'typedef', 'return', 'else'):
            continue
        depth, at = 1, match.end()
        while depth and at < len(text):
            depth += (text[at] == '(') - (text[at] == ')')
            at += 1
        if text[at:].lstrip().startswith('{'):
            yield match.group(2)


def prefixes(path):
    """What the names of a file's functions may begin with: the file, with its folder or layer."""
    parts = path[:-2].split('/')[1:]
    name, folders = parts[-1], parts[:-1]
    if path.startswith('cmd/'):
        return {'tw_' + name, 'demo_' + name}
    if path == 'lib/client/tipwatch.c':
        return {'tipwatch'}
    joined = {name}
    for start in range(len(folders)):
        for end in range(start + 1, len(folders) + 1):
            joined.add('_'.join(folders[start:end] + [name]))
    joined.add(folders[0] + '_' + name)
    return {'tw_' + j for j in joined} | \
        ({'tipwatch_' + name} if folders[0] == 'client' else set())


def headers(path):
    """Where the functions of a C file may be declared."""
    own = path[:-2] + '.h'
    return [own, PUBLIC] if path.startswith('lib/client/') else [own]


def unit(path):
    """A source and its header count as one file for circles."""
    return path if path == PUBLIC else path.rsplit('.', 1)[0]


def resolve(path, header, files):
    for candidate in ('lib/' + header, os.path.dirname(path) + '/' + header,
                      'cmd/tipwatchctl/' + header):
        if candidate in files:
            return candidate
    return None


def graph():
    files = set(sources())
    edges = {unit(p): set() for p in files}
    for path in files:
        for header in INCLUDE.findall(tree.read(path)):
            target = resolve(path, header, files)
            if target and unit(target) != unit(path):
                edges[unit(path)].add(unit(target))
    return edges


def circles(edges):
    """Sets of files that include each other, directly or not (Tarjan's algorithm)."""
    index, low, stack, on_stack, found = {}, {}, [], set(), []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        on_stack.add(node)
        for other in sorted(edges[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in on_stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            members = []
            while True:
                member = stack.pop()
                on_stack.discard(member)
                members.append(member)
                if member == node:
                    break
            if len(members) > 1:
                found.append(sorted(members))

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return found


class Structure(unittest.TestCase):
    def test_functions_are_named_after_their_file(self):
        wrong = []
        for path in sources():
            if not path.endswith('.c') or os.path.basename(path) in MAINS:
                continue
            allowed = prefixes(path)
            for name in functions(path):
                if name not in allowed and \
                        not any(name.startswith(prefix + '_') for prefix in allowed):
                    wrong.append(f'{path}: {name}')
        self.assertEqual(unknown(wrong), [])

    def test_every_source_has_its_header(self):
        files = set(sources())
        wrong = [p for p in sorted(files) if p.endswith('.c') and
                 os.path.basename(p) not in MAINS and not files & set(headers(p))]
        self.assertEqual(unknown(wrong), [])

    def test_no_circles_among_files(self):
        self.assertEqual(unknown(' '.join(c) for c in circles(graph())), [])

    def test_functions_are_declared_in_the_header_of_their_file(self):
        wrong = []
        for path in sources():
            there = [h for h in headers(path) if os.path.exists(os.path.join(tree.TOP, h))]
            if not path.endswith('.c') or not there:
                continue
            text = '\n'.join(tree.read(h) for h in there)
            wrong += [f'{path}: {name}' for name in functions(path)
                      if not re.search(r'\b%s\b' % name, text)]
        self.assertEqual(unknown(wrong), [])

    def test_files_are_small(self):
        wrong = [f'{p}: {n} lines' for p in tree.c_files()
                 if (n := tree.read(p).count('\n')) > LINES_MAX]
        self.assertEqual(unknown(wrong), [])


if __name__ == '__main__':
    unittest.main()
