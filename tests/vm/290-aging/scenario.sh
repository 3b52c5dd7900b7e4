#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: reclaimers wait for pages that another ages, and nobody is OOM-killed
# pressure: none
# bins: bpfcount aging.bpf.o
# param swap=nbd
# param mib=384		MiB that the processes share
# param procs=16	processes
#
# With MGLRU one reclaimer makes a new generation, and has it late here, by BPF.
# The others find nothing that may be reclaimed meanwhile.  It would catch one
# that takes this for having tried sixteen times, with all of the swap free, as
# a machine may do whose CPUs are taken away at the wrong moment.

swap_on
netswap_start
bpf_count_start aging.bpf.o
counts_before
stress "$(parameter mib)" 1 "$(parameter procs)"
bpf_count_stop agings reclaims
counts_after
swap_off
netswap_stop
