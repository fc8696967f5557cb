#!/bin/sh
# Makes ./configure out of configure.ac; needs autoconf, automake and pkg-config.
set -e
cd "$(dirname "$0")"
for tool in autoconf automake pkg-config; do
    command -v "$tool" >/dev/null || { echo "autogen.sh: $tool is missing; on Debian: apt-get install autoconf automake pkg-config" >&2; exit 1; }
done
exec autoreconf --install --force
