/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tree.h - turn NAME.tree into a directory, and remove it again.
 */
static void make_dirs(int root, char *path)
{
	char *s;

	for (s = strchr(path, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		mkdirat(root, path, 0700);
		*s = '/';
	}
}

/* In cmdline files "\0" stands for NUL. */
static void put(FILE *out, const char *line, bool nul)
{
	size_t len = strlen(line);

	if (!nul) {
		fputs(line, out);
		return;
	}
	for (len -= len && line[len - 1] == '\n'; len; len--, line++) {
		if (len > 1 && line[0] == '\\' && line[1] == '0') {
			fputc('\0', out);
			line++;
			len--;
		} else {
			fputc(*line, out);
		}
	}
}

static FILE *open_entry(int root, char *line)
{
	char *path = line + 2, *arrow = strstr(line, " -> ");
	int fd;

	path[strcspn(path, "\n")] = '\0';
	if (arrow)
		*arrow = '\0';
	make_dirs(root, path);
	if (arrow) {
		assert_return_code(symlinkat(arrow + 4, root, path), errno);
		return NULL;
	}
	fd = openat(root, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_return_code(fd, errno);
	return fdopen(fd, "w");
}

/* Links among the parents lead below the same root, so order matters. */
static void unpack(const char *tree, char *dir)
{
	char path[4096], *line = NULL;
	FILE *in, *out = NULL;
	size_t room = 0;
	bool nul = false;
	int root;

	strcpy(dir, "/tmp/test_audit.XXXXXX");
	assert_non_null(mkdtemp(dir));
	root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_return_code(root, errno);
	snprintf(path, sizeof(path), NSW_TESTS "/unit/audit/%s.tree", tree);
	in = fopen(path, "r");
	assert_non_null(in);
	while (getline(&line, &room, in) > 0) {
		if (!strncmp(line, "@ ", 2)) {
			if (out)
				fclose(out);
			nul = strstr(line, "/cmdline\n");
			out = open_entry(root, line);
		} else if (out) {
			put(out, line, nul);
		}
	}
	if (out)
		fclose(out);
	free(line);
	fclose(in);
	close(root);
}

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void clean(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
