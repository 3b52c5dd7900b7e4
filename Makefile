# SPDX-License-Identifier: GPL-2.0
#
# netswap - see the memory reserve that swapping over the network lives on
#
# Targets (also 'make help'):
##   all         build everything into build/
##   top         set up, build, load, and show the live view of this machine
##   check       set up, build, and run every test this machine can run
##   demo        boot a Debian guest that swaps over NBD, netswap-top inside
##               (BATCH=1: print frames and final JSON; HANG=1: the hang of
##               virtio-net; both need root and Debian)
##   lab         guests that swap over the network, each with a verdict: the
##               default set, or SCENARIO='SET, or NAME KEY=VALUE...',
##               KERNEL=NAME, RUNS=N; results in build/lab (root: NFS)
##   bench       measure overhead, beside bpftrace and libbpf-tools
##   test-unit   C unit tests: no root
##   test-cli    commands on recordings and bad input: no root
##   test-bpf    load, attach, read, unload on this kernel: root
##   test-vm     guests: stock 6.12 and 6.1 under swap and flood
##   kernel      get or build a guest kernel, print where it is
##               (KERNEL=NAME of tests/vm/kernels.list, 6.12 by default)
##   fuzz        any bytes at what reads files, packets and requests, random
##               frames through the guard's programs (FUZZ_SECS each; root)
##   patches-check  kernel-patches/: do they apply and compile, what checkpatch
##               says; not part of check
##   docs        rewrite the generated documents
##   lint        layering, shellcheck, stale documents
##   install     into DESTDIR and prefix (default /usr/local)
##   setup       install the packages that building and testing need (root)
##   clean       remove build/
#
# Variables: V=1 shows commands, SAN=1 builds with ASan and UBSan,
# WERROR=1 makes warnings errors, CC and CLANG choose compilers.

VERSION	:= 0.1.0
CC	?= gcc
CLANG	?= clang
prefix	?= /usr/local
V	?=
Q	:= $(if $(V),,@)
say	= $(if $(V),,@printf '  %-8s %s\n' $(1) $(2))

JOBS	?= $(shell nproc)
B	:= build
OBJ	:= $(B)/obj$(if $(SAN),-san)
BIN	:= $(if $(SAN),$(B)/san,$(B))
ARCH	:= $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(shell uname -m)))
MULTIARCH = $(shell $(CC) -print-multiarch)

