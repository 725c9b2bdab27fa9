"""Which attributes of people can be asked for, as `django-scim2` leaves it to its users to say."""

from typing import Any, ClassVar

from django_scim.filters import UserFilterQuery

NUMBER = ("phoneNumbers", "value", None)


class PersonFilter(UserFilterQuery):  # type: ignore[misc]  # it has no types
    """Which attributes can be asked for, and in which columns they are."""

    attr_map: ClassVar[dict[Any, str]] = {
        **UserFilterQuery.attr_map, NUMBER: "line.number", ("meta", "lastModified", None): "changed_at",
    }  # fmt: skip
    joins = ("LEFT JOIN line ON line.person_id = person.id",)
