// SPDX-License-Identifier: GPL-2.0
/* one_row.bpf.c - the guard where all CPUs share a row of its counters. */
#include "../../../bpf/kernel.bpf.h"
#include <netswap/abi.h>

#undef NSW_CPU_ROWS
#define NSW_CPU_ROWS 1
#include "../../../bpf/guard.bpf.c"
