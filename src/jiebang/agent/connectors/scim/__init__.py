"""Account stores behind SCIM 2.0."""
