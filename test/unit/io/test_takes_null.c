/* What ends something takes NULL, so that what was made in part can be cleaned up by one call. */
#include "account/account.h"
#include "account/day.h"
#include "block/block.h"
#include "conf/config.h"
#include "conf/doc.h"
#include "core/model.h"
#include "fixture/compare.h"
#include "io/check/fetch.h"
#include "io/check/multi.h"
#include "io/check/name.h"
#include "io/check/probe.h"
#include "io/control/control.h"
#include "io/daemon/daemon.h"
#include "io/http/http.h"
#include "io/journal_file.h"
#include "io/link/links.h"
#include "io/link/witnesses.h"
#include "io/listen/acceptor.h"
#include "io/loop.h"
#include "io/notify.h"
#include "io/runner.h"
#include "io/vault/courier.h"
#include "io/vault/spool.h"
#include "io/vault/vault.h"
#include "journal/journal.h"
#include "replay/replay.h"
#include "serve/history.h"
#include "json/json.h"
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

static void test_takes_null(void **state)
{
	(void)state;
	tw_account_day_destroy(NULL);
	tw_account_destroy(NULL);
	tw_acceptor_destroy(NULL);
	tw_block_destroy(NULL);
	tw_conf_doc_destroy(NULL);
	tw_config_destroy(NULL);
	tw_control_destroy(NULL);
	tw_courier_destroy(NULL);
	tw_daemon_destroy(NULL);
	tw_fetch_destroy(NULL);
	tw_history_destroy(NULL);
	tw_http_destroy(NULL);
	tw_journal_file_destroy(NULL);
	tw_journal_reader_destroy(NULL);
	tw_json_doc_destroy(NULL);
	tw_links_destroy(NULL);
	tw_loop_destroy(NULL);
	tw_loop_remove_fd(NULL);
	tw_loop_remove_signal(NULL);
	tw_loop_remove_timer(NULL);
	tw_model_destroy(NULL);
	tw_multi_destroy(NULL);
	tw_name_destroy(NULL);
	tw_notify_destroy(NULL);
	tw_probe_destroy(NULL);
	tw_replay_destroy(NULL);
	tw_runner_destroy(NULL);
	tw_spool_close(NULL);
	tw_vault_close(NULL);
	tw_witnesses_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
