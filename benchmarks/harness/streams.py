"""Large uploads and what they are compared with."""

import os
import socket
import subprocess
import sys
import time
import wave
from pathlib import Path

from digilab.commands.door import Door

BLOCK = 1000 * 1000


def random_recording(path: Path, size: int) -> Path:
    """A WAV file of noise of about this many bytes."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        for _ in range(size // BLOCK):
            file.writeframes(os.urandom(BLOCK))
    return path


def bare_stream_seconds(source: Path, target: Path) -> float:
    """The same request into the smallest handler there is: `request.stream()` to a file, nothing read, hashed or kept."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, __file__, str(port), str(target)], stderr=subprocess.DEVNULL)
    try:
        door = Door("127.0.0.1", port, "none")
        deadline = time.monotonic() + 30
        while True:
            try:
                door.get("/")
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        return min(_timed(door, source) for _ in range(3))
    finally:
        server.kill()
        server.wait()


def _timed(door: Door, source: Path) -> float:
    began = time.monotonic()
    door.hand_in("any", source)
    return time.monotonic() - began


def _serve(port: int, target: Path) -> None:
    import uvicorn
    from fastapi import FastAPI, Request

    app = FastAPI()

    @app.get("/")
    def ready() -> dict[str, bool]:
        return {"ready": True}

    @app.post("/api/v1/jobs")
    async def take(request: Request) -> dict[str, int]:
        size = 0
        with target.open("wb") as file:
            async for block in request.stream():
                file.write(block)
                size += len(block)
        return {"size": size}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical")


if __name__ == "__main__":
    _serve(int(sys.argv[1]), Path(sys.argv[2]))
