"""The models folder in bad hours: the power goes at any moment, the disk is full, two commands at once, a worker reads on."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from digilab.errors import (
    FileUnusableError,
    ModelHeldError,
    ModelMissingError,
    ModelsBusyError,
    ModelSpaceError,
)
from digilab.models import bundle, files, keys, place
from digilab.models.folder import Told, chosen_model, import_model, models, remove_model
from digilab.models.keys import PublicKey
from digilab.models.manifest import MANIFEST
from digilab.models.verifying import verify
from unit.models.lying import lying_in

TOLD = Told("hub:someone/tiny", "abc", "MIT")


class PowerLossError(BaseException):
    """The machine stops here: what comes after this line in the program never happens, cleaning up least of all."""


@contextmanager
def power_lost_at(step: int, patch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The power goes before the step with this number: writes made to last, renames, removals. Lists the steps that were made."""
    steps: list[str] = []

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def made(*arguments: Any, **options: Any) -> Any:
            if len(steps) >= step:
                raise PowerLossError
            steps.append(name)
            return real(*arguments, **options)

        return made

    with patch.context() as patched:
        patched.setattr(os, "fsync", counted("fsync", os.fsync))
        patched.setattr(Path, "rename", counted("rename", Path.rename))
        patched.setattr(Path, "mkdir", counted("mkdir", Path.mkdir))
        patched.setattr(shutil, "rmtree", counted("rmtree", shutil.rmtree))
        yield steps


def weights(folder: Path) -> bytes:
    return (folder / "tiny" / "model.bin").read_bytes()


