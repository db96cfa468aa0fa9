/* See respond.h. */
#include "serve/respond.h"
#include "explain/view.h"
#include "serve/blocks.h"
#include "serve/page.h"
#include "serve/pushes.h"
#include "serve/report.h"
#include "serve/route.h"
#include <inttypes.h>
#include <stdio.h>

/* How long a browser waits before it opens /events again. */
enum { RETRY_MS = 2000 };

enum { OK = 200, NOT_FOUND = 404, UNAVAILABLE = 503 };

static const char json_type[] = "application/json";

/* Ends a JSON object with a newline, for readers on a terminal. */
static void end_json(struct tw_http_reply *reply, bool is_ok)
{
	reply->status = is_ok ? OK : UNAVAILABLE;
	reply->content_type = json_type;
	tw_buf_putc(&reply->body, '\n');
}

static void respond_node(const struct tw_status_source *status, enum tw_route route,
	const char *name, struct tw_http_reply *reply)
{
	int32_t node = name[0] == '\0' ? TW_NODE_NONE : tw_config_find(status->config, name);
	struct tw_view_node view;
	char message[TW_NAME_MAX + 64];

	if (node == TW_NODE_NONE) {
		snprintf(message, sizeof(message),
			"no node is called \"%s\"; /status lists them all", name);
		tw_http_reply_error(NOT_FOUND, "unknown_node", message, reply);
		return;
	}
	tw_status_node(status, node, &reply->body);
	if (route == TW_ROUTE_NODE_CHOSEN) {
		end_json(reply, tw_monitor_decision(status->monitor)->chosen == node);
	} else {
		tw_view_node(status->monitor, node, &view);
		end_json(reply, view.verdict.state == TW_STATE_HEALTHY);
	}
}

static void respond_metrics(
	const struct tw_respond_source *source, const char *accept, struct tw_http_reply *reply)
{
	bool is_openmetrics = tw_route_wants_openmetrics(accept);
	struct tw_prom_process process = { 0 };

	source->measure(source->ctx, &process);
	tw_prom_write(source->status, source->nodes, &process, is_openmetrics, &reply->body);
	reply->status = OK;
	reply->content_type = is_openmetrics
				      ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
				      : "text/plain; version=0.0.4; charset=utf-8";
}

static void respond_text(const char *type, const char *text, struct tw_http_reply *reply)
{
	tw_buf_puts(&reply->body, text);
	reply->status = OK;
	reply->content_type = type;
}

static void respond_file(
	const char *type, const struct tw_page_file *file, struct tw_http_reply *reply)
{
	respond_text(type, file->text, reply);
	reply->tag = file->tag;
}

void tw_respond_event(const struct tw_status_source *status, struct tw_buf *out)
{
	tw_buf_printf(out, "retry: %d\nid: %" PRIu64 "\ndata: ", RETRY_MS,
		tw_monitor_seq(status->monitor));
	tw_status_full(status, out);
	tw_buf_puts(out, "\n\n");
}

void tw_respond(const struct tw_respond_source *source, const char *target, const char *accept,
	struct tw_http_reply *reply)
{
	const struct tw_status_source *status = source->status;
	char name[TW_NAME_MAX + 1];
	enum tw_route route = tw_route_parse(target, name);

	switch (route) {
	case TW_ROUTE_PAGE:
		tw_page_write(status, &reply->body);
		reply->status = OK;
		reply->content_type = "text/html; charset=utf-8";
		break;
	case TW_ROUTE_STYLE:
		respond_file("text/css; charset=utf-8", &tw_page_style, reply);
		break;
	case TW_ROUTE_ICON:
		respond_file("image/svg+xml", &tw_page_icon, reply);
		break;
	case TW_ROUTE_SCRIPT:
		respond_file("text/javascript; charset=utf-8", &tw_page_script, reply);
		break;
	case TW_ROUTE_STATUS:
		tw_status_full(status, &reply->body);
		end_json(reply, true);
		break;
	case TW_ROUTE_SELECT:
		tw_status_select(status, &reply->body);
		end_json(reply, true);
		break;
	case TW_ROUTE_METRICS:
		respond_metrics(source, accept, reply);
		break;
	case TW_ROUTE_HEALTH:
		tw_status_select(status, &reply->body);
		end_json(reply, tw_monitor_decision(status->monitor)->is_usable);
		break;
	case TW_ROUTE_LIVE:
		respond_text(json_type, "{\"live\":true}\n", reply);
		break;
	case TW_ROUTE_EVENTS:
		tw_respond_event(status, &reply->body);
		reply->status = OK;
		reply->content_type = "text/event-stream";
		reply->is_stream = true;
		break;
	case TW_ROUTE_HISTORY:
	case TW_ROUTE_HISTORY_DAY:
		tw_history_write(source->history,
			route == TW_ROUTE_HISTORY ? TW_HISTORY_HOUR : TW_HISTORY_DAY, status,
			&reply->body);
		end_json(reply, true);
		break;
	case TW_ROUTE_BLOCKS:
		tw_blocks_write(status->blocks, 0, &reply->body);
		end_json(reply, true);
		break;
	case TW_ROUTE_REPORT:
		tw_report_write(status, TW_REPORT_SPAN_US, &reply->body);
		end_json(reply, true);
		break;
	case TW_ROUTE_PUSHES:
		tw_pushes_write(status, &reply->body);
		end_json(reply, true);
		break;
	case TW_ROUTE_NODE:
	case TW_ROUTE_NODE_CHOSEN:
		respond_node(status, route, name, reply);
		break;
	case TW_ROUTE_NONE:
		tw_http_reply_error(NOT_FOUND, "not_found",
			"no such path; there are /, /status, /select, /metrics, /health, /live, "
			"/events, /history, /history/day, /blocks, /report, /pushes, /daemon/NAME and "
			"/daemon/NAME/chosen",
			reply);
		break;
	}
}
