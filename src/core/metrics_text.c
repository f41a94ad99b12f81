#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "core/metrics_inside.h"

/* Label values: backslash, quote and newline are escaped. */
static void
put_label(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '\\' || *value == '"')
			buf_char(b, '\\');
		if (*value == '\n')
			buf_text(b, "\\n");
		else
			buf_char(b, *value);
	}
	buf_char(b, '"');
}

/* {first="...",second="..."}, with le last; nothing without any. */
static void
put_labels(struct buf *b, const struct metric_family *f, size_t i, size_t j,
    const char *le)
{
	const char *separator = "{";

	if (f->first != SET_NONE) {
		buf_text(b, separator);
		put_label(b, metrics_set_label(f->first),
		    metrics_set_value(f->first, i));
		separator = ",";
	}
	if (f->second != SET_NONE) {
		buf_text(b, separator);
		put_label(b, metrics_set_label(f->second),
		    metrics_set_value(f->second, j));
		separator = ",";
	}
	if (le != NULL) {
		buf_text(b, separator);
		put_label(b, "le", le);
		separator = ",";
	}
	if (*separator == ',')
		buf_char(b, '}');
}

static void
put_seconds(struct buf *b, uint64_t us)
{
	buf_printf(
	    b, " %" PRIu64 ".%06" PRIu64 "\n", us / 1000000, us % 1000000);
}

/* Buckets count what is in those before them, too. */
static void
put_histogram(struct buf *b, enum metric m, size_t i)
{
	const struct metric_family *f = &metric_families[m];
	uint64_t                    count = 0;
	char                        le[24];
	size_t                      n, cell = i * METRICS_CELLS;

	for (n = 0; n < METRICS_BUCKETS; n++) {
		count += metrics_sum(m, cell + n);
		if (n == METRICS_BUCKETS - 1)
			snprintf(le, sizeof(le), "+Inf");
		else
			snprintf(le, sizeof(le), "%g",
			    (double)metric_bounds[n] / 1000000);
		buf_printf(b, "%s_bucket", f->name);
		put_labels(b, f, i, 0, le);
		buf_printf(b, " %" PRIu64 "\n", count);
	}
	buf_printf(b, "%s_sum", f->name);
	put_labels(b, f, i, 0, NULL);
	put_seconds(b, metrics_sum(m, cell + METRICS_SUM));
	buf_printf(b, "%s_count", f->name);
	put_labels(b, f, i, 0, NULL);
	buf_printf(b, " %" PRIu64 "\n", count);
}

static void
put_value(struct buf *b, enum metric m, size_t i, size_t j)
{
	const struct metric_family *f = &metric_families[m];

	buf_text(b, f->name);
	put_labels(b, f, i, j, NULL);
	buf_printf(b, " %" PRId64 "\n",
	    (int64_t)metrics_sum(m, metrics_pair(m, i, j)));
}

static bool
has_value(enum metric_set set, size_t i)
{
	return (set == SET_NONE || metrics_set_value(set, i) != NULL);
}

static void
put_family(struct buf *b, enum metric m)
{
	static const char *const    types[] = {"counter", "gauge", "histogram"};
	const struct metric_family *f = &metric_families[m];
	size_t                      i, j;

	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", f->name, f->help, f->name,
	    types[f->type]);
	for (i = 0; i < metrics_set_count(f->first); i++) {
		if (!has_value(f->first, i))
			continue;
		if (f->type == METRIC_HISTOGRAM) {
			put_histogram(b, m, i);
			continue;
		}
		for (j = 0; j < metrics_set_count(f->second); j++)
			if (has_value(f->second, j))
				put_value(b, m, i, j);
	}
}

void
metrics_write(struct buf *b)
{
	int m;

	for (m = 0; m < METRIC__MAX; m++)
		put_family(b, (enum metric)m);
}
