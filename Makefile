# aichat: building, running and testing. `make help` lists the targets.
# kodev names a program after its folder and wants its files flat, so it is
# run in a staging folder of links; the checkout may have any name.

FLAVOR	?= prod
CC	?= cc
STAGE	:= .build/$(FLAVOR)/aichat
BINARY	:= $(STAGE)/aichat
SOURCES	:= $(shell find src migrations mocks assets -path src/web -prune \
	   -o -type f -print 2>/dev/null) \
	   kore.conf conf/build.conf
# The web page; PAGE=no is a program without it, for which npm is not needed.
PAGE	?= yes
ifneq ($(PAGE),no)
PACK	:= .build/page/page.pack
endif
CODE	:= $(shell find src tests -name '*.[ch]' 2>/dev/null)

WARN	:= -Wall -Wextra -Wshadow -Wpointer-arith -Wcast-qual \
	   -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
	   -Wformat=2 -Wundef -Werror
CSTD	:= -std=c11 -D_GNU_SOURCE -Isrc
SAN	:= -fsanitize=address,undefined -fno-sanitize-recover=all
KORE	:= -I/usr/share/kore/include -DKORE_SINGLE_BINARY \
	   -DKORE_USE_PGSQL -DKORE_USE_CURL -DKORE_USE_TASKS
PQ	= -I$(shell pg_config --includedir)

UNIT	:= $(patsubst tests/unit/%.c,.build/unit/%,\
	   $(wildcard tests/unit/test_*.c))
API	:= $(patsubst tests/api/%.c,.build/api/%,$(wildcard tests/api/test_*.c))
HARNESS	:= $(patsubst tests/api/%.c,.build/api/harness/%.o,\
	   $(wildcard tests/api/harness*.c))
FUZZ	:= $(patsubst tests/fuzz/%.c,.build/fuzz/%,\
	   $(wildcard tests/fuzz/fuzz_*.c))

# Targets side by side.
TOGETHER = $(MAKE) --no-print-directory -j$(shell nproc)

.DEFAULT_GOAL := build
.PHONY: help build run db db-stop test unit api e2e lint format bench fuzz clean \
	image ha backup deploy attack packages test-packages \
	bench-packages soak

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' \
	    $(MAKEFILE_LIST)

build: $(BINARY) ## build the program

packages: # what is missing of Debian's
	@conf/dev.sh packages build

test-packages: packages
	@conf/dev.sh packages test

bench-packages: test-packages
	@conf/dev.sh packages bench

# What the page is bundled with and of, as its lock file says.
src/web/node_modules: src/web/package-lock.json | packages
	@conf/dev.sh libraries src/web

.build/page/page.pack: $(filter-out src/web/node_modules%,\
		$(wildcard src/web/* src/web/*/*)) | src/web/node_modules
	@node src/web/build.mjs $@

$(BINARY): $(SOURCES) $(PACK) conf/stage.sh | packages
	@conf/stage.sh $(STAGE) $(FLAVOR) $(CC)

run: $(BINARY) ## serve on https://localhost:5000 (PORT) until Ctrl-C
	@conf/dev.sh run $(BINARY)

db: $(BINARY) ## start the private database and write .run/env, for kodev run
	@conf/dev.sh environment .run
	@ENV_FILE=.run/env $(BINARY) migrate

db-stop: ## stop the private database
	@conf/dev.sh cluster-stop .run

test: unit api e2e ## all tests

# A unit test names what it is linked with: /* links: sources | libraries */
links	= $(shell sed -n 's,^/\* links: \(.*\) |.*,\1,p' $(1))
libs	= $(shell sed -n 's,^/\* links:.*| *\(.*\) \*/,\1,p' $(1))

objects	= $(patsubst %.c,.build/unit/src/%.o,$(call links,$(1)))

.build/unit/src/%.o: src/%.c | test-packages
	@mkdir -p $(@D)
	@$(CC) $(CSTD) $(PQ) -MMD -g -O1 $(SAN) $(WARN) -c -o $@ $<

.SECONDEXPANSION:
.build/unit/%: tests/unit/%.c $$(call objects,tests/unit/$$*.c) | test-packages
	@$(CC) $(CSTD) $(PQ) -MMD -MF $@.d -g -O1 $(SAN) $(WARN) -o $@ $< \
	    $(call objects,$<) $(call libs,$<) -lcmocka

