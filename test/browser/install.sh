#!/usr/bin/env bash
# Installs Chromium, as root on Debian. Where it cannot be installed, `npm run test:browser` is reported as skipped.
set -euo pipefail

if [ -x "${CHROMIUM:-/usr/bin/chromium}" ]; then
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo 'not installed (needs root and apt-get): chromium' >&2
  exit 0
fi
apt-get update -qq || echo 'the package lists could not be updated' >&2
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove chromium ||
  echo 'could not be installed: chromium' >&2
