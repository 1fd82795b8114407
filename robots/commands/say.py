"""What the commands print: sentences of the language files, troubles on stderr."""

import sys

from robots.errors import sentence

DONE, SOME_FAILED, WRONG_CALL, STOPPED = 0, 1, 2, 130


class Say:
    """Prints in one language."""

    def __init__(self, language: str = "ja") -> None:
        self.language = language

    def word(self, code: str, /, **values: str | float | int) -> str:
        """The sentence of `code`."""
        return sentence(code, self.language, values)

    def __call__(self, code: str, /, **values: str | float | int) -> None:
        """Print the sentence of `code`."""
        print(self.word(code, **values))

    def line(self, text: str) -> None:
        """Print a text that is a sentence already."""
        print(text)

    def trouble(self, text: str) -> None:
        """Print to stderr."""
        print(text, file=sys.stderr)
