# Everything that is done with Guitai by hand. `make` alone lists it.

# Pinned, and fetched through the Go module proxy.
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# Values to change on the command line: make soak SEEDS=10000 PAYMENTS=2000
ARGS     ?=
SEEDS    ?= 2000
PAYMENTS ?=
TIME     ?= 1m
PKG      ?= ./...

# What runs the benchmark and the simulation.
BENCH      := GUITAI_TEST_FSYNC=1 go test -run '^$$' -bench . -benchtime 1x -timeout 1h ./internal/bench
SOAK       := go test -run '^TestSoak' -count 1 -timeout 0
SOAK_FLAGS :=

.DEFAULT_GOAL := help
.PHONY: help run test check vet lint tidy house fmt bench soak bugs fuzz ui build clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

run: ## start a whole fake shop (ARGS='--addr 127.0.0.1:8080 --data DIR')
	go run ./cmd/guitai demo $(ARGS)

test: ## run every test there is, installing what is missing as root on Debian
	@tools/test.sh

check: vet lint tidy house ## the fast checks: vet, linter, go.mod, rules of the house

vet:
	go vet ./...

lint:
	go run $(STATICCHECK) ./...

tidy:
	go mod tidy -diff

house:
	go test -count 1 ./internal/house/...

fmt: ## format the Go code
	go fmt ./...

bench: ## measure payments per second against the limits of this machine (BENCH_SHORT=1)
	@$(BENCH)

soak: ## simulate trading hours with faults (SEEDS=n), and kill the program while it sells (PAYMENTS=n)
	@GUITAI_SEEDS=$(SEEDS) $(SOAK) $(SOAK_FLAGS) $$(grep -rlE --include='*_test.go' --exclude-dir=node_modules '^func TestSoak' . | xargs -rn 1 dirname | sort -u)
ifneq ($(PAYMENTS),)
	GUITAI_PAYMENTS=$(PAYMENTS) go test -run '^TestSoakKilled' -count 1 -timeout 0 -v ./cmd/guitai
endif

bugs: ## plant every bug that we could think of, and see the trading hours find each
	GUITAI_SEEDS=60 go test -run '^TestSoakPlantedBugs$$' -count 1 -timeout 0 -v ./pay

fuzz: ## fuzz every parser of outside bytes, each for a time (TIME=1m PKG=./...)
	@tools/fuzz.sh $(TIME) '$(PKG)'

ui: ## build the screens into ui/dist
	npm --prefix ui ci --no-audit --no-fund
	npm --prefix ui run build

build: ## build bin/guitai, one file without cgo
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/guitai ./cmd/guitai

clean: ## remove what was built here
	rm -rf bin ui/node_modules
