"""The GPUs whose speed `estimate` knows without one; imports nothing, for the command line names them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Gpu:
    """One kind of GPU, by its maker's data sheet."""

    operations: float
    """Single-precision operations a second, without tensor cores: our products are in full single precision."""
    double: float
    """The same in double precision."""
    bandwidth: float
    """Bytes a second from its memory."""


GPUS = {
    "a100": Gpu(19.5e12, 9.7e12, 2.0e12),
    "h100": Gpu(67e12, 34e12, 3.35e12),
    "h200": Gpu(67e12, 34e12, 4.8e12),
}
"""NVIDIA's data sheets of the A100 80GB SXM, H100 SXM and H200 SXM."""
