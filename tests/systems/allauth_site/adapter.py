"""How `django-allauth` keeps a member's line, and how it sends a text: into a file for tests to read."""

import json
import os
from pathlib import Path
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter

from tests.systems.allauth_site.models import Member


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # it has no types
    """What allauth leaves to a site, as its documentation has it."""

    def get_phone(self, user: Member) -> tuple[str, bool] | None:
        """Give a member's line, and whether it is verified."""
        return (user.phone, user.phone_verified) if user.phone else None

    def set_phone(self, user: Member, phone: str, verified: bool) -> None:  # noqa: FBT001 - allauth's own
        """Keep a member's line."""
        user.phone, user.phone_verified = phone, verified
        user.save(update_fields=["phone", "phone_verified"])

    def set_phone_verified(self, user: Member, phone: str) -> None:
        """Note that the code came back."""
        self.set_phone(user, phone, True)  # noqa: FBT003 - allauth's own

    def get_user_by_phone(self, phone: str) -> Member | None:
        """Find who has a line; whether it is verified makes no difference."""
        found: Member | None = Member.objects.filter(phone=phone).first()
        return found

    def send_verification_code_sms(self, user: Member, phone: str, code: str, **more: Any) -> None:  # noqa: ANN401 - allauth's own
        """Send a code."""
        del user, more
        with Path(os.environ["ALLAUTH_SITE_TEXTS"]).open("a", encoding="utf-8") as texts:
            texts.write(json.dumps({"to": phone, "code": code}) + "\n")
