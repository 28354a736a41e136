#!/usr/bin/env bash
# Installs the npm packages of this folder and, as root on Debian, the command-line clients, proxies, Ceph and Prometheus.
# Prints the packages that cannot be installed; the suites report the affected clients and servers as skipped.
set -euo pipefail
cd "$(dirname "$0")"

npm ci

# s3fs depends on fusermount: the package fuse, or fuse3 if that is installed.
packages=(awscli python3-boto3 rclone s3cmd s3fs radosgw ceph-mon ceph-osd ceph-common tinyproxy-bin squid prometheus)

absent() {
  local package
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

mapfile -t missing < <(absent)
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed (needs root and apt-get): ${missing[*]}" >&2
  exit 0
fi
# The suites start the daemons in a temporary folder. Until then, prevent the packages from starting their services.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
# --no-remove: a test must not remove packages from the machine.
install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove "$@"
}
apt-get update -qq || echo 'the package lists could not be updated' >&2
# apt-get installs nothing if one package is unknown, so retry them one by one.
if ! install "${missing[@]}"; then
  for package in "${missing[@]}"; do
    install "$package" || true
  done
fi
mapfile -t missing < <(absent)
if [ ${#missing[@]} -gt 0 ]; then
  echo "could not be installed: ${missing[*]}" >&2
fi
