"""Every way in which a list, a delta or a file of records is refused; the docstring is the message."""


class NotAList(ValueError):  # noqa: N818 - named as what is wrong, like the domain's refusals
    """This is not a list, or not a whole one."""

    def __str__(self) -> str:
        """Say what is wrong, and where it is known."""
        where = f" ({self.args[0]})" if self.args else ""
        return " ".join((self.__doc__ or "").split("\n\n", maxsplit=1)[0].split()) + where


class NotAsSigned(NotAList):
    """This is not what the hub has signed: it is corrupted, cut off or somebody else's."""


class NotItsBeginning(NotAList):
    """This delta begins from another list than the one that is here."""


class NothingPublished(NotAList):
    """No list is published at this address. Give that of the folder, such as https://hub.example/lists."""


class NotRecords(NotAList):
    """This file of records cannot be read."""


class InTheMaking(NotAList):
    """Another process is writing this file."""
