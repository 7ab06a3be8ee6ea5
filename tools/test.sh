#!/bin/bash
# Everything there is to check, from formats to browsers. All parts run even when
# one fails; the last line has the count of tests, as their runners told it.
#
# Without CI or GUITAI_TEST_ALL=1 what the machine cannot run is skipped, and
# said. TEST_TIMEOUT bounds one package, SEEDS the simulation.
set -u
exec 2>&1 # one stream, so that what failed stands where it failed
cd "$(dirname "$0")/.."

book=$(mktemp) && bin=$(mktemp -d) || exit 1
trap 'rm -rf "$book" "$bin"' EXIT
go build -o "$bin/tally" ./internal/house/tally || exit 1
strict=()
[ "${GUITAI_TEST_ALL:-}" = 1 ] && strict=(-no-skip)

# part NAME go|text|check COMMAND...: the exit code lives on in the book.
part() {
	local name=$1 as=$2
	shift 2
	local from=$SECONDS
	"$bin/tally" run -book "$book" -name "$name" -as "$as" "${strict[@]}" -- "$@" </dev/null
	echo "   $name: $((SECONDS - from)) s"
}
has() { npm pkg get "scripts.$1" --prefix ui 2>/dev/null | grep -q '[a-z]'; }

part "what is needed" check tools/need.sh

# SQLite is C turned into Go: no goroutine of ours runs in its memory but the one
# that holds the connection, and watching it takes nine tenths of the time. Its
# driver, and all else, is watched.
race=(-race)
for calm in modernc.org/sqlite/lib modernc.org/libc/... modernc.org/memory modernc.org/mathutil; do
	race+=("-gcflags=$calm=-race=false")
done
if [ "$(go env CGO_ENABLED)" != 1 ] || ! command -v gcc >/dev/null; then
	echo "no C compiler: the tests run without the race detector"
	race=()
fi

for check in vet lint tidy build; do
	part "$check" check make -s "$check"
done

ui=no
if command -v npm >/dev/null; then
	ui=yes
	part "ui/dist" check tools/ui.sh
	has check && part "ui check" check npm --prefix ui run --silent check
	has test && part "ui tests" text npm --prefix ui test --silent
else
	echo "no npm: ui/dist is taken as it is, and its tests are left out"
fi

test=(go test -json -vet=off "${race[@]}" -shuffle=on -timeout "${TEST_TIMEOUT:-15m}" ./...)
part "go test" go "${test[@]}"
for mod in $(find . -name go.mod -not -path './go.mod' -not -path '*/node_modules/*' -not -path '*/testdata/*'); do
	dir=${mod%/go.mod}
	part "vet ${dir#./}" check go -C "$dir" vet ./...
	part "go test ${dir#./}" go go -C "$dir" "${test[@]:1}"
done

# Without the race detector, which makes a simulated day ten times as long.
if grep -rqsE --include='*_test.go' --exclude-dir=node_modules '^func TestSoak' .; then
	part "simulation" go make -s soak SOAK_FLAGS=-json SEEDS="${SEEDS:-2000}"
fi
if [ $ui = yes ] && has test:browser; then
	part "browser" text npm --prefix ui run --silent test:browser
fi

"$bin/tally" total -book "$book"
