"""Who asks, and what they may do."""

from digilab.errors.base import DigilabError


class NotFoundError(DigilabError):
    """The thing does not exist, or belongs to another department: the two look the same from outside."""

    code = "not-found"


class NotSignedInError(DigilabError):
    """Nobody is signed in, or the sign-in has run out."""

    code = "not-signed-in"


class SignInFailedError(DigilabError):
    """Login and password do not fit together; which of the two is wrong is not said."""

    code = "sign-in-failed"


class TooManyTriesError(DigilabError):
    """Too many failed sign-ins for one login from one address."""

    code = "too-many-tries"


class PasswordWrongError(DigilabError):
    """The password that must be typed again before such an act is not the asker's."""

    code = "password-wrong"


class NotAllowedError(DigilabError):
    """The person's role does not permit this."""

    code = "not-allowed"


class ForeignFormError(DigilabError):
    """A form came without its token or from another site (CSRF)."""

    code = "foreign-form"


class MethodRefusedError(DigilabError):
    """The address exists, but not with this HTTP method."""

    code = "method-refused"


class PasswordTooShortError(DigilabError):
    """A new password has too few characters."""

    code = "password-too-short"


class LoginTakenError(DigilabError):
    """A person with this login exists."""

    code = "login-taken"


class LoginMalformedError(DigilabError):
    """A new login is empty, too long, or has signs that cannot be typed."""

    code = "login-malformed"


class ShareMalformedError(DigilabError):
    """A department's share is no number above 0."""

    code = "share-malformed"
