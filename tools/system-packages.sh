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
# Tests start servers of their own, on loopback: none that a package brings may start with it, or with the machine.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
# The package list may be there and good; it is fetched only when the first try fails.
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 ||
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; }
if command -v systemctl >/dev/null; then
  declare -A comes_with=([slapd]=slapd [smbd]=samba [nmbd]=samba [samba-ad-dc]=samba)
  for service in "${!comes_with[@]}"; do
    if [[ " ${missing[*]} " == *" ${comes_with[$service]} "* ]]; then
      systemctl --quiet disable "$service" 2>/dev/null || true
    fi
  done
fi
