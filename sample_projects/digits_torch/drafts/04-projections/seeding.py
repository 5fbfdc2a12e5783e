"""Everything that draws random numbers in a training, set from one seed."""

import random

import numpy as np
import torch


def repeatable(seed: int) -> torch.Generator:
    """Seed every stream, forbid operations that are not deterministic, compute on one thread.

    The order in which several threads add floats is not fixed, and neither is their sum.

    Returns:
        A generator of its own for the order of the training images, so that a layer more in
        the network does not shuffle them differently.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    return torch.Generator().manual_seed(seed)


def seed_worker(worker: int) -> None:
    """Seed a loader's worker process from the loader's own seed plus the worker's number."""
    seed = torch.initial_seed() % 2**32
    random.seed(seed)
    np.random.seed(seed)
