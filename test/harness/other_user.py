"""Code run as another user, for what the control socket allows whom. Needs root."""
import json
import os

NOBODY = 65534


def as_user(code, uid=NOBODY, gid=NOBODY, groups=()):
    """Runs code() in a child with these credentials; returns its value (through JSON)."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        answer = {'error': 'did not run'}
        try:
            os.setgroups(list(groups))
            os.setgid(gid)
            os.setuid(uid)
            answer = {'value': code()}
        except BaseException as error:  # noqa: everything goes to the parent
            answer = {'error': f'{type(error).__name__}: {error}'}
        finally:
            os.write(writer, json.dumps(answer).encode())
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, 'rb') as file:
        data = file.read()
    os.waitpid(pid, 0)
    answer = json.loads(data)
    if 'error' in answer:
        raise PermissionError(answer['error'])
    return answer['value']