SANFLAGS := $(if $(SAN),-fsanitize=address -fsanitize=undefined \
	    -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
WARN	:= -Wall -Wextra -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
	   -Wno-format-truncation -Wno-missing-field-initializers \
	   $(if $(WERROR),-Werror)
CFLAGS	?= -O2 -g
override CFLAGS += -std=gnu11 -D_GNU_SOURCE -DNSW_VERSION='"$(VERSION)"' \
	   -Iinclude -Icli -I$(B) $(WARN) $(SANFLAGS) -pthread -MMD -MP
PKGS	:= libbpf libxdp jansson ncursesw
# libmicrohttpd is opened by who needs it, see cli/http.c
HEADERS	:= $(PKGS) libmicrohttpd
LIBS	= $(shell pkg-config --libs $(PKGS)) -lm -pthread
BPFFLAGS := -target bpf -mcpu=v3 -O2 -g -Wall -Werror -Wno-unused-function \
	   -Iinclude -D__TARGET_ARCH_$(ARCH) -MMD -MP

# Which variants a source has: those its hooks name in include/netswap/hooks.h.
BPF_BASE := page_alloc sk_filter vmscan swap_io memalloc_sock guard
BPF_OPT	:= page_alloc_raw sk_filter_raw vmscan_raw swap_io_raw \
	   sk_filter_fentry vmscan_fentry swap_io_fentry memalloc_sock_fentry \
	   vmscan_kprobe swap_io_kprobe memalloc_sock_kprobe \
	   page_alloc_patched vmscan_patched memalloc_sock_patched \
	   guard_patched
BPF_OBJS := $(BPF_BASE:%=$(B)/bpf/%.bpf.o) \
	   $(BPF_OPT:%=$(B)/bpf/optional/%.bpf.o)

SRCS	:= $(wildcard cli/*.c)
OBJS	:= $(SRCS:cli/%.c=$(OBJ)/%.o) $(OBJ)/blobs.o $(OBJ)/report_files.o
# What tests other than unit tests run.
GUESTS	:= $(addprefix $(B)/tests/,tplink bpfcount tlsagent admit.bpf.o \
	   nbd.bpf.o nfs.bpf.o parked.bpf.o aging.bpf.o retransmit.bpf.o \
	   xdpcount.bpf.o xdp-dispatcher.o)
HELPERS	:= $(GUESTS) $(addprefix $(B)/tests/guard_,frames keepalive.bpf.o \
	   one_row.bpf.o admit.bpf.o dispatcher.bpf.o other.bpf.o causes \
	   events.bpf.o) \
	   $(B)/tests/told_once
UNITS	:= $(patsubst tests/unit/%.c,$(BIN)/tests/%,\
	   $(wildcard tests/unit/test_*.c))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all top check demo bench test-unit test-cli test-bpf test-vm docs \
	lint kernel lab patches-check fuzz fuzzers install setup setup-check \
	setup-bench clean help

all: $(BIN)/netswap $(BIN)/netswap-top $(BPF_OBJS)

help:
	@sed -n 's/^##   //p' Makefile

# --- building ---------------------------------------------------------------

$(B)/bpf/%.bpf.o: bpf/%.bpf.c Makefile
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPFFLAGS) -I/usr/include/$(MULTIARCH) -c $< -o $@

# $(1): variant suffix, $(2): its number in bpf/netswap.bpf.h
define bpf_variant
$(B)/bpf/optional/%_$(1).bpf.o: bpf/%.bpf.c Makefile
	$$(call say,BPF,$$@)
	@mkdir -p $$(@D)
	$(Q)$$(CLANG) $$(BPFFLAGS) -I/usr/include/$$(MULTIARCH) \
		-DNSW_VARIANT=$(2) -c $$< -o $$@
endef
$(eval $(call bpf_variant,raw,1))
$(eval $(call bpf_variant,fentry,2))
$(eval $(call bpf_variant,kprobe,3))
$(eval $(call bpf_variant,patched,4))

$(B)/objects.inc: Makefile
	@mkdir -p $(@D)
	$(Q)for f in $(BPF_OBJS); do n=$${f##*/}; \
		echo "NSW_OBJECT($${n%.bpf.o}, \"$$f\")"; done > $@

$(OBJ)/blobs.o: cli/blobs.S $(B)/objects.inc $(BPF_OBJS)
	$(call say,AS,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -I$(B) -c $< -o $@

$(OBJ)/report_files.o: cli/report_files.S cli/report_chart.css \
		cli/report_page.css cli/report.js
	$(call say,AS,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -c $< -o $@

$(OBJ)/%.o: cli/%.c Makefile | $(B)/objects.inc
	$(call say,CC,$@)
	@mkdir -p $(@D)
	@pkg-config --exists $(HEADERS) || { echo "netswap: missing one of:" \
		"$(HEADERS): run 'make setup' as root" >&2; exit 1; }
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

$(BIN)/netswap: $(OBJS)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BIN)/netswap-top: | $(BIN)/netswap
	$(Q)ln -sf netswap $@

# A program for guests: static, so that it needs nothing there.
$(B)/tests/tplink: tests/vm/guest/tplink.c
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -Wall -Wextra -static -o $@ $<

# For guests as well, with the libraries that they name.
$(B)/tests/bpfcount: tests/vm/bpf/bpfcount.c tests/vm/util.h
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -Wall -Wextra -D_GNU_SOURCE -o $@ $< -lbpf

$(B)/tests/tlsagent: tests/vm/tls/tlsagent.c tests/vm/util.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $$(pkg-config --cflags libnl-genl-3.0 gnutls) \
		-o $@ $< $$(pkg-config --libs libnl-genl-3.0 gnutls)

$(B)/tests/%.bpf.o: tests/vm/bpf/%.bpf.c tests/vm/bpf/count.bpf.h \
		    bpf/kernel.bpf.h Makefile
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPFFLAGS) -I/usr/include/$(MULTIARCH) -c $< -o $@

# Of libxdp, for xdp-loader and netswap in a guest.
$(B)/tests/xdp-dispatcher.o:
	@mkdir -p $(@D)
	$(Q)ln -sf $$(pkg-config --variable=libdir libxdp)/bpf/$(@F) $@

# Programs that tests of the guard run: with another flag of sockets; with one
# row of counters; of patched kernels, elsewhere; of another's name; another's.
$(B)/tests/guard_keepalive.bpf.o: tests/bpf/060-guard-frames/keepalive.bpf.c
$(B)/tests/guard_one_row.bpf.o: tests/bpf/061-guard-counters/one_row.bpf.c
$(B)/tests/guard_admit.bpf.o: tests/bpf/065-guard-admit/admit.bpf.c
$(B)/tests/guard_dispatcher.bpf.o: tests/bpf/050-guard/dispatcher.bpf.c
$(B)/tests/guard_other.bpf.o: tests/bpf/050-guard/other.bpf.c
$(B)/tests/guard_events.bpf.o: tests/bpf/062-guard-causes/events.bpf.c
$(B)/tests/guard_%.bpf.o: Makefile
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPFFLAGS) -I/usr/include/$(MULTIARCH) \
		-c $(firstword $(filter %.bpf.c,$^)) -o $@

