#!/usr/bin/env bash
# Makes .venv with the Python it is given, and says what is missing where that cannot work.
set -euo pipefail

python=${1:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "Jiebang needs Python 3.11 or newer; '$python' is not. Try: make PYTHON=python3.12 ..." >&2
  exit 1
fi

# Debian's python3 comes without ensurepip, and venv cannot work without that.
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
  if [[ $EUID -eq 0 && -f /etc/debian_version ]]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq --no-install-recommends python3-venv >/dev/null 2>&1 ||
      { apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null; }
  else
    echo "Python's venv is missing. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2
    exit 1
  fi
fi

"$python" -m venv .venv
