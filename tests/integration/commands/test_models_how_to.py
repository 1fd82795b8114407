"""The operators' page on models, walked through: every shell block, on two machines, as it stands there."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from digilab import cli
from house.tree import ROOT
from servers.model_hub import ModelHub, model_hub
from unit.models.lying import lying_in

PAGE = (ROOT / "docs" / "operators" / "models.md").read_text("utf-8")
MEDIUM = "/media/usb"
FINGERPRINT = re.compile(r"[0-9a-f]{4}(?:-[0-9a-f]{4}){7}")


@dataclass
class Walk:
    """Two machines with a folder each, and a medium that goes between them."""

    home: Path
    hub: ModelHub
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    fingerprint: str = ""
    said: dict[str, str] = field(default_factory=dict)

    def do(self, heading: str, block: str) -> None:
        """Every line of a block, where its heading says."""
        machine = self.home / ("pc" if "つながるパソコンで" in heading else "server")
        machine.mkdir(exist_ok=True)
        self.monkeypatch.chdir(machine)
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.replace(MEDIUM, str(self.home / "usb")), comments=True)
            words = [self.fingerprint if FINGERPRINT.fullmatch(word) else word for word in words]
            self.said[line] = self._do(words, machine)
            if found := FINGERPRINT.search(self.said[line]):
                self.fingerprint = found[0]

    def _do(self, words: list[str], machine: Path) -> str:
        if words[0] != "digilab" or "pull" in words:
            # The client for hubs reads its address once, when it is imported: in a process of its own.
            path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
            environment = {"PATH": path, "HOME": str(self.home), "HF_ENDPOINT": self.hub.url}
            ended = subprocess.run(words, cwd=machine, env=environment, capture_output=True, text=True, check=False)
            assert ended.returncode == 0, f"{words}: {ended.stderr}"
            return ended.stdout
        self.monkeypatch.setattr(sys, "argv", words)
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as done:
            cli.main()
        told = self.capsys.readouterr()
        assert done.value.code in (0, None), f"{words}: {told.err}"
        return told.out


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Walk]:
    for name in [name for name in os.environ if name.startswith("DIGILAB_")]:
        monkeypatch.delenv(name)
    usb = tmp_path / "usb"
    usb.mkdir()
    # What somebody found elsewhere and laid on the medium as it was.
    shutil.copytree(ROOT / "models" / "demo", usb / "large-v3-turbo")
    (usb / "MIT.txt").write_text("Permission is hereby granted")
    with model_hub("Systran/faster-whisper-small", ROOT / "models" / "demo") as hub:
        yield Walk(tmp_path, hub, monkeypatch, capsys)


def blocks() -> list[tuple[str, str]]:
    """Heading and shell block, in the page's order."""
    found = re.findall(r"^#+ (.+?)$|^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    heading, walked = "", []
    for title, block in found:
        heading = title or heading
        if block:
            walked.append((heading, block))
    return walked


def test_the_way_into_a_closed_network_is_as_the_page_says(walk: Walk) -> None:
    assert len(blocks()) == 7
    for heading, block in blocks():
        walk.do(heading, block)
    server = walk.home / "server" / ".data" / "models"
    assert lying_in(server) == ["large-v3-turbo", "small"]
    said = walk.said
    assert "署名: 情報政策課" in said["digilab models verify small"]
    assert f"信頼\t{walk.fingerprint}\t情報政策課" in said["digilab models key list"]
    # After the key was forgotten, and for what came in without a signature:
    last = said["digilab models verify"]
    assert last.count("ファイルとも正常です") == 2
    assert "署名: 信頼していない鍵" in last
    assert "署名なし" in last
    assert (server / "small" / "model.bin").read_bytes() == (ROOT / "models" / "demo" / "model.bin").read_bytes()
