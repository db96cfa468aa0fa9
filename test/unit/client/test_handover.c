/* tipwatch_block: a found block becomes a file of the directory that tipwatchd looks at. */
#include "client/tipwatch.h"
#include "fixture/compare.h"
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];

static int setup(void **state)
{
	char path[96];

	(void)state;
	strcpy(dir, "/tmp/tw-block-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/tmp", dir);
	if (mkdir(path, 0700) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/new", dir);
	return mkdir(path, 0700);
}

/* Removes what is in a place, and returns the path of the last file of it, "" for none. */
static void take(const char *place, char *path, size_t size, char *content, struct stat *st)
{
	char place_path[96];
	struct dirent *entry;
	DIR *files;

	(void)snprintf(place_path, sizeof(place_path), "%s/%s", dir, place);
	files = opendir(place_path);
	assert_non_null(files);
	path[0] = '\0';
	while ((entry = readdir(files)) != NULL) {
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, size, "%s/%s", place_path, entry->d_name);
		file = fopen(path, "r");
		assert_non_null(file);
		assert_int_equal(fread(content, 1, 5, file), 5);
		content[5] = '\0';
		(void)fclose(file);
		assert_int_equal(stat(path, st), 0);
		assert_int_equal(unlink(path), 0);
	}
	(void)closedir(files);
}

static int teardown(void **state)
{
	char path[512], content[8];
	struct stat st;

	(void)state;
	for (int i = 0; i < 2; i++) {
		take(i == 0 ? "tmp" : "new", path, sizeof(path), content, &st);
		(void)snprintf(path, sizeof(path), "%s/%s", dir, i == 0 ? "tmp" : "new");
		(void)rmdir(path);
	}
	return rmdir(dir);
}

static void test_writes(void **state)
{
	static const char *const daemons[] = { NULL, "alpha" };
	mode_t mask = umask(0077);
	char path[512], content[8];
	struct stat st;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tipwatch_block(dir, "0a0b\n", 5, daemons[i]), 0);
		take("new", path, sizeof(path), content, &st);
		assert_string_equal(content, "0a0b\n");
		/* tipwatchd is another user. */
		assert_int_equal(st.st_mode & 0777, 0644);
		assert_int_equal(strchr(path, ':') != NULL, daemons[i] != NULL);
		if (daemons[i] != NULL)
			assert_string_equal(strrchr(path, ':'), ":alpha");
		take("tmp", path, sizeof(path), content, &st);
		assert_string_equal(path, "");
	}
	(void)umask(mask);
}

static void test_default_directory(void **state)
{
	char path[512], content[8];
	struct stat st;

	(void)state;
	assert_int_equal(setenv("TIPWATCH_BLOCKS", dir, 1), 0);
	assert_int_equal(tipwatch_block(NULL, "0a0b\n", 5, NULL), 0);
	assert_int_equal(unsetenv("TIPWATCH_BLOCKS"), 0);
	take("new", path, sizeof(path), content, &st);
	assert_string_not_equal(path, "");
}

/* Nothing is left behind where it fails. */
static void test_fails(void **state)
{
	char path[512], content[8], away[96];
	char long_name[TIPWATCH_NAME_SIZE + 1];
	struct stat st;

	(void)state;
	assert_int_equal(tipwatch_block("/nowhere", "0a", 2, NULL), -ENOENT);
	assert_int_equal(tipwatch_block(dir, "", 0, NULL), -EINVAL);
	assert_int_equal(tipwatch_block(NULL, "", 0, NULL), -EINVAL);
	memset(long_name, 'a', TIPWATCH_NAME_SIZE);
	long_name[TIPWATCH_NAME_SIZE] = '\0';
	assert_int_equal(tipwatch_block(dir, "0a", 2, long_name), -EINVAL);
	(void)snprintf(path, sizeof(path), "%s/new", dir);
	(void)snprintf(away, sizeof(away), "%s/away", dir);
	assert_int_equal(rename(path, away), 0);
	assert_int_equal(tipwatch_block(dir, "0a", 2, NULL), -ENOENT);
	assert_int_equal(rename(away, path), 0);
	take("tmp", path, sizeof(path), content, &st);
	assert_string_equal(path, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_writes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_default_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fails, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
