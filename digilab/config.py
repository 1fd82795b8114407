"""Every setting, one sentence each. Read where a process begins and nowhere else.

Each may be set by an environment variable: prefix `DIGILAB_`, groups joined by two underscores
(`DIGILAB_WEB__PORT=8080`). `docs/reference/settings.md` names them all; a house test checks that.
"""

import os
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class _Group(BaseModel):
    """A name that is not known is refused: what somebody meant to set would stay unset and nobody would know."""

    model_config = ConfigDict(extra="forbid")


class DatabaseSettings(_Group):
    """Where the record lies."""

    url: str = Field(
        "",
        pattern=r"^(sqlite:///.*|postgresql(\+psycopg)?://.+)?$",
        description="SQLAlchemy address of the database; empty: SQLite in the data folder.",
    )


class QueueSettings(_Group):
    """Where messages go."""

    url: str = Field(
        "",
        pattern=r"^((redis|rediss|unix)://.+)?$",
        description="Redis address; empty: a Redis of our own on a unix socket in the data folder.",
    )
    name: str = Field("digilab", description="Prefix of every key and channel, so that one Redis can serve two houses.")


class StoreSettings(_Group):
    """Where files lie."""

    kind: Literal["folder", "bucket"] = Field("folder", description="A folder of this machine, or an S3 bucket.")
    folder: Path | None = Field(None, description="The folder; empty: `files` in the data folder.")
    endpoint: str = Field("", pattern=r"^[^/\s]*$", description="Host and port of the S3 server, without a scheme.")
    bucket: str = Field("digilab", description="Name of the bucket, three letters or more.")
    access_key: str = Field("", description="S3 access key.")
    secret_key: str = Field("", description="S3 secret key.")
    region: str = Field("us-east-1", description="S3 region; most servers of one's own ignore it.")
    secure: bool = Field(True, description="Speak TLS with the S3 server.")


class WebSettings(_Group):
    """The doors."""

    host: str = Field(
        "127.0.0.1",
        description="Address to listen on; another than loopback demands `https` or `trust_http`.",
    )
    port: int = Field(8790, ge=1, le=65535, description="Port to listen on.")
    https: bool = Field(False, description="A proxy in front speaks TLS: cookies are marked Secure.")
    trust_http: bool = Field(False, description="Allow plain HTTP from other machines (a closed test network only).")
    max_file_bytes: int = Field(4 * 1024**3, description="Largest file that is accepted, in bytes.")
    max_files: int = Field(20, description="Most files in one submission.")
    idle_minutes: int = Field(30, description="A sign-in ends after so many minutes without a request.")
    sign_in_hours: int = Field(12, description="A sign-in ends after so many hours in any case.")


class WorkSettings(_Group):
    """Workers, leases and the clock."""

    workers: int = Field(
        0,
        ge=0,
        le=256,
        description="Worker processes of each kind that `digilab up` starts; 0: one per core, at most 4.",
    )
    threads: int = Field(0, ge=0, le=256, description="Threads of one worker's engine; 0: cores divided by workers.")
    lease_seconds: float = Field(
        30.0, gt=0, description="A worker's right to a part ends so many seconds after its last sign of life."
    )
    claim_seconds: float = Field(
        10.0, gt=0, description="A part that was sent to the queue and not begun within so many seconds is sent again."
    )
    heartbeat_seconds: float = Field(5.0, gt=0, description="A worker renews its lease this often.")
    drain_seconds: float = Field(
        60.0, ge=0, description="After SIGTERM a worker may finish its part for so long, then hands it back."
    )
    part_seconds: float = Field(
        3600.0, gt=0, description="A part that tells of no step for so long is ended together with its worker process."
    )
    clock_seconds: float = Field(
        1.0, gt=0, description="The clock looks at the backlog at least this often, nudged or not."
    )
    crashes: int = Field(3, ge=1, description="A part that killed its worker so often puts its job aside.")
    jail_memory_mib: int = Field(
        4096, ge=256, description="Memory that a child process may use which opens a file from outside."
    )
    jail_seconds: float = Field(3600.0, gt=0, description="Time that such a child may take.")

    @model_validator(mode="after")
    def _beats_within_a_lease(self) -> Self:
        if self.lease_seconds < 2 * self.heartbeat_seconds:
            raise ValueError(
                "a lease must last two heartbeats or more, else it runs out in the hands of a sound worker"
            )
        return self


class ModelSettings(_Group):
    """Speech models."""

    folder: Path | None = Field(None, description="Where model folders lie; empty: `models` in the data folder.")
    transcription: str = Field(
        "", description="Name of the model to use; empty: large-v3-turbo with CUDA, small without."
    )
    speakers: str = Field("", description="Name of the model that tells speakers apart; empty: the only one there is.")


class TranscriptionSettings(_Group):
    """How recordings are cut and decoded."""

    stretch_seconds: float = Field(300.0, description="Recordings are cut at silences into parts of about this length.")
    max_hours: float = Field(12.0, description="Longer recordings are refused.")
    device: Literal["auto", "cuda", "cpu"] = Field(
        "auto",
        description="Where the speech model computes; auto: on a graphics card where there is one, else on the CPU.",
    )
    compute_type: str = Field(
        "auto",
        pattern=r"^(auto|(int8_)?(float32|float16|bfloat16)|int8|int16)$",
        description="Number format of the speech model; auto: float16 or int8_float16 on a card, int8 on the CPU.",
    )
    batch_size: int = Field(
        0, ge=0, le=256, description="Clips that are decoded together; 0: as many as fit into free memory, at most 16."
    )
    idle_seconds: float = Field(
        600.0,
        ge=0,
        description="A worker without work frees its models and its graphics card after so many seconds; 0: never.",
    )
    cards: Path | None = Field(
        None,
        description="Folder of the locks by which one process at a time uses a graphics card; empty: `cards` in the data folder.",
    )
    beside_card: bool = Field(
        False,
        description="While another process holds the graphics card, a worker computes on the CPU instead of waiting.",
    )
    least_coverage: float = Field(
        0.98, ge=0, le=1, description="A person looks at minutes where less of the speech than this share became text."
    )
    most_gap_seconds: float = Field(
        10.0, ge=0, description="A person looks at minutes where more seconds of speech in one place have no text."
    )


