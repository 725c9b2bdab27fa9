"""The platform's side: letters come in, a connector acts on the platform's own store, answers go out."""
