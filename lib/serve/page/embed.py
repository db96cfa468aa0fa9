"""Makes a C source of the page's files: embed.py OUTPUT NAME=FILE... A tag tells versions apart.
Files of the same name are put together in their order."""
import hashlib
import sys


def main(output, *files):
    lines = ['/* Made by embed.py. */', '#include "serve/page.h"', '']
    whole = {}
    for argument in files:
        name, path = argument.split('=', 1)
        with open(path, 'rb') as file:
            whole[name] = whole.get(name, b'') + file.read()
    for name, data in whole.items():
        tag = hashlib.sha256(data).hexdigest()[:16]
        lines.append(f'static const char {name}_text[] = {{')
        padded = data + b'\0'
        for i in range(0, len(padded), 16):
            # As characters: a plain char may be signed.
            lines.append(' '.join(f"'\\x{byte:02x}'," for byte in padded[i:i + 16]))
        value = f'{{ {name}_text, "\\"{tag}\\"" }}'
        lines += ['};', f'const struct tw_page_file tw_page_{name} = {value};', '']
    with open(output, 'w', encoding='ascii') as file:
        file.write('\n'.join(lines))


main(*sys.argv[1:])
