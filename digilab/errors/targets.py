"""Robots' target systems and credentials."""

from digilab.errors.base import DigilabError, HouseError


class TargetError(DigilabError):
    """A target system cannot be set up or worked with in this way."""

    code = "target"


class TargetUnknownError(TargetError):
    """No robot of this name has been brought in."""

    code = "target-unknown"


class TargetUrlMalformedError(TargetError):
    """The finance system's address is none."""

    code = "target-url-malformed"


class TargetUrlCredentialsError(TargetError):
    """An address with login or password in it, which would stand in logs and pictures."""

    code = "target-url-credentials"


class TargetUrlRefusedError(TargetError):
    """An address that can be no finance system: link-local, multicast, unspecified."""

    code = "target-url-refused"


class TargetNumberError(TargetError):
    """A number out of its bounds."""

    code = "target-number"


class TargetWindowError(TargetError):
    """Service hours that cannot be read."""

    code = "target-window"


class TargetBusyError(TargetError):
    """Rows whose outcome must be looked up at the address that is to be changed."""

    code = "target-busy"


class TargetNotSetUpError(TargetError):
    """Nobody has said where the finance system is."""

    code = "target-not-set-up"


class TargetHeldError(TargetError):
    """The target is held until an operator lifts it."""

    code = "target-held"


class ScreensRefusedError(TargetError):
    """A file that is no record of this robot's screens, or one of another version."""

    code = "screens-refused"


class RobotsStoppedError(TargetError):
    """Somebody has stopped all robots."""

    code = "robots-stopped"


class ReasonMissingError(TargetError):
    """An act that needs a reason came without one, or with one that is too long."""

    code = "reason-missing"


class CredentialMalformedError(TargetError):
    """A login or password that is empty, too long, or has signs that cannot be typed."""

    code = "credential-malformed"


class VaultError(HouseError):
    """A credential cannot be opened. A job that meets this waits until the lab has seen to it."""

    code = "vault"


class CredentialMissingError(VaultError):
    """No credential has been set for the target."""

    code = "credential-missing"


class CredentialExpiredError(VaultError):
    """The day has passed on which, as far as known, the finance system's password runs out."""

    code = "credential-expired"


class CredentialDamagedError(VaultError):
    """What lies in the database does not open: changed, or another target's."""

    code = "credential-damaged"


class VaultKeyMissingError(VaultError):
    """The key file is not there, and credentials exist that need it."""

    code = "vault-key-missing"


class VaultKeyOpenError(VaultError):
    """Others may read the key file."""

    code = "vault-key-open"


class VaultKeyDamagedError(VaultError):
    """The key file is none."""

    code = "vault-key-damaged"


class VaultKeyWrongError(VaultError):
    """The credential was sealed with another key than the key file holds."""

    code = "vault-key-wrong"