def test_an_import_that_the_power_ends_at_any_step_leaves_the_model_whole_or_not_there(
    folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in range(200):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            with power_lost_at(step, monkeypatch):
                import_model(folder, source, told=TOLD)
        except PowerLossError:
            for model in models(folder):
                verify(folder, model.name)
            import_model(folder, source, told=TOLD, replace=True)
            assert lying_in(folder) == ["tiny"]
        else:
            break
    assert 8 < step < 100


def test_a_replacement_that_the_power_ends_at_any_step_leaves_the_old_or_the_new(
    folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    newer = Path(shutil.copytree(source, tmp_path / "newer" / "tiny"))
    (newer / "model.bin").write_bytes(b"other weights")
    found = set()
    for step in range(200):
        shutil.rmtree(folder, ignore_errors=True)
        import_model(folder, source)
        try:
            with power_lost_at(step, monkeypatch):
                import_model(folder, newer, replace=True)
        except PowerLossError:
            place.recover(folder)
            found.add(weights(folder))
            verify(folder, "tiny")
            assert lying_in(folder) == ["tiny"]
        else:
            break
    assert 8 < step < 100
    assert found == {b"weights", b"other weights"}


def test_a_removal_that_the_power_ends_leaves_the_model_whole_or_not_there(
    folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        import_model(folder, source)
        try:
            with power_lost_at(step, monkeypatch):
                remove_model(folder, "tiny")
        except PowerLossError:
            for model in models(folder):
                verify(folder, model.name)
            place.recover(folder)
            assert lying_in(folder) in (["tiny"], [])
        else:
            break
    assert 2 < step < 50


def test_a_bundle_that_the_power_ends_is_not_there_under_its_name(
    folder: Path,
    source: Path,
    office: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trusted: tuple[PublicKey, ...],
) -> None:
    import_model(folder, source, told=TOLD)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(PowerLossError), power_lost_at(0, monkeypatch):
        bundle.pack(folder, "tiny", out / "tiny.bundle", *keys.own_key(office))
    assert not (out / "tiny.bundle").exists()
    bundle.pack(folder, "tiny", out / "tiny.bundle", *keys.own_key(office))
    house = tmp_path / "house"
    for step in range(200):
        shutil.rmtree(house, ignore_errors=True)
        try:
            with power_lost_at(step, monkeypatch):
                bundle.unpack(house, out / "tiny.bundle", trusted)
        except PowerLossError:
            for model in models(house):
                verify(house, model.name)
        else:
            break
    assert verify(house, "tiny") == 3


def test_an_import_whose_process_was_killed_is_cleared_away_by_the_next(folder: Path, source: Path) -> None:
    folder.mkdir()
    (source / "model.bin").write_bytes(bytes(1_000_000))
    code = """
import os, signal, sys
from pathlib import Path
from digilab.models import files
from digilab.models.folder import import_model
real = os.fsync
def killed(_):
    os.kill(os.getpid(), signal.SIGKILL)
os.fsync = killed
import_model(Path(sys.argv[1]), Path(sys.argv[2]))
"""
    ended = subprocess.run([sys.executable, "-c", code, folder, source], check=False)
    assert ended.returncode == -9
    assert [name[:10] for name in lying_in(folder)] == [".incoming-"]
    assert models(folder) == []
    import_model(folder, source)
    assert lying_in(folder) == ["tiny"]


# --- the disk ---------------------------------------------------------------------------------------------


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets the disk report an error when something is made to last, as a disk does that finds itself full only then."""

    def filled(number: int) -> None:
        def failing(_: int) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "fsync", failing)

    return filled


def test_a_disk_without_room_is_told_before_anything_is_copied(
    folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = shutil.disk_usage(source)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: room)
    with pytest.raises(ModelSpaceError) as refused:
        import_model(folder, source)
    assert "空き 1 MB" in refused.value.sentence("ja")
    assert lying_in(folder) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fills_up_meanwhile_is_told_and_nothing_stays(
    folder: Path, source: Path, full: Callable[[int], None], number: int
) -> None:
    folder.mkdir()
    full(number)
    with pytest.raises(ModelSpaceError):
        import_model(folder, source)
    assert lying_in(folder) == []


@pytest.mark.parametrize("number", [errno.EFBIG, errno.EIO])
def test_a_medium_that_was_pulled_out_or_takes_no_such_file_is_told(
    folder: Path, source: Path, office: Path, tmp_path: Path, full: Callable[[int], None], number: int
) -> None:
    import_model(folder, source, told=TOLD)
    out = tmp_path / "out"
    out.mkdir()
    full(number)
    with pytest.raises(FileUnusableError):
        bundle.pack(folder, "tiny", out / "tiny.bundle", *keys.own_key(office))
    assert list(out.iterdir()) == []


BROKEN = Path("/proc/self/mem")
"""Opens like any file and fails at the first byte that is read, as a medium does that was pulled out."""


def test_a_medium_that_was_pulled_out_while_it_was_read_is_named_and_not_the_models_folder(
    folder: Path, trusted: tuple[PublicKey, ...]
) -> None:
    with pytest.raises(FileUnusableError) as of_folder, place.arriving(folder, "tiny", 0, replace=False) as incoming:
        files.copied(BROKEN, incoming / "model.bin")
    assert of_folder.value.evidence["file"] == str(BROKEN)
    with pytest.raises(FileUnusableError) as of_bundle:
        bundle.unpack(folder, BROKEN, trusted)
    assert of_bundle.value.evidence["file"] == str(BROKEN)
    assert lying_in(folder) == []


# --- others -----------------------------------------------------------------------------------------------


def test_of_two_commands_at_once_the_second_is_told_to_wait(folder: Path, source: Path) -> None:
    with place.turn(folder), pytest.raises(ModelsBusyError):
        import_model(folder, source)
    import_model(folder, source)
    with place.turn(folder), pytest.raises(ModelsBusyError):
        remove_model(folder, "tiny")


def test_an_administrator_who_looked_first_locks_nobody_out(folder: Path) -> None:
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, 12345, 12345)
    with place.turn(folder):
        pass
    turn, owner = (folder / place.TURN).stat(), folder.stat()
    assert (turn.st_uid, turn.st_gid) == (owner.st_uid, owner.st_gid)


def test_looking_makes_no_folder(folder: Path) -> None:
    place.recover(folder)
    assert not folder.exists()
    (folder.parent / "file").touch()
    place.recover(folder.parent / "file" / "models")
    assert models(folder) == []


def test_a_model_that_a_worker_holds_is_neither_removed_nor_replaced(folder: Path, source: Path) -> None:
    import_model(folder, source)
    with place.held(folder / "tiny"), place.held(folder / "tiny"):
        with pytest.raises(ModelHeldError):
            remove_model(folder, "tiny")
        with pytest.raises(ModelHeldError):
            import_model(folder, source, replace=True)
        verify(folder, "tiny")
    remove_model(folder, "tiny")
    assert models(folder) == []
    with pytest.raises(ModelMissingError), place.held(folder / "tiny"):
        pass


def test_a_worker_that_died_holds_nothing(folder: Path, source: Path) -> None:
    import_model(folder, source)
    code = """
import os, signal, sys
from pathlib import Path
from digilab.models.place import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code, folder / "tiny"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "held\n"
        with pytest.raises(ModelHeldError):
            remove_model(folder, "tiny")
        worker.kill()
    remove_model(folder, "tiny")


def test_a_model_laid_here_by_hand_can_be_worked_with(folder: Path, source: Path) -> None:
    folder.mkdir()
    source.rename(folder / "tiny")
    assert not (folder / "tiny" / MANIFEST).exists()
    with place.held(chosen_model(folder, "")):
        pass


def test_of_a_link_to_a_model_elsewhere_only_the_link_is_removed(folder: Path, source: Path, tmp_path: Path) -> None:
    elsewhere = import_model(tmp_path / "elsewhere", source).folder
    folder.mkdir()
    for name in ("linked", "replaced"):
        (folder / name).symlink_to(elsewhere)
    assert verify(folder, "linked") == 3
    remove_model(folder, "linked")
    import_model(folder, source, "replaced", replace=True)
    assert lying_in(folder) == ["replaced"]
    assert not (folder / "replaced").is_symlink()
    assert verify(tmp_path / "elsewhere", "tiny") == 3
