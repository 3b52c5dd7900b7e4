#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# proves: the KUnit suites of kernel-patches/ pass in a booted kernel
# pressure: none
# param swap=none
#
# They run when the kernel boots, and tell in the log.

dmesg | sed -nE 's/^\[[ 0-9.]+\] //; /^ *(KTAP|1\.\.|#|ok |not ok )/p' >/run/ktap
report_file ktap /run/ktap
verdict COMPLETED
