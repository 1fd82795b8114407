"""A desk: one page of a signed-in context, worked in the words that stand on the screen.

Finance screens have tables of labels, no test ids; so fields are found by the label beside them, buttons by their words. What is not
there is never guessed: ScreenChangedError says which screen lacks which label. Every page that comes is asked first whether it is the
expected one: a login page is SignInExpiredError, a maintenance page or a 5xx SystemUnavailableError, any other page WrongScreenError.
"""

from collections.abc import Mapping, Sequence


class Desk:
    """Verbs of a clerk. All raise BrowserLostError when the browser is gone, RunError's kinds as told above."""

    async def open(self, path: str, screen: str) -> None:
        """Go to an address within the finance system and find this screen there."""
        raise NotImplementedError

    async def expect(self, *screens: str) -> str:
        """Which of these screens stands here, by its heading. Raises WrongScreenError and its kinds."""
        raise NotImplementedError

    async def fill(self, values: Mapping[str, str]) -> None:
        """Type into fields by their labels, all by one script, with the events that typing causes; a select takes the code or the words.

        Raises ScreenChangedError naming a label that is not there, before anything is typed.
        """
        raise NotImplementedError

    async def fields(self) -> Mapping[str, str]:
        """What stands in the fields of the page by label."""
        raise NotImplementedError

    async def shown(self) -> Mapping[str, str]:
        """What a page of labels and values shows, by label."""
        raise NotImplementedError

    async def table(self) -> Sequence[Mapping[str, str]]:
        """The page's list, one mapping of heading and text per line."""
        raise NotImplementedError

    async def press(self, words: str) -> None:
        """Press a button or follow a link, and wait for the page that comes (not for the network to fall silent)."""
        raise NotImplementedError

    async def message(self) -> str:
        """What the page says in its message area (error or notice); empty when it says nothing."""
        raise NotImplementedError

    async def fetch(self, path: str) -> bytes:
        """A file of the finance system with this sign-in, such as a csv export."""
        raise NotImplementedError