$(B)/tests/guard_frames: tests/bpf/060-guard-frames/frames.c Makefile
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $< -lbpf

$(B)/tests/guard_causes: tests/bpf/062-guard-causes/causes.c Makefile
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $< -lbpf

$(B)/tests/told_once: tests/bpf/015-told-once/once.c tests/vm/util.h Makefile
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -pthread -o $@ $< -lbpf

# Unit tests link everything but main().
$(BIN)/tests/%: tests/unit/%.c $(filter-out $(OBJ)/main.o,$(OBJS))
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -DNSW_TESTS='"$(CURDIR)/tests"' -o $@ \
		$(filter %.c %.o,$^) $(LIBS) \
		-lcmocka

-include $(OBJS:.o=.d) $(BPF_OBJS:.o=.d) $(UNITS:=.d) \
	$(B)/tests/guard_keepalive.bpf.d $(B)/tests/guard_one_row.bpf.d \
	$(B)/tests/guard_admit.bpf.d \
	$(B)/tests/guard_events.bpf.d $(B)/tests/guard_causes.d \
	$(B)/tests/guard_frames.d

# --- fuzzing ----------------------------------------------------------------

# One tests/fuzz/NAME.c and one folder tests/fuzz/corpus/NAME each.
FUZZERS	:= record rules match policy http
FUZZ_SECS ?= 120
FUZZFLAGS := -std=gnu11 -D_GNU_SOURCE -DNSW_VERSION='"fuzz"' -Iinclude -Icli \
	   -I$(B) -g -O1 -pthread -fsanitize=address,undefined \
	   -fno-sanitize-recover=undefined -MMD -MP
FUZZ_OBJS := $(patsubst cli/%.c,$(B)/fuzz/obj/%.o,\
	   $(filter-out cli/main.c,$(SRCS))) $(OBJ)/blobs.o \
	   $(OBJ)/report_files.o

$(B)/fuzz/obj/%.o: cli/%.c Makefile | $(B)/objects.inc
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(FUZZFLAGS) -fsanitize=fuzzer-no-link -c $< -o $@

$(B)/fuzz/%: tests/fuzz/%.c $(FUZZ_OBJS)
	$(call say,FUZZ,$@)
	$(Q)$(CLANG) $(FUZZFLAGS) -fsanitize=fuzzer -o $@ \
		$(filter %.c %.o,$^) $(LIBS)

# What is found is kept in build/fuzz/corpus, so that the next run begins there.
fuzz-%: $(B)/fuzz/%
	@mkdir -p $(B)/fuzz/corpus/$*
	@$< -close_fd_mask=2 -print_final_stats=1 -max_total_time=$(FUZZ_SECS) \
		-rss_limit_mb=1024 -artifact_prefix=$(B)/fuzz/ $(B)/fuzz/corpus/$* \
		tests/fuzz/corpus/$*

fuzz: $(FUZZERS:%=fuzz-%)
	@FUZZ_SECS=$(FUZZ_SECS) FUZZ_SEED=$${FUZZ_SEED:-$$(date +%s)} \
		$(MAKE) --no-print-directory check RINGS=bpf ONLY=guard-frames V=1

fuzzers:
	@echo $(FUZZERS)

