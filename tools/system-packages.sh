#!/usr/bin/env bash
# Installs the Debian packages that some tests need; where it may not, says which tests stay out.
set -euo pipefail

declare -A brings=(
  [chromium]="the browser tests"
  [mariadb-server-core]="the tests of accounts in MariaDB"
  [samba-ad-provision]="the tests on a domain controller of Active Directory"
  [samba]="the same"
  [samba-dsdb-modules]="the same"
  [python3-samba]="the same"
  [slapd]="the tests on OpenLDAP"
  [fonts-wqy-microhei]="the browser tests in Chinese"
)

missing=()
for package in "${!brings[@]}"; do
  dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
done
if [[ ${#missing[@]} -eq 0 ]]; then exit 0; fi

if [[ $EUID -ne 0 || ! -f /etc/debian_version ]]; then
  for package in "${missing[@]}"; do
    echo "left out: ${brings[$package]}; the Debian package $package would bring them back" >&2
  done
  exit 0
fi

echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# The package list may be there and good; it is fetched only when the first try fails.
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 ||
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; }
