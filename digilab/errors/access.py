"""Who asks, and what they may do."""

from digilab.errors.base import DigilabError


class NotFoundError(DigilabError):
    """The thing does not exist, or belongs to another department: the two look the same from outside."""

    code = "not-found"


class DepartmentUnknownError(NotFoundError):
    """No department has this code."""

    code = "department-unknown"


class PersonUnknownError(NotFoundError):
    """No account has this login."""

    code = "person-unknown"


class TokenUnknownError(NotFoundError):
    """No token has this number, or it was revoked before."""

    code = "token-unknown"


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


class NewPasswordError(DigilabError):
    """A new password cannot be taken."""

    code = "new-password"


class PasswordTooShortError(NewPasswordError):
    """A new password has too few characters."""

    code = "password-too-short"


class PasswordTooLongError(NewPasswordError):
    """A new password has more characters than the door looks at."""

    code = "password-too-long"


class PasswordDiffersError(NewPasswordError):
    """A new password was typed twice, and not the same."""

    code = "password-differs"


class PasswordOldError(NewPasswordError):
    """A new password is the present one."""

    code = "password-old"


class PasswordDueError(DigilabError):
    """Somebody else set the password and knows it: first of all its owner chooses another."""

    code = "password-due"


class LoginTakenError(DigilabError):
    """A person with this login exists."""

    code = "login-taken"


class LoginMalformedError(DigilabError):
    """A new login is empty, too long, or has signs that cannot be typed."""

    code = "login-malformed"


class ShareMalformedError(DigilabError):
    """A department's share is no number above 0."""

    code = "share-malformed"
