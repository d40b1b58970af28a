"""Circles in a table of parents."""

from collections.abc import Mapping


def members_of_circles(parents: Mapping[int, int | None]) -> set[int]:
    """Everybody who would stand below themselves. Each key is walked once."""
    done: set[int] = set()
    caught: set[int] = set()
    for start in parents:
        walk: list[int] = []
        seen: set[int] = set()
        place: int | None = start
        while place is not None and place in parents and place not in done and place not in seen:
            seen.add(place)
            walk.append(place)
            place = parents[place]
        if place is not None and place in seen:
            caught.update(walk[walk.index(place) :])
        done.update(walk)
    return caught
