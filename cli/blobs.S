/* SPDX-License-Identifier: GPL-2.0 */
/*
 * blobs.S - the BPF objects inside the program: one file to install, and
 * programs and user space can't be of different versions.  The Makefile
 * makes objects.inc, one NSW_OBJECT line per compiled object.
 */
	.section .rodata, "a"
#define NSW_OBJECT(name, file)						\
	.balign 8;							\
	.global nsw_obj_##name;						\
	nsw_obj_##name: .incbin file;					\
	.global nsw_obj_end_##name;					\
	nsw_obj_end_##name: .byte 0;
#include "objects.inc"
	.section .note.GNU-stack, "", @progbits
