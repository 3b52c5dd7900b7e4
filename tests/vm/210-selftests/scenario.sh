#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: the selftests of kernel-patches/ pass in a booted kernel
# pressure: none
# selftests: mm/mem_reserve
# param swap=none

report phase load
mem_reserve >/run/ktap 2>&1
report status $?
report_file ktap /run/ktap
verdict COMPLETED
