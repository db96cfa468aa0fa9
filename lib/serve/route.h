/* From the target of an HTTP request to what it asks for, by the text alone. */
#ifndef TW_SERVE_ROUTE_H
#define TW_SERVE_ROUTE_H

#include "core/types.h"

enum tw_route {
	TW_ROUTE_NONE, /* no such path */
	TW_ROUTE_PAGE,
	TW_ROUTE_STYLE,
	TW_ROUTE_ICON,
	TW_ROUTE_SCRIPT,
	TW_ROUTE_STATUS,
	TW_ROUTE_SELECT,
	TW_ROUTE_METRICS,
	TW_ROUTE_HEALTH,
	TW_ROUTE_LIVE,
	TW_ROUTE_EVENTS,
	TW_ROUTE_HISTORY,     /* /history */
	TW_ROUTE_HISTORY_DAY, /* /history/day */
	TW_ROUTE_BLOCKS,      /* /blocks */
	TW_ROUTE_REPORT,      /* /report */
	TW_ROUTE_PUSHES,      /* /pushes */
	TW_ROUTE_NODE,        /* /daemon/NAME */
	TW_ROUTE_NODE_CHOSEN, /* /daemon/NAME/chosen */
};

/*
 * target is as it came (RFC 9112: a path, or an absolute http URL; percent-encoded). A query is
 * ignored. For the two routes of a node ret_name is the decoded name, or "" where it cannot be a
 * name; for the others it is "".
 */
enum tw_route tw_route_parse(const char *target, char ret_name[TW_NAME_MAX + 1]);

/*
 * Whether the answer to an Accept header ("" for none) should be OpenMetrics rather than text: only
 * where it is asked for by name, and not less than the text format.
 */
bool tw_route_wants_openmetrics(const char *accept);

#endif
