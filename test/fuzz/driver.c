/*
 * Runs a fuzzer without libFuzzer: on the files given, or on its own first inputs and on random
 * mutations of them. The same seed makes the same inputs. The input at hand is kept in a file until
 * it was survived.
 *
 * usage: driver [-seed=N] [-runs=N] [-keep=FILE] [-write=DIR] [FILE]...
 */
#include "fuzz.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { INPUTS_MAX = 64 };

struct input {
	size_t len;
	uint8_t data[TW_FUZZ_INPUT_MAX];
};

static struct input inputs[INPUTS_MAX];
static size_t n_inputs;

/* xorshift64* */
static uint64_t random_state;

static uint64_t random_below(uint64_t n)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * UINT64_C(0x2545f4914f6cdd1d) >> 16) % n;
}

/* Puts len bytes of data in place of `out` bytes at `at`; what does not fit is cut off. */
static void splice(struct input *input, size_t at, size_t out, const uint8_t *data, size_t len)
{
	struct input result;

	memcpy(result.data, input->data, at);
	if (len > TW_FUZZ_INPUT_MAX - at)
		len = TW_FUZZ_INPUT_MAX - at;
	memcpy(result.data + at, data, len);
	result.len = at + len;
	len = input->len - at - out;
	if (len > TW_FUZZ_INPUT_MAX - result.len)
		len = TW_FUZZ_INPUT_MAX - result.len;
	memcpy(result.data + result.len, input->data + at + out, len);
	result.len += len;
	memcpy(input->data, result.data, result.len);
	input->len = result.len;
}

static void mutate(struct input *input)
{
	static const char *const tokens[] = { "{", "}", "[", "]", "\"", "\\u0000", "\\", "null",
		"true", "-1", "0", "9223372036854775808", "18446744073709551615", "1e9", ",", ":",
		"\xff", "\xe2\x82" };
	size_t at = random_below(input->len + 1);
	size_t rest = input->len - at;
	const struct input *other = &inputs[random_below(n_inputs)];
	const char *token = tokens[random_below(sizeof(tokens) / sizeof(tokens[0]))];
	size_t from = random_below(other->len + 1);
	uint8_t byte = (uint8_t)random_below(256);

	switch (random_below(6)) {
	case 0:
		if (rest > 0)
			input->data[at] = byte;
		break;
	case 1:
		if (rest > 0)
			input->data[at] ^= (uint8_t)(1u << random_below(8));
		break;
	case 2:
		splice(input, at, 0, &byte, 1);
		break;
	case 3:
		splice(input, at, random_below(rest < 16 ? rest + 1 : 16), &byte, 0);
		break;
	case 4:
		splice(input, at, random_below(2) && rest > 0, (const uint8_t *)token,
			strlen(token));
		break;
	default:
		splice(input, at, random_below(rest + 1), other->data + from,
			random_below(other->len - from + 1));
		break;
	}
}

static void run(const struct input *input, const char *keep)
{
	/* Of its own size, so that a read past its end is seen. */
	uint8_t *copy = malloc(input->len == 0 ? 1 : input->len);
	FILE *file = keep == NULL ? NULL : fopen(keep, "w");

	FUZZ_CHECK(copy != NULL && (keep == NULL || file != NULL));
	if (file != NULL) {
		(void)fwrite(input->data, 1, input->len, file);
		FUZZ_CHECK(fclose(file) == 0);
	}
	memcpy(copy, input->data, input->len);
	(void)LLVMFuzzerTestOneInput(copy, input->len);
	free(copy);
}

static int read_file(const char *path)
{
	FILE *file = fopen(path, "r");

	if (file == NULL || n_inputs == INPUTS_MAX) {
		fprintf(stderr, "%s: %s\n", path, file == NULL ? strerror(errno) : "one too many");
		return -1;
	}
	inputs[n_inputs].len = fread(inputs[n_inputs].data, 1, TW_FUZZ_INPUT_MAX, file);
	n_inputs++;
	return fclose(file);
}

static int write_files(const char *dir)
{
	if (mkdir(dir, 0777) < 0 && errno != EEXIST) {
		fprintf(stderr, "%s: %s\n", dir, strerror(errno));
		return 1;
	}
	for (size_t i = 0; i < n_inputs; i++) {
		char path[1024];
		FILE *file;
		int n = snprintf(path, sizeof(path), "%s/seed-%zu", dir, i);

		FUZZ_CHECK(n > 0 && (size_t)n < sizeof(path));
		file = fopen(path, "w");
		if (file == NULL ||
			fwrite(inputs[i].data, 1, inputs[i].len, file) != inputs[i].len ||
			fclose(file) != 0) {
			fprintf(stderr, "%s: %s\n", path, strerror(errno));
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t seed = (uint64_t)time(NULL), runs = 0;
	const char *keep = NULL, *dir = NULL;

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "-seed=", 6) == 0)
			seed = strtoull(argv[i] + 6, NULL, 10);
		else if (strncmp(argv[i], "-runs=", 6) == 0)
			runs = strtoull(argv[i] + 6, NULL, 10);
		else if (strncmp(argv[i], "-keep=", 6) == 0)
			keep = argv[i] + 6;
		else if (strncmp(argv[i], "-write=", 7) == 0)
			dir = argv[i] + 7;
		else if (read_file(argv[i]) < 0)
			return 2;
	}
	if (n_inputs == 0) {
		while (n_inputs < INPUTS_MAX &&
			(inputs[n_inputs].len = tw_fuzz_seed(n_inputs, inputs[n_inputs].data)) > 0)
			n_inputs++;
	}
	if (dir != NULL)
		return write_files(dir);
	printf("seed %" PRIu64 ", %zu inputs, %" PRIu64 " mutations\n", seed, n_inputs, runs);
	fflush(stdout);
	for (size_t i = 0; i < n_inputs; i++)
		run(&inputs[i], keep);
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	for (uint64_t n = 0; n < runs; n++) {
		struct input input = inputs[random_below(n_inputs)];

		for (uint64_t i = random_below(8); i < 8; i++)
			mutate(&input);
		run(&input, keep);
	}
	if (keep != NULL)
		(void)remove(keep);
	return 0;
}
