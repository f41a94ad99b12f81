#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/spelling.h"

static size_t
least(size_t a, size_t b)
{
	return (a < b ? a : b);
}

static bool
same(char a, char b)
{
	return (tolower((unsigned char)a) == tolower((unsigned char)b));
}

size_t
spelling_distance(const char *a, const char *b)
{
	/* d[i][j]: from the first i letters of a to the first j of b */
	size_t d[SPELLING_MAX + 1][SPELLING_MAX + 1], i, j;
	size_t la = strlen(a), lb = strlen(b);

	if (la > SPELLING_MAX || lb > SPELLING_MAX)
		return (SIZE_MAX);
	for (i = 0; i <= la; i++)
		d[i][0] = i;
	for (j = 0; j <= lb; j++)
		d[0][j] = j;
	for (i = 1; i <= la; i++) {
		for (j = 1; j <= lb; j++) {
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
			    d[i - 1][j - 1] + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]))
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return (d[la][lb]);
}
