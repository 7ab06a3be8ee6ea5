#!/bin/sh
# Builds the screens from their sources and checks that ui/dist, which is
# committed so that Go alone runs everything, is exactly what comes out.
set -eu
cd "$(dirname "$0")/../ui"

# What is in dist, by name and content.
print_dist() { find dist -type f | LC_ALL=C sort | xargs sha256sum; }

if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
	npm ci --no-audit --no-fund
	touch node_modules/.package-lock.json
fi
before=$(print_dist)
npm run build
after=$(print_dist)
if [ "$before" != "$after" ]; then
	echo "ui/dist was not what its sources make. It is now: look at it and commit it." >&2
	exit 1
fi
# A clean clone has nothing that git does not know; a working copy may.
if [ "${CI:-}" = true ] && [ -n "$(git -c safe.directory='*' status --porcelain -- dist)" ]; then
	git -c safe.directory='*' status --short -- dist >&2
	exit 1
fi
