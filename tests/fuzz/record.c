// SPDX-License-Identifier: GPL-2.0
/*
 * record.c - any bytes as a recording: read, measured, told in all formats.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A recording is opened by its name. */
static const char *file_of(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char path[32];

	if (fd < 0)
		fd = memfd_create("recording", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gate_result res[GATE_MAX_RULES];
	static FILE *nowhere;
	const char *path = file_of(data, size);
	struct report report = {};
	struct gate_side side;
	int i;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	if (!report_read(&report, &path, 1) && !report_read(&report, &path, 1)) {
		report.nr_a = 1;
		report_html(nowhere, &report);
		report_md(nowhere, &report);
		report_svg(nowhere, &report);
		side = (struct gate_side){ 1, report.run[0]->number,
					   &report.run[0]->run };
		for (i = 0; i < report.numbers.nr; i++)
			gate_judge(&res[i], &report.numbers, i, &side, &side);
		gate_table(nowhere, &report.numbers, res, &side);
		gate_junit(nowhere, &report.numbers, res, path);
	}
	report_free(&report);
	return 0;
}
