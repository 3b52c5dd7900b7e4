/* SPDX-License-Identifier: GPL-2.0 */
/*
 * png.h - a picture that other programs take: SVG into PNG.
 */
#ifndef NETSWAP_PNG_H
#define NETSWAP_PNG_H

#include <stdio.h>

/**
 * memory_file() - a file that is nowhere but in memory
 * Return: the file, or NULL, reported.
 */
FILE *memory_file(void);

/**
 * png_from_svg() - draw a picture, by rsvg-convert
 * @png: a memory_file(), empty
 * @svg: the same, with the picture, written out
 * @height: of the picture
 *
 * Twice as large as it says, if that can be.  Return: 0 or a negative errno,
 * reported.
 */
int png_from_svg(FILE *png, FILE *svg, int height);

#endif /* NETSWAP_PNG_H */
