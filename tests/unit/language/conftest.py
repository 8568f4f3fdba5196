"""What holds for tests of language models."""

import pytest


@pytest.fixture(autouse=True)
def own_modules(tmp_path_factory, monkeypatch):
    """Code that comes with a checkpoint is copied where transformers keeps modules: here, into a folder of the test."""
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("modules")
    monkeypatch.setattr(transformers.dynamic_module_utils, "HF_MODULES_CACHE", str(folder))
    monkeypatch.syspath_prepend(str(folder))
