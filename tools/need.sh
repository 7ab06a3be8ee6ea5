#!/bin/sh
# Looks for what the tests need besides Go and, as root on Debian, installs what
# is missing. Elsewhere it says what is missing; the tests that need it are then
# skipped, unless GUITAI_TEST_ALL=1, under which something missing is an error.
set -u

found() { command -v "$1" >/dev/null 2>&1; }
there() { for f in "$@"; do [ -e "$f" ] && return 0; done; return 1; }

look() {
	missing=""
	found git || missing="$missing git"
	# The race detector is linked by the C compiler.
	found gcc || missing="$missing gcc libc6-dev"
	found postgres || found pg_config && there "$(pg_config --bindir 2>/dev/null)/postgres" ||
		there /usr/lib/postgresql/*/bin/postgres || missing="$missing postgresql"
	found strace || missing="$missing strace"
	found chromium || missing="$missing chromium"
	found zbarimg || missing="$missing zbar-tools"
	there /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.tt? ||
		[ -n "$(fc-list :lang=zh-cn 2>/dev/null)" ] || missing="$missing fonts-noto-cjk"
}

install() {
	echo "installing:$missing"
	# The tests start servers of their own: Debian's package must not start one.
	no_cluster=/etc/postgresql-common/createcluster.d/guitai-tests.conf
	mkdir -p "${no_cluster%/*}" && echo "create_main_cluster = false" >"$no_cluster"
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086 # a list of names
	apt-get update -qq </dev/null &&
		apt-get install -y -qq --no-install-recommends $missing </dev/null >/dev/null
	rm -f "$no_cluster" && rmdir "${no_cluster%/*}" 2>/dev/null
}

look
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && found apt-get; then
	install
	look
fi
found node && found npm || missing="$missing nodejs(20+) npm"
if [ -z "$missing" ]; then
	echo "everything the tests need is here"
	exit 0
fi
echo "missing:$missing"
echo "On Debian: apt-get install$missing"
[ "${GUITAI_TEST_ALL:-}" != 1 ]
