"""The warm speech model of this worker: opened as the settings say, and what the machine cannot do told as the house's trouble."""

from collections.abc import Iterator
from contextlib import contextmanager

from digilab.errors import CardTakenError, MemoryShortError, ModelDamagedError
from digilab.models.folder import chosen_model
from digilab.models.place import held
from digilab.office import worker_count
from transcribe.engine import Transcriber
from transcribe.errors import CardTakenError as EngineCardTakenError
from transcribe.errors import MemoryShortError as EngineMemoryShortError
from transcribe.errors import ModelError as EngineModelError
from transcribe.memory import give_back_freed
from workers.context import Context

AGAIN_SECONDS = 1.0
"""Parts that met a taken card are offered again so soon: most likely to the worker that has it, as the others rest (`workers.run`)."""

SHORT_SECONDS = 60.0
"""What took the memory may have ended by then."""


@contextmanager
def transcriber(context: Context) -> Iterator[Transcriber]:
    """For the time of one stretch. The block raises MemoryShortError, CardTakenError or ModelDamagedError: the recording is sound."""
    settings = context.settings
    folder = chosen_model(settings.models_folder, settings.models.transcription)
    chosen = settings.transcription

    @contextmanager
    def opening() -> Iterator[Transcriber]:
        whole = Transcriber(
            folder,
            threads=context.threads,
            device=chosen.device,
            compute_type=chosen.compute_type,
            batch_size=chosen.batch_size,
            sharers=worker_count(settings),
            turns=settings.cards_folder,
            beside_card=chosen.beside_card,
        )
        # As long as it is open nobody takes this model away or puts another one in its place.
        with held(folder), whole as transcriber:
            yield transcriber

    try:
        yield context.engines.get(f"transcription:{folder}", opening)
    except EngineModelError as error:
        raise ModelDamagedError(name=folder.name, file=str(error.evidence.get("file", "model.bin"))) from error
    except EngineMemoryShortError as error:
        raise MemoryShortError(seconds=SHORT_SECONDS, name=folder.name) from error
    except EngineCardTakenError as error:
        raise CardTakenError(seconds=AGAIN_SECONDS) from error
    finally:
        # Buffers are kept from step to step, not from stretch to stretch: beside a worker its child processes want memory too.
        give_back_freed()
