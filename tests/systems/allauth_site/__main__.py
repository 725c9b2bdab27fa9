"""Run the site on a port of this machine: `python -m tests.systems.allauth_site PORT`."""

import os
import sys

import django
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application


def main(port: int) -> None:
    """Make the tables, and listen."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.systems.allauth_site.settings"
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    server = ThreadedWSGIServer(("127.0.0.1", port), WSGIRequestHandler)
    server.set_app(get_wsgi_application())
    server.serve_forever()


main(int(sys.argv[1]))
