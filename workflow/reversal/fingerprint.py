"""What settings are called: twelve hex digits of their canonical JSON."""

import hashlib
import json
from typing import Any


def canonical(value: Any) -> str:
    """JSON text that is the same whenever the value is: what commands and fingerprints are made of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def fingerprint(value: Any) -> str:
    """Twelve hex digits of the canonical JSON's SHA-256."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:12]
