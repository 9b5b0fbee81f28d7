"""Runs points on all cores or on a cluster, in any order, with joblib."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from edgeferro.errors import DataError, StateError
from edgeferro.files.packages import need
from edgeferro.sweeping.row import Row, run_point

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edgeferro.sweeping.grid import Point

__all__ = ["BACKENDS", "Engine"]

BACKENDS: Final = ("loky", "threading", "dask", "ray")
_PACKAGES: Final = {"dask": "distributed", "ray": "ray"}
_ATTEMPTS: Final = 2  # a worker that dies once may have been killed from outside


def _is_dead_worker(error: BaseException) -> bool:
    """Whether an error says that a process died, and not that a run failed."""
    names = {kind.__name__ for kind in type(error).__mro__}
    clusters = {"KilledWorker", "WorkerCrashedError", "RayActorError"}
    return isinstance(error, BrokenExecutor) or bool(names & clusters)


@dataclass(frozen=True)
class Engine:
    """Where points run.

    Attributes:
        backend: one of :data:`BACKENDS`.
        workers: processes or threads, 1..; -1 all cores. A cluster has its own number.
        address: of the cluster's scheduler, for dask and ray.
    """

    backend: str = "loky"
    workers: int = -1
    address: str | None = None

    def __post_init__(self) -> None:
        """Refuse what can't run anything.

        Raises:
            DataError: names the option, the value and the range.
            PackageError: joblib, or the cluster's package, is not installed.
        """
        need("joblib", "edgeferro sweep")
        if self.backend not in BACKENDS:
            message = f"--backend: {self.backend!r} is not one of {', '.join(BACKENDS)}"
            raise DataError(message)
        if self.workers != -1 and not 1 <= self.workers <= 4096:
            message = f"--workers: {self.workers} is not in 1..4096, nor -1"
            raise DataError(message)
        cluster = self.backend in {"dask", "ray"}
        if cluster and self.address is None:
            message = f"--address: where is the {self.backend} cluster's scheduler?"
            raise DataError(message)
        if not cluster and self.address is not None:
            message = f"--address: has no effect with backend {self.backend}"
            raise DataError(message)
        if cluster:
            need(_PACKAGES[self.backend], f"--backend {self.backend}")

    @contextmanager
    def _connected(self) -> Iterator[None]:
        """Register the cluster's backend with joblib for a while.

        Raises:
            DataError: nothing answers.
        """
        with ExitStack() as stack:
            try:
                if self.backend == "dask":
                    from distributed import Client

                    client: Any = Client
                    stack.enter_context(client(self.address, timeout=10))
                elif self.backend == "ray":
                    import ray
                    from ray.util import joblib as ray_joblib

                    ray.init(address=self.address, log_to_driver=False)
                    stack.callback(ray.shutdown)
                    register: Any = ray_joblib.register_ray
                    register()
            except (OSError, ConnectionError, TimeoutError, ValueError) as error:
                message = f"--address: no {self.backend} at {self.address}: {error}"
                raise DataError(message) from None
            yield

    def _once(self, points: Sequence[Point]) -> Iterator[tuple[str, Row | str]]:
        """Yield results as they come; a worker's death ends it with an error."""
        from joblib import Parallel, delayed, parallel_config

        # One run at a time: what a dying worker has finished is not lost with it.
        settings: dict[str, Any] = {"n_jobs": self.workers, "batch_size": 1}
        order = "list" if self.backend == "ray" else "generator_unordered"
        with parallel_config(backend=self.backend):
            runs = Parallel(return_as=order, **settings)(
                delayed(run_point)(point) for point in points
            )
            yield from runs

    def run(self, points: Sequence[Point]) -> Iterator[tuple[str, Row | str]]:
        """Yield key and row (or the refusal) of each point as it is done.

        Raises:
            StateError: a worker died, and one more attempt didn't help.
        """
        left = {point.key: point for point in points}
        with self._connected():
            for attempt in range(_ATTEMPTS):
                try:
                    for key, row in self._once(list(left.values())):
                        del left[key]
                        yield key, row
                    break
                except Exception as error:
                    if not _is_dead_worker(error):
                        raise
                    if attempt == _ATTEMPTS - 1:
                        message = (
                            f"a worker died twice (killed, or out of memory?); "
                            f"{len(left)} of {len(points)} runs are missing"
                        )
                        raise StateError(message) from error
