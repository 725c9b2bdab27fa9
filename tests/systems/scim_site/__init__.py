"""A small Django site whose people are reached by SCIM, written as users of `django-scim2` write one."""
