"""The directory for found blocks, as those use it who write to it."""
import hashlib
import os


def hand_over(directory, data, name):
    """Writes a file as a pool does: whole and synced before it is in new. data: hex or bytes."""
    path = os.path.join(directory, 'tmp', name)
    with open(path, 'w' if isinstance(data, str) else 'wb') as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.rename(path, os.path.join(directory, 'new', name))


def block_id(blob):
    """How tipwatchd calls a block; blob: hex."""
    return hashlib.sha256(blob.encode()).hexdigest()[:16]


def files(directory, *places):
    """The files in some of its directories; all but done: those of blocks that are open."""
    return sorted(name for place in places or ('tmp', 'new', 'taken', 'sent')
                  for name in os.listdir(os.path.join(directory, place)))