.build/api/harness/%.o: tests/api/%.c $(wildcard tests/api/*.h) | test-packages
	@mkdir -p $(@D)
	@$(CC) $(CSTD) $(PQ) -g -O1 $(WARN) -c -o $@ $<

# A clock that a test sets.
.build/api/clock.so: tests/api/preload_clock.c | test-packages
	@mkdir -p $(@D)
	@$(CC) $(CSTD) -shared -fPIC -O1 $(WARN) -o $@ $<

.build/api/%: tests/api/%.c $(HARNESS) $(wildcard tests/api/*.h) \
		| .build/api/clock.so test-packages
	@$(CC) $(CSTD) $(PQ) -Itests/api -g -O1 $(WARN) -o $@ $< $(HARNESS) \
	    -lcmocka -lcurl -lssl -lcrypto -lpq -lcjson -lsodium -lpthread

# Besides the soak itself the many connections that do nothing good.
.build/soak/soak: $(wildcard tests/soak/soak*.[ch]) $(HARNESS) \
		$(wildcard tests/api/*.h) .build/soak/crowd \
		| .build/api/clock.so test-packages
	@$(CC) $(CSTD) $(PQ) -Itests/api -g -O1 $(WARN) -o $@ \
	    $(wildcard tests/soak/soak*.c) $(HARNESS) \
	    -lcmocka -lcurl -lssl -lcrypto -lpq -lcjson -lsodium -lpthread

.build/soak/crowd: tests/soak/crowd.c tests/bench/peer.c tests/bench/peer.h \
		src/core/buf.c | test-packages
	@mkdir -p $(@D)
	@$(CC) $(CSTD) -Itests/bench -g -O1 $(WARN) -o $@ \
	    $(filter %.c,$^) -lssl -lcrypto

# What changed since a test was built, headers too.
-include $(wildcard .build/unit/*.d .build/unit/src/*/*.d .build/unit/src/*.d)

.build/fuzz/%: tests/fuzz/%.c $(CODE) | test-packages
	@mkdir -p $(@D)
	@clang $(CSTD) $(KORE) $(PQ) -g -O1 \
	    -fsanitize=fuzzer,address,undefined -o $@ $< \
	    $(addprefix src/,$(call links,$<)) $(call libs,$<)

unit: | test-packages ## the unit tests, under ASan and UBSan
	@$(TOGETHER) $(UNIT)
	@for t in $(UNIT); do $$t || exit 1; done

# What upstreams and clients of tests are made of, as the lock files say.
tests/%/node_modules: tests/%/package-lock.json | test-packages
	@conf/dev.sh libraries tests/$*

api: $(BINARY) tests/upstream/node_modules tests/sdk/node_modules ## the program from outside, with a real PostgreSQL
	@$(TOGETHER) $(API)
	@tests/api.sh $(API)

tests/e2e/node_modules: tests/e2e/package-lock.json | test-packages
	@conf/dev.sh libraries tests/e2e

e2e: $(BINARY) tests/e2e/node_modules ## the web page in a real browser; pictures in .build/e2e
	@tests/api.sh $(wildcard tests/e2e/test_*.mjs)

FUZZ_SECONDS ?= 60
fuzz: $(FUZZ) .build/api/test_hostile ## every parser of foreign bytes, FUZZ_SECONDS each; then requests, under ASan
	@$(MAKE) --no-print-directory FLAVOR=asan build
	@for f in $(FUZZ); do mkdir -p .build/corpus/$${f##*/}; \
	    $$f -max_total_time=$(FUZZ_SECONDS) -max_len=65536 -timeout=5 \
	    -print_final_stats=1 .build/corpus/$${f##*/} \
	    $$(ls -d tests/fuzz/seeds/$${f##*/} 2>/dev/null) || exit 1; done
	@HOSTILE_SECONDS=$(FUZZ_SECONDS) TEST_TIMEOUT=$$(($(FUZZ_SECONDS) + 600)) \
	    TEST_BINARY=$(CURDIR)/.build/asan/aichat/aichat \
	    tests/api.sh .build/api/test_hostile

attack: $(BINARY) ## sqlmap, wapiti and testssl.sh against it (ATTACKS names some)
	@conf/dev.sh packages attack
	@tests/attack.sh $(BINARY) $(ATTACKS)

SOAK_SECONDS ?= 600
soak: $(BINARY) .build/soak/soak tests/upstream/node_modules ## everything goes wrong under load, for SOAK_SECONDS
	@SOAK_SECONDS=$(SOAK_SECONDS) TEST_VERBOSE=1 \
	    TEST_TIMEOUT=$$(($(SOAK_SECONDS) + 300)) \
	    tests/api.sh .build/soak/soak

bench: $(BINARY) | bench-packages ## what it does beside what PostgreSQL, nginx and the hash allow
	@tests/bench/bench.sh $(BINARY)

.PHONY: bench-lists
bench-lists: $(BINARY) ## lists and search among 2 million turns (minutes)
	@tests/bench/lists.sh $(BINARY)

image: $(API) tests/upstream/node_modules tests/sdk/node_modules ## the container image, and the API tests through it
	@conf/dev.sh packages image
	@tests/image.sh $(API)

ha: $(BINARY) ## failover of PostgreSQL under load
	@conf/dev.sh packages ha
	@deploy/ha/run.sh $(BINARY)

backup: $(BINARY) ## backup and restore, a dump and to a moment
	@deploy/backup-test.sh $(BINARY)

deploy: $(BINARY) ## check alert rules, units and manifests
	@conf/dev.sh packages deploy
	@tests/deploy.sh $(BINARY)

lint: $(BINARY) | test-packages ## warnings of gcc and clang, format, symbols
	@tests/lint.sh "$(CSTD) $(KORE) $(PQ) $(WARN)"

format: ## clang-format on everything
	@clang-format -i $(CODE)

clean: ## remove what was built; .run with its database stays
	rm -rf .build
