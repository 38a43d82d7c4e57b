"""Threads for work that may block, and may never come back."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any


class Job:
    """One piece of work; `done` is called with its result or its exception, in the worker's thread.

    It is called for abandoned work too, should that ever end.
    """

    __slots__ = ("done", "is_abandoned", "work")

    def __init__(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        self.work, self.done = work, done
        self.is_abandoned = False


class ThreadPool:
    """At most `limit` working threads, made when they are needed; idle ones wait for work.

    `abandon` gives up a job that hangs: its thread is replaced, unless `most_abandoned` hang already.
    """

    def __init__(self, name: str, limit: int, most_abandoned: int) -> None:
        self._name, self._limit, self._most_abandoned = name, limit, most_abandoned
        self._jobs: deque[Job] = deque()
        self._changed = threading.Condition()
        self._threads = 0
        self._idle = 0
        self._abandoned = 0
        self._is_closed = False

    @property
    def abandoned(self) -> int:
        """Threads that hang in work that was given up."""
        return self._abandoned

    @property
    def is_exhausted(self) -> bool:
        """Whether no thread is left to work: too many hang."""
        return self._abandoned >= self._most_abandoned + self._limit

    def run(self, job: Job) -> None:
        with self._changed:
            self._jobs.append(job)
            if self._idle >= len(self._jobs):
                self._changed.notify()
            elif self._threads - self._replaced() < self._limit:
                self._add_thread()

    def withdraw(self, job: Job) -> bool:
        """Takes back a job that has not begun; False when it has."""
        with self._changed:
            try:
                self._jobs.remove(job)
            except ValueError:
                return False
            return True

    def abandon(self, job: Job) -> None:
        """Gives up a job that has begun."""
        with self._changed:
            job.is_abandoned = True
            self._abandoned += 1
            if self._jobs and self._threads - self._replaced() < self._limit:
                self._add_thread()

    def close(self) -> None:
        """Idle threads end; those that hang are daemons and end with the process."""
        with self._changed:
            self._is_closed = True
            self._jobs.clear()
            self._changed.notify_all()

    def _replaced(self) -> int:
        return min(self._abandoned, self._most_abandoned)

    def _add_thread(self) -> None:
        try:
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        except RuntimeError:  # the machine gives no more threads: the job waits for one of those that are there
            return
        self._threads += 1

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                result: Any = job.work()
            except Exception as error:  # noqa: BLE001  the boundary of one probe: who asked is told
                result = error
            if not self._finish(job, result):
                return

    def _next(self) -> Job | None:
        with self._changed:
            self._idle += 1
            while not self._jobs and not self._is_closed:
                self._changed.wait()
            self._idle -= 1
            if self._is_closed:
                self._threads -= 1
                return None
            return self._jobs.popleft()

    def _finish(self, job: Job, result: Any) -> bool:
        """Whether the thread is still needed: one that was replaced in the meantime ends."""
        job.done(result)
        with self._changed:
            if not job.is_abandoned:
                return True
            self._abandoned -= 1
            is_replaced = self._threads - self._replaced() > self._limit
            self._threads -= is_replaced
            return not is_replaced
