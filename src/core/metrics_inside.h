/*
 * The inside of the metrics, shared by core/metrics*.c only.
 */
#ifndef AICHAT_METRICS_INSIDE_H
#define AICHAT_METRICS_INSIDE_H

#include "core/metrics.h"

#define METRICS_BUCKETS 16 /* with the one for all that is longer */
#define METRICS_SUM     METRICS_BUCKETS
#define METRICS_CELLS   (METRICS_BUCKETS + 1) /* of one histogram */

struct metric_family {
	const char      *name;
	const char      *help;
	enum metric_type type;
	enum metric_set  first, second;
};

extern const struct metric_family metric_families[METRIC__MAX];

/* Upper bounds, in microseconds; the last bucket has none. */
extern const uint64_t metric_bounds[METRICS_BUCKETS - 1];

size_t metrics_set_count(enum metric_set);
/* "route" and such; and a value of the set, NULL where there is none. */
const char *metrics_set_label(enum metric_set);
const char *metrics_set_value(enum metric_set, size_t i);

/* The sum over all slots of a family's cell. */
uint64_t metrics_sum(enum metric, size_t cell);

#endif
