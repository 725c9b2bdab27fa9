"""A small site on `django-allauth`, whose members sign up by a code that is texted to them."""
