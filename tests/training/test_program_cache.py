"""The cache of compiled programs."""

import threading

from skdl.training._program_cache import ProgramCache


def test_the_programs_used_last_are_kept():
    """The least recently used one is dropped."""
    cache, built = ProgramCache(2), []
    for key in ("one", "two", "one", "three", "one", "two"):
        assert cache.get(key, lambda key=key: built.append(key) or key) == key
    assert built == ["one", "two", "three", "two"]


def test_threads_build_a_program_once():
    cache, built = ProgramCache(2), []
    begin = threading.Barrier(4)

    def ask():
        begin.wait()
        cache.get("one", lambda: built.append(1) or "program")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert built == [1]
