"""Writes libconfig files from Python values."""


def value(v):
    if isinstance(v, bool):
        return 'true' if v else 'false'
    if isinstance(v, int):
        return str(v)
    if isinstance(v, str):
        return '"' + v.replace('\\', '\\\\').replace('"', '\\"') + '"'
    if isinstance(v, dict):
        return '{ ' + ' '.join(f'{k} = {value(x)};' for k, x in v.items()) + ' }'
    if isinstance(v, (list, tuple)):
        return '(\n  ' + ',\n  '.join(value(x) for x in v) + '\n)'
    raise TypeError(type(v))


def text(settings):
    """One setting a line, in order."""
    return ''.join(f'{k} = {value(v)};\n' for k, v in settings.items())
