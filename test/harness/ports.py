"""Free TCP ports on loopback that no other test takes, not even one of another run."""
import socket

# Below the range that the kernel hands out for outgoing connections.
FIRST, LAST = 20000, 31999
_held = []


def _reserve(port):
    """Holds the port's name for the life of this process; False when somebody else does."""
    lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        lock.bind(f'\0tipwatch-test-port-{port}')
    except OSError:
        lock.close()
        return False
    _held.append(lock)
    return True


def _is_free(port):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(('127.0.0.1', port))
        except OSError:
            return False
    return True


def free_ports(n):
    """n consecutive free ports; returns the first."""
    port = FIRST
    while port + n - 1 <= LAST:
        # A block taken in part stays reserved until the test ends; there are plenty.
        if all(_reserve(p) and _is_free(p) for p in range(port, port + n)):
            return port
        port += n
    raise RuntimeError('no free ports')


def free_port():
    return free_ports(1)
