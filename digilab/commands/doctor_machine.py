"""What `digilab doctor` says of the machine that recognises speech. The engine is asked in a child process: the job server loads none."""

import importlib.util
import json
import subprocess
import sys
from contextlib import suppress
from typing import Any

from digilab.commands.house import words
from digilab.config import Settings
from digilab.errors import CardLibraryError, DeviceAbsentError, ModelError, SpeechEngineError
from digilab.models.folder import chosen_model
from digilab.office import worker_count

ENGINE = (sys.executable, "-P", "-m", "transcribe.machine")
SECONDS = 60.0
_GIB = 1 << 30


def device(settings: Settings) -> str:
    """Device, number format, batch and memory. Raises SpeechEngineError, DeviceAbsentError, CardLibraryError."""
    if importlib.util.find_spec("ctranslate2") is None:
        return words("doctor-no-speech-engine")
    told = _asked(settings)
    if told["missing"]:
        raise CardLibraryError(libraries=", ".join(told["missing"]))
    if settings.transcription.device == "cuda" and not told["cards"]:
        raise DeviceAbsentError
    if told["taken"]:
        return words("doctor-card-taken", cards=_cards(told), library=told["library"])
    where = words("doctor-on-card", cards=_cards(told)) if told["card"] else words("doctor-on-cpu")
    if told["cards"] and not told["card"]:
        where = f"{where} {words('doctor-beside-card', cards=_cards(told))}"
    return words(
        "doctor-device",
        device=where,
        compute_type=told["compute_type"],
        batch=told["batch_size"] or "-",
        model=_gib(told["model"]),
        free=_gib(told["free"]),
        library=told["library"],
    )


def _asked(settings: Settings) -> dict[str, Any]:
    chosen = settings.transcription
    command = [*ENGINE, "--turns", str(settings.cards_folder), "--device", chosen.device]
    command += ["--compute-type", chosen.compute_type, "--batch-size", str(chosen.batch_size)]
    command += ["--sharers", str(worker_count(settings))]
    with suppress(ModelError):  # said by the check of the model
        folder = chosen_model(settings.models_folder, settings.models.transcription)
        command += ["--model", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=SECONDS, check=True)
        told: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise SpeechEngineError(reason=f"{SECONDS:g} s") from None
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "").strip().splitlines()[-1:]
        raise SpeechEngineError(reason=f"{error.returncode} {''.join(last)[:200]}".strip()) from error
    except ValueError as error:
        raise SpeechEngineError(reason=str(error)) from error
    return told


def _cards(told: dict[str, Any]) -> str:
    return ", ".join(
        words(
            "doctor-card-busy" if card["taken"] else "doctor-card" if card["trusted"] else "doctor-card-failing",
            name=card["name"],
            free=_gib(card["free"]),
            total=_gib(card["total"]),
        )
        for card in told["cards"]
    )


def _gib(count: int | None) -> str:
    return "-" if count is None else f"{count / _GIB:.1f}"