-include $(wildcard $(B)/fuzz/*.d $(B)/fuzz/obj/*.d)

# --- using ------------------------------------------------------------------

setup:
	@tests/setup.sh build

setup-check:
	@tests/setup.sh build check vm

setup-bench:
	@tests/setup.sh build bench

top: setup
	@$(MAKE) -j$(JOBS) --no-print-directory all
	@$(BIN)/netswap load || [ $$? = 3 ]
	@$(BIN)/netswap-top

demo:
	@tests/setup.sh build vm
	@$(MAKE) -j$(JOBS) --no-print-directory all
	@BATCH="$(BATCH)" HANG="$(HANG)" tests/vm/demo.sh

bench: setup-bench
	@$(MAKE) -j$(JOBS) --no-print-directory all $(B)/bench/pagefault \
		$(B)/bench/empty.bpf.o $(HELPERS)
	@tests/bench/run.sh
	@$(B)/tests/guard_frames $(B)/tests/guard_keepalive.bpf.o bench
	@BUILD=$(B) tests/bench/iperf.sh

$(B)/bench/empty.bpf.o: tests/bench/empty.bpf.c
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPFFLAGS) -I/usr/include/$(MULTIARCH) -c $< -o $@

$(B)/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -g -Wall -Wextra -D_GNU_SOURCE -o $@ $< -lbpf -lm

$(B)/bench/snapshot: tests/bench/snapshot.c $(filter-out $(OBJ)/main.o,$(OBJS))
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

# --- testing ----------------------------------------------------------------

# Each ring in its own process, so that one summary line ends all of them.
RINGS	?= unit cli bpf vm lint

check: setup-check
	@$(MAKE) -j$(JOBS) --no-print-directory $(if $(V),,-s) all \
		$(UNITS) $(HELPERS)
	@NETSWAP=$(CURDIR)/$(BIN)/netswap BUILD=$(CURDIR)/$(B) \
		UNITS="$(UNITS)" tests/run $(RINGS)

patches-check:
	@tests/setup.sh kernel
	@$(if $(BISECT),TIMEOUT=$${TIMEOUT:-14400}) \
		$(MAKE) --no-print-directory check RINGS=patches

test-unit test-cli test-bpf test-vm: test-%:
	@$(MAKE) --no-print-directory check RINGS=$*

lint:
	@$(MAKE) --no-print-directory check RINGS=lint

kernel:
	@tests/setup.sh kernel
	@JOBS=$(JOBS) tests/vm/kernel.sh $(or $(KERNEL),6.12)

lab:
	@tests/setup.sh build vm
	@$(MAKE) -j$(JOBS) --no-print-directory all $(GUESTS)
	@exec tests/vm/lab run "$(or $(SCENARIO),default)" \
		$(KERNEL:%=--kernel %) $(RUNS:%=--runs %)

docs: all
	@$(BIN)/netswap generate metrics > docs/metrics.md
	@$(BIN)/netswap generate hooks > docs/hooks.md
	@$(BIN)/netswap generate completion > docs/netswap.bash-completion
	@mkdir -p docs/man
	@for c in $$($(BIN)/netswap generate commands); do \
		$(BIN)/netswap generate man $$c > docs/man/netswap-$$c.8; done
	@$(BIN)/netswap generate man > docs/man/netswap.8
	@$(BIN)/netswap generate policy > docs/man/netswap-guard-policy.5

install: all
	install -D -m 755 $(BIN)/netswap $(DESTDIR)$(prefix)/sbin/netswap
	ln -sf netswap $(DESTDIR)$(prefix)/sbin/netswap-top
	install -d $(DESTDIR)$(prefix)/share/man/man8 \
		$(DESTDIR)$(prefix)/lib/netswap/bpf/optional
	install -m 644 docs/man/*.8 $(DESTDIR)$(prefix)/share/man/man8
	install -D -m 644 docs/man/netswap-guard-policy.5 \
		$(DESTDIR)$(prefix)/share/man/man5/netswap-guard-policy.5
	install -m 644 $(BPF_BASE:%=$(B)/bpf/%.bpf.o) \
		$(DESTDIR)$(prefix)/lib/netswap/bpf
	install -m 644 $(BPF_OPT:%=$(B)/bpf/optional/%.bpf.o) \
		$(DESTDIR)$(prefix)/lib/netswap/bpf/optional
	install -d $(DESTDIR)$(prefix)/lib/systemd/system
	sed 's|@prefix@|$(prefix)|' docs/netswap-guard.service \
		>$(DESTDIR)$(prefix)/lib/systemd/system/netswap-guard.service
	install -D -m 644 docs/90-netswap-guard.rules \
		$(DESTDIR)$(prefix)/lib/udev/rules.d/90-netswap-guard.rules
	install -D -m 644 docs/netswap.bash-completion \
		$(DESTDIR)$(prefix)/share/bash-completion/completions/netswap

clean:
	rm -rf $(B)
