/* See lines.h. */
#include "base/lines.h"
#include <string.h>

char *tw_lines_next(char **rest)
{
	char *line;

	do {
		line = strsep(rest, "\n");
	} while (line != NULL && line[0] == '\0');
	return line;
}
