"""What holds for tests of language models."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def own_modules(tmp_path_factory):
    """Code that comes with a checkpoint is copied where transformers keeps modules: a folder of these tests."""
    import transformers.dynamic_module_utils

    folder = str(tmp_path_factory.mktemp("modules"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transformers.dynamic_module_utils, "HF_MODULES_CACHE", folder)
        patch.syspath_prepend(folder)
        yield
