"""Clean a folder of old files: only below the folder, across no symbolic link, onto no other file system."""

import os
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from examples.steps.program import program
from watchdesk.definitions.quantities import parse_bytes, parse_duration

CAREFUL = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NEVER = {"/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/opt", "/proc", "/root", "/run", "/sbin",
         "/srv", "/sys", "/usr", "/var", "/var/lib", "/var/log", "/tmp"}  # fmt: skip  # noqa: S108


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may go: its path below the folder, and what it occupies."""

    path: tuple[str, ...]
    size_bytes: int
    changed_at: float


def clean_folder(folder: str, older_than: str, suffixes: str, at_most: str = "10GiB", really: str = "yes") -> None:
    """Deletes files of the named suffixes that nobody changed for so long, biggest first, until so much is freed.

    `suffixes` are separated by commas. With `really` other than yes it only lists. Raises ValueError for a folder
    that must never be cleaned, and when the folder itself is, or is reached by, a symbolic link.
    """
    endings = tuple(word.strip() for word in suffixes.split(",") if word.strip(" .*"))
    if not endings:
        message = "name at least one suffix, such as .tmp; nothing is ever taken for all"
        raise ValueError(message)
    root = _open(Path(folder))
    try:
        before = time.time() - parse_duration(older_than).total_seconds()
        found = [
            c for c in _files(root, (), os.fstat(root).st_dev) if c.path[-1].endswith(endings) and c.changed_at < before
        ]
        freed = _delete(root, sorted(found, key=lambda c: -c.size_bytes), parse_bytes(at_most), really=really == "yes")
    finally:
        os.close(root)
    print(f"{len(found)} candidates in {folder}, {freed} bytes freed")  # noqa: T201  a step speaks by printing


def _open(folder: Path) -> int:
    """The folder's descriptor, reached part by part without following a link."""
    if not folder.is_absolute() or str(folder) in NEVER or ".." in folder.parts:
        message = f"{folder} is never cleaned by this step"
        raise ValueError(message)
    descriptor = os.open("/", CAREFUL)
    for part in folder.parts[1:]:
        try:
            inner = os.open(part, CAREFUL, dir_fd=descriptor)
        except OSError as error:
            message = f"{folder}: '{part}' is no folder, or a symbolic link"
            raise ValueError(message) from error
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor


def _files(descriptor: int, path: tuple[str, ...], device: int) -> Iterator[Candidate]:
    """Ordinary files below, on the same file system."""
    for name in sorted(os.listdir(descriptor)):
        entry = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
        if stat.S_ISREG(entry.st_mode) and entry.st_dev == device:
            yield Candidate((*path, name), entry.st_blocks * 512, entry.st_mtime)
        elif stat.S_ISDIR(entry.st_mode) and entry.st_dev == device:
            inner = os.open(name, CAREFUL, dir_fd=descriptor)
            try:
                yield from _files(inner, (*path, name), device)
            finally:
                os.close(inner)


def _delete(root: int, candidates: list[Candidate], budget: int, *, really: bool) -> int:
    freed = 0
    for candidate in candidates:
        if freed >= budget:
            break
        print(f"{'deleted' if really else 'would delete'} {'/'.join(candidate.path)} ({candidate.size_bytes} bytes)")  # noqa: T201
        if really:
            _unlink(root, candidate.path)
            freed += candidate.size_bytes
    return freed


def _unlink(root: int, path: tuple[str, ...]) -> None:
    descriptor = os.dup(root)
    try:
        for part in path[:-1]:
            inner = os.open(part, CAREFUL, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        os.unlink(path[-1], dir_fd=descriptor)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(program(clean_folder, sys.argv[1:]))
