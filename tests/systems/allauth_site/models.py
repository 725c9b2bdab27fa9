"""The site's members: Django's own accounts with a telephone line each, as allauth's own example keeps it."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Member(AbstractUser):  # type: ignore[misc]  # it has no types
    """Somebody with an account."""

    phone = models.CharField(max_length=16, unique=True, null=True, blank=True)
    phone_verified = models.BooleanField(default=False)

    class Meta:
        """Where Django keeps them."""

        app_label = "allauth_site"
        db_table = "member"
