"""The house itself: its settings, folders, database, store and queue."""

from digilab.errors.base import DigilabError, HouseError


class UnsafeStartError(DigilabError):
    """The server would be reachable from other machines without what that needs."""

    code = "unsafe-start"


class SettingsMalformedError(DigilabError):
    """Settings that nothing can be started with."""

    code = "settings-malformed"


class FileUnusableError(DigilabError):
    """A file or folder that was named cannot be read, made or written."""

    code = "file-unusable"


class DemoFolderError(DigilabError):
    """The folder for the demonstration holds something else, which the demonstration would remove."""

    code = "demo-folder"


class AlreadyUpError(HouseError):
    """Another `digilab up` works in the same data folder."""

    code = "already-up"


class PortTakenError(HouseError):
    """Nobody can listen at the address that the settings name."""

    code = "port-taken"


class NoSpaceError(HouseError):
    """The store's disk is full."""

    code = "no-space"


class StoreUnreachableError(HouseError):
    """The file store does not answer."""

    code = "store-unreachable"


class StoredFileMissingError(HouseError):
    """A recorded file is not in the store."""

    code = "stored-file-missing"


class StoredFileDamagedError(HouseError):
    """A stored file's SHA-256 is not the recorded one."""

    code = "stored-file-damaged"


class KeyRefusedError(HouseError):
    """A store key that the house did not make (`..`, absolute, foreign signs)."""

    code = "key-refused"


class DatabaseUnreachableError(HouseError):
    """The database does not answer."""

    code = "database-unreachable"


class SchemaOldError(HouseError):
    """The database's tables are not those that this version of the program needs."""

    code = "schema-old"


class QueueUnreachableError(HouseError):
    """Redis does not answer; jobs are accepted and wait."""

    code = "queue-unreachable"


class ServiceKindError(DigilabError):
    """An entry of the menu keeps the kind of work that it was made with."""

    code = "service-kind"


class ProgramMissingError(HouseError):
    """A system program (such as redis-server) is not installed."""

    code = "program-missing"
