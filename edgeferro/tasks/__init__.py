"""Tasks: real data as integers, with their source and licence."""

from edgeferro.errors import DataError
from edgeferro.tasks import digits, mnist, own, watch
from edgeferro.tasks.base import Task, learn_and_test, split

__all__ = [
    "Task",
    "digits",
    "learn_and_test",
    "load_task",
    "mnist",
    "own",
    "split",
    "watch",
]


def load_task(name: str, folder: str | None = None) -> Task:
    """Load a task by its name on the command line.

    Args:
        name: watch, digits or mnist.
        folder: of the four IDX files, for mnist only.

    Raises:
        DataError: no such task, or a folder where there is no use for one.
    """
    if folder is not None and name != "mnist":
        message = f"--mnist: a folder has no effect with task {name}"
        raise DataError(message)
    if name == "mnist":
        return mnist.load(folder)
    loaders = {"watch": watch.load, "digits": digits.load}
    if name not in loaders:
        message = f"task: {name!r} is not one of watch, digits, mnist"
        raise DataError(message)
    return loaders[name]()
