#include <stdbool.h>
#include <string.h>

#include "core/metrics_inside.h"
#include "core/shared.h"

#define VALUES_MAX 4

#define METRICS_FAMILY(id, type, name, first, second, help) \
	[METRIC_##id] = {METRICS_PREFIX name, help, METRIC_##type, \
	    SET_##first, SET_##second},
const struct metric_family metric_families[METRIC__MAX] = {
    METRICS(METRICS_FAMILY)};

const uint64_t metric_bounds[METRICS_BUCKETS - 1] = {1000, 2500, 5000, 10000,
    25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000,
    30000000, 60000000};

static struct label_set {
	const char *label;
	size_t      count;
	const char *values[VALUES_MAX + 1];
	const char *(*name)(size_t);
} sets[SET__MAX] = {
    [SET_NONE] = {NULL, 1, {NULL}, NULL},
    [SET_ROUTE] = {"route", 0, {NULL}, NULL},
    [SET_CLASS] = {"status", 0, {NULL}, NULL},
    [SET_CODE] = {"code", 0, {NULL}, NULL},
    [SET_RESULT] = {"result", 4, {"ok", "conflict", "failed", "unavailable"},
	NULL},
    [SET_POOL] = {"state", 2, {"busy", "idle"}, NULL},
    [SET_TURN] = {"status", 4,
	{"completed", "stopped", "interrupted", "failed"}, NULL},
    [SET_MODEL] = {"model", 0, {NULL}, NULL},
    [SET_TOKENS] = {"kind", 2, {"prompt", "response"}, NULL},
    [SET_STATE] = {"state", 2, {"running", "ending"}, NULL},
    [SET_FAILURE] = {"kind", 0, {NULL}, NULL},
    [SET_PROCESS] = {"process", 0, {NULL}, NULL},
    [SET_RELOAD] = {"result", 2, {"ok", "refused"}, NULL},
};

static size_t    offsets[METRIC__MAX + 1]; /* of a slot's cells */
static uint64_t *slots, *own;
static size_t    slot_count;

size_t
metrics_set_count(enum metric_set set)
{
	return (sets[set].count);
}

const char *
metrics_set_label(enum metric_set set)
{
	return (sets[set].label);
}

const char *
metrics_set_value(enum metric_set set, size_t i)
{
	const struct label_set *s = &sets[set];

	return (s->name != NULL ? s->name(i) : s->values[i]);
}

void
metrics_name_set(enum metric_set set, size_t count, const char *(*name)(size_t))
{
	sets[set].count = count;
	sets[set].name = name;
}

static const char *
class_name(size_t i)
{
	static const char *const names[] = {"1xx", "2xx", "3xx", "4xx", "5xx"};

	return (names[i]);
}

static size_t
cells_of(const struct metric_family *f)
{
	return (sets[f->first].count * sets[f->second].count *
	    (f->type == METRIC_HISTOGRAM ? METRICS_CELLS : 1));
}

static uint64_t *
slot(size_t i)
{
	return (slots + i * offsets[METRIC__MAX]);
}

void
metrics_init(int workers)
{
	size_t i;

	metrics_name_set(SET_CLASS, 5, class_name);
	for (i = 0; i < METRIC__MAX; i++)
		offsets[i + 1] = offsets[i] + cells_of(&metric_families[i]);
	slot_count = (size_t)workers + 1;
	slots = shared_new(slot_count * offsets[METRIC__MAX] * sizeof(*slots));
	own = slot(0);
}

void
metrics_use_slot(int number)
{
	size_t i;

	own = slot((size_t)number);
	for (i = 0; i < METRIC__MAX; i++)
		if (metric_families[i].type == METRIC_GAUGE)
			memset(own + offsets[i], 0,
			    (offsets[i + 1] - offsets[i]) * sizeof(*own));
}

size_t
metrics_pair(enum metric m, size_t first, size_t second)
{
	return (first * sets[metric_families[m].second].count + second);
}

size_t
metrics_index(enum metric_set set, const char *value)
{
	size_t i;

	for (i = 0; i < VALUES_MAX && sets[set].values[i] != NULL; i++)
		if (strcmp(sets[set].values[i], value) == 0)
			return (i);
	return (0);
}

/* The cell of this process; NULL when there is none. */
static uint64_t *
cell(enum metric m, size_t i)
{
	if (own == NULL || offsets[m] + i >= offsets[m + 1])
		return (NULL);
	return (own + offsets[m] + i);
}

/* Others read it meanwhile, so it must not be seen half-written. */
static void
put(uint64_t *c, uint64_t value)
{
	if (c != NULL)
		__atomic_store_n(c, value, __ATOMIC_RELAXED);
}

void
metrics_count(enum metric m, size_t i, uint64_t n)
{
	uint64_t *c = cell(m, i);

	put(c, c != NULL ? *c + n : 0);
}

void
metrics_set(enum metric m, size_t i, int64_t value)
{
	put(cell(m, i), (uint64_t)value);
}

void
metrics_change(enum metric m, size_t i, int64_t by)
{
	metrics_count(m, i, (uint64_t)by);
}

void
metrics_observe(enum metric m, size_t i, uint64_t us)
{
	size_t b = 0;

	while (b < METRICS_BUCKETS - 1 && us > metric_bounds[b])
		b++;
	metrics_count(m, i * METRICS_CELLS + b, 1);
	metrics_count(m, i * METRICS_CELLS + METRICS_SUM, us);
}

uint64_t
metrics_sum(enum metric m, size_t i)
{
	uint64_t total = 0;
	size_t   s;

	for (s = 0; s < slot_count; s++)
		total += __atomic_load_n(
		    slot(s) + offsets[m] + i, __ATOMIC_RELAXED);
	return (total);
}
