"""A model that a worker has in memory stays where it is until the worker lets go of it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from digilab.config import Settings
from digilab.errors import ModelHeldError, ModelMissingError
from digilab.models.folder import import_model, models, remove_model
from house.tree import ROOT
from workers.context import Context
from workers.kinds.transcription_engine import transcriber
from workers.run import Engines


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """As much of a part's surroundings as opening the model asks for."""
    settings = Settings(data=tmp_path)
    import_model(settings.models_folder, ROOT / "models" / "demo")
    return cast(Context, SimpleNamespace(settings=settings, threads=1, engines=Engines()))


def test_the_speech_model_is_held_from_its_first_use_until_it_was_idle_for_long(context: Context) -> None:
    folder = context.settings.models_folder
    engines = cast(Any, context.engines)
    with transcriber(context):
        pass
    # Between two parts it stays in memory, and so on the disk.
    with pytest.raises(ModelHeldError):
        remove_model(folder, "demo")
    with pytest.raises(ModelHeldError):
        import_model(folder, ROOT / "models" / "demo", replace=True)
    engines.free_idle(0.0)
    import_model(folder, ROOT / "models" / "demo", replace=True)
    remove_model(folder, "demo")
    assert models(folder) == []
    with pytest.raises(ModelMissingError), transcriber(context):
        pass
