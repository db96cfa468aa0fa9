"""The files of the project, for the checks."""
import os
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def tracked():
    """Paths from the top: what git tracks or would, or everything where this is no checkout."""
    git = subprocess.run(['git', '-c', f'safe.directory={TOP}', 'ls-files', '-z', '--cached',
                          '--others', '--exclude-standard'],
                         cwd=TOP, capture_output=True, check=False) if has_git() else None
    if git and git.returncode == 0:
        paths = git.stdout.decode().split('\0')
    else:
        paths = [os.path.relpath(os.path.join(d, name), TOP)
                 for d, _, names in os.walk(TOP) for name in names]
    return sorted(p for p in paths if p and not p.startswith(('build', '.git/'))
                  and os.path.isfile(os.path.join(TOP, p)))


def has_git():
    return any(os.access(os.path.join(d, 'git'), os.X_OK) for d in os.get_exec_path()) and \
        os.path.exists(os.path.join(TOP, '.git'))


def c_files():
    return [p for p in tracked() if p.endswith(('.c', '.h'))]


def read(path):
    with open(os.path.join(TOP, path), encoding='utf-8') as file:
        return file.read()
