#!/bin/sh
# Runs each Fuzz function of each package in turn. $1 is the time for each (30s,
# 1m, 2h), $2 the packages. An input that breaks something is kept by Go under
# testdata/fuzz of its package: commit it with the repair.
set -u
time=${1:-1m}
packages=${2:-./...}
passed=0 failed=0
for package in $(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' $packages); do
	for name in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
		echo "== $package $name"
		if go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" "$package"; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
		fi
	done
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
