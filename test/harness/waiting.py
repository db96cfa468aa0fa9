"""Waiting for conditions. Nothing in the tests waits for time to pass and hopes."""
import time

POLL_S = 0.02


class TooLate(AssertionError):
    """A condition did not become true within its deadline."""


def wait_for(what, condition, within):
    """Polls condition() until it is truthy and returns that value.

    what says what is waited for, within is in seconds. An OSError or LookupError of the condition
    counts as "not yet"; the last one is reported when time is up.
    """
    start = time.monotonic()
    while True:
        try:
            last = condition()
            if last:
                return last
        except (OSError, LookupError) as error:
            last = error
        elapsed = time.monotonic() - start
        if elapsed > within:
            raise TooLate(f'not within {within:g} s: {what}; last seen: {last!r}')
        time.sleep(POLL_S)


def timed(what, condition, within):
    """Like wait_for(), returns how many seconds it took."""
    start = time.monotonic()
    wait_for(what, condition, within)
    return time.monotonic() - start
