#!/usr/bin/env bash
# Locks requirements/*.txt with hashes, for CPython 3.11 and newer on any machine.
set -euo pipefail

# A lock must hold the public files' hashes, so nothing of this machine's own set-up may have a say.
while IFS='=' read -r name _; do
  if [[ $name == PIP_* || ($name == UV_* && $name != UV_CACHE_DIR) ]]; then unset "$name"; fi
done < <(env)
export PIP_CONFIG_FILE=/dev/null

compile() {
  .venv/bin/uv --no-config --quiet pip compile --universal --python-version 3.11 --generate-hashes \
    --custom-compile-command "make lock" "$@" pyproject.toml
}

# The largest set goes first; the smaller ones are held to its versions.
compile --upgrade --extra build --extra demo --extra dev --output-file requirements/dev.txt
compile --upgrade --constraint requirements/dev.txt --extra build --extra demo --output-file requirements/demo.txt
compile --upgrade --constraint requirements/dev.txt --output-file requirements/run.txt
