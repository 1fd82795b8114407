"""What an engine needs of the machine: memory, cards, libraries, a browser."""

from digilab.errors.base import HouseError, NotNowError


class MemoryShortError(NotNowError):
    """A speech model does not fit into the machine's memory. A job that meets this waits and is tried again."""

    code = "memory-short"


class CardTakenError(NotNowError):
    """Another process uses the graphics card that the speech model would compute on."""

    code = "card-taken"


class SpeechEngineError(HouseError):
    """The speech engine's child process died, took too long or is damaged."""

    code = "speech-engine"


class DeviceAbsentError(HouseError):
    """The settings demand a graphics card and the machine has none that works."""

    code = "device-absent"


class CardLibraryError(HouseError):
    """There is a graphics card, and libraries that computing on it needs are not installed."""

    code = "card-library"


class RobotEngineError(HouseError):
    """The robot engine's child process died, took too long or is not installed."""

    code = "robot-engine"


class BrowserAbsentError(HouseError):
    """This machine has no browser that robots could use."""

    code = "browser-absent"
