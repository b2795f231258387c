"""Exact matches: digests, addresses, names."""

import threading


class ExactSet:
    """Hold one value for each key, and say which keys hold a given value.

    Values are compared as they are: text is never equal to bytes, "AB" is never equal to "ab". Bring them to one form
    first. Any number of readers may call `find` while a writer works: writers take turns by a lock, and a reader sees
    for each value a tuple that is replaced as a whole.
    """

    def __init__(self) -> None:
        self._writing = threading.Lock()
        self._values: dict[int, bytes | str] = {}
        self._keys: dict[bytes | str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        """Return the number of keys held."""
        return len(self._values)

    def add(self, key: int, value: bytes | str) -> None:
        """Hold `value` under `key`. A key that is held already gets the new value."""
        with self._writing:
            old = self._values.get(key)
            if old == value:
                return
            # The new value goes in before the old one goes out, so that no reader finds the key nowhere.
            self._keys[value] = tuple(sorted((*self._keys.get(value, ()), key)))
            self._values[key] = value
            if old is not None:
                self._drop(key, old)

    def remove(self, key: int) -> bool:
        """Let go of `key`, and return whether it was held, so that a removal may be told twice."""
        with self._writing:
            value = self._values.pop(key, None)
            if value is None:
                return False
            self._drop(key, value)
            return True

    def find(self, value: bytes | str) -> list[int]:
        """Return the keys that hold exactly `value`, lowest first."""
        return list(self._keys.get(value, ()))

    def _drop(self, key: int, value: bytes | str) -> None:
        left = tuple(other for other in self._keys[value] if other != key)
        if left:
            self._keys[value] = left
        else:
            del self._keys[value]
