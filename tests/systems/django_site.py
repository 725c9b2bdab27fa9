"""Run a Django site of these systems on loopback: `python -m tests.systems.django_site NAME PORT`."""

import os
import sys

import django
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application


def main(name: str, port: int) -> None:
    """Make the tables, and listen."""
    os.environ["DJANGO_SETTINGS_MODULE"] = f"tests.systems.{name}.settings"
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    server = ThreadedWSGIServer(("127.0.0.1", port), WSGIRequestHandler)
    server.set_app(get_wsgi_application())
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
