"""Account stores behind LDAP v3, and Active Directory."""
