"""One thread for linear algebra, in the processes that measure images."""

from functools import cache
from typing import Any


def one_thread() -> None:
    """Keep numpy's linear algebra to one thread in this process, from now on.

    Its libraries divide large products between threads, and the last bits of the result depend on
    the number of threads: on the number of cores, or on a variable in the environment.
    """
    for library in _libraries():
        if library.get_num_threads() != 1:
            library.set_num_threads(1)


@cache
def _libraries() -> list[Any]:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas").lib_controllers
