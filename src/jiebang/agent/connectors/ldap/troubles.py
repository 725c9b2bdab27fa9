"""What a directory says when something does not work out, told apart; never repeated, it may hold values."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ldap3.core import results
from ldap3.core.exceptions import (
    LDAPCommunicationError,
    LDAPExceptionError,
    LDAPInvalidCredentialsResult,
    LDAPOperationResult,
    LDAPResponseTimeoutError,
    LDAPStartTLSError,
)

from jiebang.agent.errors import Declined, StoreDown, StoreRefuses, StoreTrouble

_LATER = {
    results.RESULT_BUSY, results.RESULT_UNAVAILABLE, results.RESULT_TIME_LIMIT_EXCEEDED,
    results.RESULT_OPERATIONS_ERROR,
}  # fmt: skip
_OF_THE_RECORD = {
    results.RESULT_OBJECT_CLASS_VIOLATION: "the account must have one of the values that would go",
    results.RESULT_NOT_ALLOWED_ON_RDN: "the value is part of the account's own name",
    results.RESULT_NAMING_VIOLATION: "the value is part of the account's own name",
    results.RESULT_NOT_ALLOWED_ON_NON_LEAF: "the account has entries below it",
    results.RESULT_CONSTRAINT_VIOLATION: "a rule of the directory's own forbids it",
}
_WORDS: Mapping[int, str] = {
    results.RESULT_INSUFFICIENT_ACCESS_RIGHTS: "The directory gives the agent's bind_dn no right to do that",
    results.RESULT_UNWILLING_TO_PERFORM: "The directory, or this copy of it, takes no such change now",
    results.RESULT_REFERRAL: "This copy of the directory takes no changes and names another",
    results.RESULT_ADMIN_LIMIT_EXCEEDED: "The directory does not search so much; is the attribute indexed?",
    results.RESULT_STRONGER_AUTH_REQUIRED: "The directory wants TLS",
    results.RESULT_CONFIDENTIALITY_REQUIRED: "The directory wants TLS",
    results.RESULT_NO_SUCH_OBJECT: "The directory has no such place",
}
# Raised by the library as they are for every other code; these three it only tells.
_TOLD_ONLY = {results.RESULT_TIME_LIMIT_EXCEEDED, results.RESULT_REFERRAL}


def check_code(said: Mapping[str, object]) -> None:
    """Raise what the library only tells: that time ran out, or that another server is meant."""
    code = said["result"]
    if isinstance(code, int) and code in _TOLD_ONLY:
        raise _trouble(code, str(said["description"]))


@contextmanager
def told_apart() -> Iterator[None]:
    """Turn what the library raises into a trouble of ours: wait, or refuse, or decline for this record."""
    try:
        yield
    except LDAPInvalidCredentialsResult:
        raise StoreDown("The directory does not take the agent's bind_dn and password.") from None
    except LDAPOperationResult as said:
        raise _trouble(said.result, said.description) from None
    except LDAPStartTLSError:
        raise StoreDown(
            "No TLS with the directory: it has none, or its certificate is not trusted."
        ) from None
    except (LDAPCommunicationError, LDAPResponseTimeoutError):
        raise StoreDown("The directory cannot be reached, or its certificate is not trusted.") from None
    except (LDAPExceptionError, LookupError, ValueError):
        raise StoreRefuses("What the directory answered is not LDAP as it is written down.") from None


def _trouble(code: int, name: str) -> StoreTrouble:
    if code in _LATER:
        return StoreDown(f"The directory cannot do it now ({name}).")
    if code in _OF_THE_RECORD:
        return Declined(f"The directory does not do that to this account: {_OF_THE_RECORD[code]} ({name}).")
    return StoreRefuses(f"{_WORDS.get(code, 'The directory declines')} ({name}).")
