/* See advice.h. */
#include "show/advice.h"
#include "base/lines.h"
#include <inttypes.h>
#include <string.h>

/* The block target of monero. A shorter one in the configuration was meant for another coin. */
#define MONERO_TARGET_US (2 * TW_MIN)
/* With fewer voters one that is wrong cannot be outvoted. */
enum { ENOUGH_VOTERS = 3 };

/* 127.0.0.0/8, ::1 and localhost are one machine, and usually one listener. */
static bool is_loopback(const struct tw_url *url)
{
	return strcmp(url->host, "localhost") == 0 || strcmp(url->host, "::1") == 0 ||
	       strncmp(url->host, "127.", 4) == 0;
}

static bool is_same_host(const struct tw_url *a, const struct tw_url *b)
{
	return strcmp(a->host, b->host) == 0 || (is_loopback(a) && is_loopback(b));
}

static void advise_on_twins(const struct tw_config *config, struct tw_buf *out)
{
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		for (uint32_t k = i + 1; k < config->n_nodes; k++) {
			const struct tw_node_conf *a = &config->nodes[i], *b = &config->nodes[k];

			if (a->url.port == b->url.port && is_same_host(&a->url, &b->url))
				tw_buf_printf(out,
					"%s and %s are probably one daemon (%s, %s): it has two "
					"votes; leave one of them out\n",
					a->policy.name, b->policy.name, a->url.text, b->url.text);
		}
	}
}

static void advise_on_place(const struct tw_config *config, struct tw_buf *out)
{
	for (uint32_t i = 1; i < config->n_nodes; i++) {
		if (!is_same_host(&config->nodes[0].url, &config->nodes[i].url))
			return;
	}
	if (config->n_nodes > 1)
		tw_buf_printf(out,
			"all nodes are on one address (%s): what stops that machine stops them "
			"all; one elsewhere, if only as a reference, would go on voting\n",
			config->nodes[0].url.host);
}

static void advise_on_number(const struct tw_config *config, struct tw_buf *out)
{
	if (config->n_nodes >= ENOUGH_VOTERS)
		return;
	if (config->n_nodes == 1)
		tw_buf_puts(out,
			"one node only: that it is dead, stuck or without templates is noticed, "
			"but not that it left the network's chain, and there is none to change to; "
			"add two\n");
	else
		tw_buf_puts(out,
			"two nodes only: when they disagree, nobody can tell which one is right; "
			"add a third, if only as a reference\n");
}

static bool has_dialect(const struct tw_status_source *source, enum tw_dialect dialect)
{
	for (uint32_t i = 0; source->peers != NULL && i < source->config->n_nodes; i++) {
		if (source->peers[i] != NULL && source->peers[i]->dialect == dialect)
			return true;
	}
	return false;
}

static void advise_on_coin(const struct tw_status_source *source, struct tw_buf *out)
{
	const struct tw_config *config = source->config;

	if (config->wallet_address[0] == '\0')
		tw_buf_puts(out,
			"no template.wallet_address: a daemon that answers everything except "
			"getblocktemplate is not noticed; set it to the pool's address\n");
	if (has_dialect(source, TW_DIALECT_MONERO) &&
		config->policy.block_target_us < MONERO_TARGET_US)
		tw_buf_printf(out,
			"a daemon speaks monero's RPC, but coin.block_target is %" PRId64
			" s: where blocks come every two minutes, a daemon is called lagging or "
			"the network stalled too early; set it to the coin's own\n",
			config->policy.block_target_us / TW_SEC);
}

void tw_advice(const struct tw_status_source *source, struct tw_buf *out)
{
	const struct tw_config *config = source->config;

	advise_on_number(config, out);
	advise_on_twins(config, out);
	advise_on_place(config, out);
	advise_on_coin(source, out);
	if (tw_monitor_decision(source->monitor)->is_island == 1)
		tw_buf_puts(out,
			"no daemon has more peers than there are nodes here: they may be connected "
			"only to each other, and would agree on a chain that is nobody else's; add "
			"a reference that belongs to somebody else, or let them find more peers\n");
}

void tw_advice_show(struct tw_buf *advice, const struct tw_text *text)
{
	for (char *rest = advice->data, *line; (line = tw_lines_next(&rest)) != NULL;)
		tw_text_paragraph(text, TW_COLOUR_YELLOW, "note:", line, 2);
}
