/* What libtipwatch reads: any line in place of an answer. Structs come out whole or not at all. */
#include "client/parse.h"
#include "fuzz.h"
#include <string.h>

static void check_text(const char *text, size_t size)
{
	FUZZ_CHECK(memchr(text, '\0', size) != NULL);
}

static void check_daemon(const struct tipwatch_daemon *daemon)
{
	check_text(daemon->name, sizeof(daemon->name));
	check_text(daemon->url, sizeof(daemon->url));
	check_text(daemon->host, sizeof(daemon->host));
	FUZZ_CHECK(daemon->port != 0);
}

static void check_select(const struct tipwatch_select *select)
{
	if (select->has_daemon)
		check_daemon(&select->daemon);
	check_daemon(&select->primary);
	check_text(select->mode, sizeof(select->mode));
	check_text(select->reason, sizeof(select->reason));
	check_text(select->hash, sizeof(select->hash));
	check_text(select->prev_hash, sizeof(select->prev_hash));
	FUZZ_CHECK(select->height >= -1 && select->network_height >= -1);
}

#define HASH "5d2a2a91c3af4adcd5d3ced6f865743f5564d1e1dcaf8f6d48e70aad75434a3a"
#define HEADER                                                                                     \
	"{\"height\":7,\"prevHash\":\"" HASH "\",\"timestamp\":1795703890,\"nonce\":67305985}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct tipwatch_target targets[4];
	static const char blob[] = "0300" HASH "0000d288a1d806" HASH "0102030401";
	struct tipwatch_select select;
	struct tipwatch_timing timing;
	struct tw_buf refusal;
	size_t n = 0;
	int r;

	tw_buf_init(&refusal, 4096);
	r = tw_client_parse_select((const char *)data, len, &select, &refusal);
	FUZZ_CHECK(r <= 0);
	if (r == 0)
		check_select(&select);
	r = tw_client_parse_submit((const char *)data, len, targets, 4, &n, &timing, &refusal);
	FUZZ_CHECK(r <= 0 && n <= 4);
	for (size_t i = 0; i < n; i++)
		check_daemon(&targets[i].daemon);
	FUZZ_CHECK(r < 0 || (timing.after_accept_ms >= 0 && timing.after_silence_ms >= 0));
	FUZZ_CHECK(tw_client_parse_ok((const char *)data, len, &refusal) <= 0);
	FUZZ_CHECK(tipwatch_answer_outcome(200, (const char *)data, len) < TIPWATCH_FAILED);
	(void)tipwatch_answer_has_block((const char *)data, len, 7, blob, strlen(blob));
	(void)tipwatch_answer_has_block(HEADER, strlen(HEADER), 7, (const char *)data, len);
	tw_buf_finish(&refusal);
	return 0;
}

size_t tw_fuzz_seed(size_t i, uint8_t ret_data[TW_FUZZ_INPUT_MAX])
{
#define ADDRESS "\"name\":\"beta\",\"host\":\"::1\",\"port\":11500"
#define DAEMON  "{" ADDRESS ",\"url\":\"https://[::1]:11500\",\"tls\":true"
	static const char *const seeds[] = {
		"{\"usable\":true,\"mode\":\"consensus\",\"daemon\":" DAEMON
		"},\"reason\":\"incumbent\",\"height\":1002,\"hash\":\"" HASH
		"\",\"prev_hash\":null,\"network_height\":1003,\"anchor_height\":null,\"epoch\":7,"
		"\"chain_epoch\":2,\"seq\":4711,\"pinned\":true,\"primary\":{" ADDRESS "}}",
		"{\"mode\":\"consensus\",\"targets\":[" DAEMON
		",\"state\":\"healthy\",\"reason\":\"ok\"}]}",
		HEADER,
		"0300" HASH "0000d288a1d806" HASH "0102030401",
		"{\"error\":{\"code\":\"busy\",\"message\":\"too many\"}}",
		"{\"ok\":true}",
	};

	if (i >= TW_ARRAY_SIZE(seeds))
		return 0;
	memcpy(ret_data, seeds[i], strlen(seeds[i]));
	return strlen(seeds[i]);
}
