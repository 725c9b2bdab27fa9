"""The site's people: Django's own accounts, each with any number of telephone lines."""

from django.contrib.auth.models import AbstractUser, Group
from django.db import models
from django_scim.models import AbstractSCIMUserMixin


class Person(AbstractSCIMUserMixin, AbstractUser):  # type: ignore[misc]  # it has no types
    """Somebody with an account."""

    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        """Where Django keeps them."""

        app_label = "scim_site"
        db_table = "person"

    @property
    def scim_groups(self) -> models.QuerySet[Group]:
        """Nobody is in a group that SCIM could see."""
        return Group.objects.none()


class Line(models.Model):  # type: ignore[misc]  # it has no types
    """One telephone number of one person, as they wrote it."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="lines")
    number = models.TextField()

    class Meta:
        """Where Django keeps them."""

        app_label = "scim_site"
        db_table = "line"

    def __str__(self) -> str:
        """Say which row it is, and not whose number."""
        return f"line {self.pk}"
