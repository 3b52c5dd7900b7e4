/* SPDX-License-Identifier: GPL-2.0 */
/*
 * report_files.S - what a report's page holds beside the report, as strings.
 */
	.section .rodata, "a"
#define NSW_TEXT(name, file)						\
	.global name;							\
	name: .incbin file;						\
	.byte 0;
NSW_TEXT(report_chart_css, "cli/report_chart.css")
NSW_TEXT(report_page_css, "cli/report_page.css")
NSW_TEXT(report_js, "cli/report.js")
	.section .note.GNU-stack, "", @progbits
