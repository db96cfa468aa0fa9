/* Private to journal_read*.c: the reader's insides and the pieces that records are read by. */
#ifndef TW_JOURNAL_READER_H
#define TW_JOURNAL_READER_H

#include "journal/config.h"

enum { TW_JOURNAL_VERSION_MAX = 64 };
/* Beyond it JSON readers lose digits. */
#define TW_JOURNAL_NUMBER_MAX (INT64_C(1) << 53)

struct tw_journal_reader {
	struct tw_json_doc *doc;
	struct tw_journal_report report;
	struct tw_journal_config config; /* of a header or a reload */
	struct tw_journal_header header;
	char version[TW_JOURNAL_VERSION_MAX];
	int32_t *old_of;
	struct tw_observation obs;
	int32_t last; /* node of the last record: the next one is often its neighbour's */
};

#define TW_JOURNAL_COMPLAIN(...) tw_journal_config_complain(&reader->report, __VA_ARGS__)

/* All return 0 or TW_JOURNAL_BAD. */
/* A whole number that may be missing: then ret_value stays as it is. */
int tw_journal_get_number(struct tw_journal_reader *reader, const struct tw_json_node *root,
	const char *key, int64_t max, int64_t *ret_value);
int tw_journal_get_ms(struct tw_journal_reader *reader, const struct tw_json_node *root,
	const char *key, int64_t *ret_us);
int tw_journal_get_word(struct tw_journal_reader *reader, const struct tw_json_node *root,
	const char *key, const char **ret_word);
int tw_journal_get_node(struct tw_journal_reader *reader, const struct tw_core_config *nodes,
	const struct tw_json_node *root, int32_t *ret_node);
/* The whole of a CHECK record but for its time. */
int tw_journal_get_check(struct tw_journal_reader *reader, const struct tw_json_node *root,
	const struct tw_core_config *nodes, struct tw_journal_record *record);

#endif
