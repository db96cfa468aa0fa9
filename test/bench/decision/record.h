/* A run of tipwatch as a journal, for tipwatchctl replay. */
#ifndef TW_TEST_RECORD_H
#define TW_TEST_RECORD_H

#include "base/buf.h"
#include "sim/world/drive.h"
#include <stdio.h>

struct record {
	const struct tw_core_config *config;
	FILE *file;
	struct tw_buf line;
	struct tw_sim_witness witness;
};
/* Opens the file and writes the header; sets the parameters' witness. 0 or negative errno. */
int record_begin(struct record *record, struct tw_sim_drive_params *params, const char *path);
/* 0 or negative errno: something could not be written. */
int record_end(struct record *record);

#endif
