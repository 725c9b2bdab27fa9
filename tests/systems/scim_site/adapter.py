"""What `django-scim2` leaves to its users: how people look in SCIM, and how changes to them are made."""

from typing import Any

from django_scim.adapters import SCIMUser
from django_scim.exceptions import BadRequestError
from django_scim.exceptions import NotImplementedError as NotOffered

from tests.systems.scim_site.filters import NUMBER, PersonFilter
from tests.systems.scim_site.models import Line


class ScimPerson(SCIMUser):  # type: ignore[misc]  # it has no types
    """A person as SCIM shows them."""

    ATTR_MAP = PersonFilter.attr_map

    @property
    def meta(self) -> dict[str, Any]:
        """Tell when they were changed."""
        return {**super().meta, "lastModified": self.obj.changed_at.isoformat()}

    def to_dict(self) -> dict[str, Any]:
        """Show them with their numbers."""
        lines = [{"value": line.number, "type": "mobile"} for line in self.obj.lines.order_by("id")]
        return {**super().to_dict(), **({"phoneNumbers": lines} if lines else {})}

    def from_dict(self, said: dict[str, Any]) -> None:
        """Take somebody in; the numbers wait until there is a row that they can belong to."""
        super().from_dict(said)
        self.new: list[str] = [entry["value"] for entry in said.get("phoneNumbers", [])]

    def save(self) -> None:
        """Keep them, and whatever numbers came with them."""
        super().save()
        Line.objects.bulk_create(Line(person=self.obj, number=number) for number in getattr(self, "new", ()))
        self.new = []

    def handle_remove(self, path: Any, value: Any, operation: dict[str, Any]) -> None:  # noqa: ANN401 - the library's
        """Remove one value from a list of several (RFC 7644 §3.5.2.2)."""
        del value, operation
        wanted = path.params_by_attr_paths.get(NUMBER) if path.first_path == NUMBER else None
        if wanted is None:
            raise NotOffered
        gone, _ = Line.objects.filter(person=self.obj, number=wanted).delete()
        if not gone:
            raise BadRequestError("Nothing has this value.", scim_type="noTarget")
        self.save()