class FormSettings(_Group):
    """Paper forms."""

    folder: Path | None = Field(
        None, description="Folder of the definitions that an empty house starts with; empty: those of the distribution."
    )
    personal_number_allowed: bool = Field(
        False, description="This house may hold personal numbers: forms that ask for them can be published and read."
    )
    pages_per_part: int = Field(4, ge=1, le=100, description="So many pages are read by one worker at a time.")
    max_pages: int = Field(1000, ge=1, description="Files with more pages are refused.")
    max_pixels: int = Field(72_000_000, ge=1, description="Pages with more pixels are refused; A3 at 600 dpi fits.")
    recogniser: Literal["rapidocr", "paddleocr"] = Field("rapidocr", description="What recognises characters.")
    model: Path | None = Field(None, description="Folder of the recogniser's model; empty: the recogniser's own.")
    calibration: Path | None = Field(
        None, description="File of a calibration of one's own; empty: the one of the distribution."
    )


class RobotSettings(_Group):
    """Robots that key rows into finance systems."""

    rows_per_part: int = Field(20, ge=1, le=1000, description="So many rows are keyed by one worker at a time.")
    max_rows: int = Field(10_000, ge=1, description="Spreadsheets with more rows are refused.")
    timeout_seconds: float = Field(
        30.0, gt=0, description="A finance screen that does not answer for so long is given up."
    )
    browser: Path | None = Field(None, description="The browser's program; empty: the Chromium that the system has.")
    sources: Path | None = Field(
        None, description="Folder below which schedules may take spreadsheets; empty: from uploads only."
    )


class VaultSettings(_Group):
    """Robots' credentials."""

    key: Path | None = Field(
        None, description="File of the key that credentials are sealed with; empty: `vault.key` in the data folder."
    )


class Settings(BaseSettings):
    """All settings of one house."""

    model_config = SettingsConfigDict(env_prefix="DIGILAB_", env_nested_delimiter="__", extra="forbid")

    data: Path = Field(Path(".data"), description="The data folder: database, files, models, Redis, logs.")
    city: str = Field("デジラボ", description="Name shown at the head of every page, such as the city's own.")
    language: Literal["ja", "en"] = Field(
        "ja", description="Language of the command line and of pages where the reader states none."
    )
    database: DatabaseSettings = DatabaseSettings()
    queue: QueueSettings = QueueSettings()
    store: StoreSettings = StoreSettings()
    web: WebSettings = WebSettings()
    work: WorkSettings = WorkSettings()
    models: ModelSettings = ModelSettings()
    transcription: TranscriptionSettings = TranscriptionSettings()
    forms: FormSettings = FormSettings()
    robots: RobotSettings = RobotSettings()
    vault: VaultSettings = VaultSettings()

    @model_validator(mode="before")
    @classmethod
    def _no_strangers(cls, given: dict[str, Any]) -> dict[str, Any]:
        """The library looks only for names that it knows; those beside them are handed on, so that they are refused as in a group."""
        prefix = str(cls.model_config["env_prefix"])
        named = (name.upper().removeprefix(prefix).lower() for name in os.environ if name.upper().startswith(prefix))
        return {name: "" for name in named if name.partition("__")[0] not in cls.model_fields} | given

    def environment(self) -> dict[str, str]:
        """These settings as environment variables, so that child processes run with exactly the same ones."""
        flat: dict[str, str] = {}
        for name, value in self.model_dump(mode="json").items():
            group = value.items() if isinstance(value, dict) else [("", value)]
            for inner, single in group:
                if single is not None:
                    flat[f"DIGILAB_{name}__{inner}".rstrip("_").upper()] = str(single)
        return flat

    @property
    def database_url(self) -> str:
        """The database's address with the default filled in."""
        return self.database.url or f"sqlite:///{(self.data / 'digilab.sqlite').resolve()}"

    @property
    def redis_socket(self) -> Path:
        """Where our own Redis listens when no address is set."""
        return (self.data / "redis" / "redis.sock").resolve()

    @property
    def queue_url(self) -> str:
        """The queue's address with the default filled in."""
        return self.queue.url or f"unix://{self.redis_socket}"

    @property
    def store_folder(self) -> Path:
        """The folder store's root with the default filled in."""
        return (self.store.folder or self.data / "files").resolve()

    @property
    def models_folder(self) -> Path:
        """The models folder with the default filled in."""
        return (self.models.folder or self.data / "models").resolve()

    @property
    def model_keys(self) -> Path:
        """Where keys for signed model bundles lie: the house's own and those it trusts."""
        return (self.data / "model-keys").resolve()

    @property
    def cards_folder(self) -> Path:
        """The folder of the graphics cards' locks with the default filled in."""
        return (self.transcription.cards or self.data / "cards").resolve()

    @property
    def vault_key(self) -> Path:
        """The vault's key file with the default filled in."""
        return (self.vault.key or self.data / "vault.key").resolve()
