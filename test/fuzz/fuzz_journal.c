/*
 * Any text as a journal: reading and replaying it ends, with an outcome. What was read is written
 * and read again as the same; and a step that was not needed changes nothing.
 */
#include "fuzz.h"
#include "journal/journal.h"
#include "replay/replay.h"
#include <string.h>

#define HASH(c) "\"" c "00000000000000000000000000000000000000000000000000000000000000" c "\""
#define HEADER                                                                                     \
	"{\"tipwatch_journal\":1,\"config\":{\"coin\":{\"block_target\":\"1s\"},\"daemons\":["     \
	"{\"name\":\"a\"},{\"name\":\"b\",\"interval\":\"100ms\"},{\"name\":\"c\",\"role\":"       \
	"\"reference\"}]}}\n"
#define OK(t, node, rest)                                                                          \
	"{\"t\":" t ",\"node\":\"" node "\",\"result\":\"ok\",\"chain\":[" rest "]}\n"

static const char *const seeds[] = {
	HEADER OK("1", "a", "[9," HASH("1") "],[8," HASH("0") "]") OK("1", "b", "[8," HASH("0") "]")
		OK("2.5", "c",
			"[9," HASH("2") "]") "{\"t\":900,\"node\":\"a\",\"result\":\"timeout\"}\n"
					     "{\"t\":1900,\"tick\":true}\n",
	HEADER OK("1", "a",
		"[9," HASH("1") "]") "{\"t\":5000,\"gap_ms\":4000}\n"
				     "{\"t\":5000,\"op\":\"drain\",\"node\":\"a\"}\n"
				     "{\"t\":5001,\"op\":\"pin\",\"node\":\"b\"}\n"
				     "{\"t\":5002,\"op\":\"unpin\"}\n"
				     "{\"t\":5002,\"report\":\"timeout\",\"node\":\"b\"}\n"
				     "{\"t\":5003,\"request\":\"check\"}\n",
	HEADER OK("1", "b",
		"[300," HASH(
			"1") "]") "{\"t\":2,\"config\":{\"daemons\":[{\"name\":\"b\"},"
				  "{\"name\":\"d\"}]},\"new\":[\"d\"]}\n"
				  "{\"t\":3,\"node\":\"d\",\"result\":\"ok\",\"chain\":"
				  "[[300," HASH("1") "]],\"at\":[[7," HASH(
					  "3") "]],"
					       "\"rtt_ms\":2.3,\"peers_in\":0,\"template\":\"stale\"}\n",
	"{\"tipwatch_journal\":1,\"t\":3.5,\"ticks\":true,\"started_ms\":9,\"part\":0,\"config\":{"
	"\"decision\":{\"quorum\":0},\"daemons\":[{\"name\":\"a\",\"priority\":-3}]},\"state\":{"
	"\"epoch\":7,\"chain_epoch\":2,\"tip\":[5," HASH(
		"7") "],\"incumbent\":\"a\",\"drained\":["
		     "\"a\"],\"fall_ages_ms\":{\"a\":[10,3]}}}\n{\"t\":4,\"tick\":true}\n{\"t\":4,\"decision\":{}}\n",
};

size_t tw_fuzz_seed(size_t i, uint8_t ret_data[TW_FUZZ_INPUT_MAX])
{
	size_t len;

	if (i >= TW_ARRAY_SIZE(seeds))
		return 0;
	len = strlen(seeds[i]);
	FUZZ_CHECK(len <= TW_FUZZ_INPUT_MAX);
	memcpy(ret_data, seeds[i], len);
	return len;
}

/* Writing and reading a record again gives the same line. */
static void check_round_trip(
	const struct tw_core_config *nodes, const struct tw_journal_record *record)
{
	struct tw_journal_reader *reader;
	struct tw_journal_record again;
	struct tw_buf first, second;

	tw_buf_init(&first, TW_JOURNAL_LINE_MAX);
	tw_buf_init(&second, TW_JOURNAL_LINE_MAX);
	FUZZ_CHECK(tw_journal_reader_create(&reader) == 0);
	tw_journal_write(nodes, record, &first);
	FUZZ_CHECK(first.error == 0);
	FUZZ_CHECK(tw_journal_reader_next(reader, nodes, first.data, first.len - 1, &again) == 0);
	tw_journal_write(nodes, &again, &second);
	FUZZ_CHECK(second.error == 0 && strcmp(first.data, second.data) == 0);
	tw_journal_reader_destroy(reader);
	tw_buf_finish(&first);
	tw_buf_finish(&second);
}

static void read_lines(const char *text, size_t len)
{
	static struct tw_node_policy names[3] = { { .name = "a", .is_primary = true },
		{ .name = "b" }, { .name = "c", .role = TW_ROLE_REFERENCE } };
	const struct tw_core_config nodes = { .n_nodes = 3, .nodes = names };
	struct tw_journal_reader *reader;
	const char *end = text + len;

	FUZZ_CHECK(tw_journal_reader_create(&reader) == 0);
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((newline == NULL ? end : newline) - text);
		struct tw_journal_record record;
		int r = tw_journal_reader_next(reader, &nodes, text, n, &record);

		FUZZ_CHECK(r >= 0);
		if (r > 0)
			FUZZ_CHECK(tw_journal_reader_message(reader)[0] != '\0');
		/* A decision is kept as it was written, well or badly. */
		else if (record.kind != TW_JOURNAL_DECISION)
			check_round_trip(&nodes, &record);
		text += n + 1;
	}
	tw_journal_reader_destroy(reader);
}

static void on_line(void *ctx, const char *text, size_t len)
{
	(void)ctx;
	FUZZ_CHECK(len > 2 && text[0] == '{' && memchr(text, '\n', len) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tw_replay_options options = { .line = on_line };
	struct tw_replay *replay;
	struct tw_buf summary;
	int r;

	read_lines((const char *)data, size);
	options.is_every = size % 2 == 1;
	FUZZ_CHECK(tw_replay_create(&options, &replay) == 0);
	r = tw_replay_text(replay, "fuzz", (const char *)data, size);
	FUZZ_CHECK(r >= 0);
	FUZZ_CHECK(r == 0 || tw_replay_message(replay)[0] != '\0');
	tw_buf_init(&summary, 1 << 20);
	tw_replay_summary(replay, &summary);
	FUZZ_CHECK(summary.error == 0);
	tw_buf_finish(&summary);
	tw_replay_destroy(replay);
	return 0;
}
