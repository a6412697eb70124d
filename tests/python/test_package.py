"""The package as installed: what it exports, what it pulls in."""

import kneepose._core as core


def test_the_compiled_core_is_there() -> None:
    assert core.version().count(".") == 2
