#!/usr/bin/env bash
# Installs what the interop suites use: the npm packages of this folder and, as root on Debian, the command-line clients and
# Ceph. What is absent afterwards is skipped visibly, not failed.
set -euo pipefail
cd "$(dirname "$0")"

npm ci

packages=(awscli python3-boto3 rclone s3cmd radosgw ceph-mon ceph-osd ceph-common)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed (needs root and apt-get): ${missing[*]}" >&2
  exit 0
fi
# The daemons are started by the suites, in a temporary folder: packages must not start any of their own meanwhile.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
