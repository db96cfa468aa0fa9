/*
 * The protocol of HAProxy's agent-check (HAProxy 2.6, configuration.txt, 5.2 "agent-check"): from
 * the line of `agent-send` to the reply that sets the server's state. Text in, text out; the
 * sockets are io/listen's.
 */
#ifndef TW_SERVE_AGENT_H
#define TW_SERVE_AGENT_H

#include "conf/config.h"
#include "core/monitor.h"

enum {
	TW_AGENT_LINE_MAX = 255, /* bytes of a request; longer ones are refused */
	TW_AGENT_REPLY_MAX = 64, /* of a reply, with its line end and NUL */
};

/*
 * Answers "NAME" (is it healthy?) or "NAME chosen" (is it the chosen one, and healthy or usable all
 * the same?), without line end, any bytes. Returns true with one line in reply:
 *   ready up                   yes
 *   ready down #REASON         no, and why: a reason of the node's verdict, or not_chosen
 *   drain                      the operator has taken it out
 *   ready down #unknown        no node is called so
 *   ready down #bad_request    it is no such question
 * "ready" is what undoes a "drain" of before. Returns false, with nothing in reply, while the node
 * has not been checked yet: nobody may be taken out of service only because tipwatchd has just been
 * started. Ask again after the next decision.
 */
bool tw_agent_answer(const struct tw_config *config, const struct tw_monitor *monitor,
	const char *line, size_t len, char reply[TW_AGENT_REPLY_MAX]);

#endif
