#include "core/metrics.h"
#include "llm/turn_count.h"

void
turn_count(const struct model *model, const char *status, int64_t prompt_tokens,
    int64_t response_tokens)
{
	size_t i = models_index(model);

	metrics_count(METRIC_TURNS, metrics_index(SET_TURN, status), 1);
	metrics_count(METRIC_TOKENS,
	    metrics_pair(METRIC_TOKENS, i, METRIC_PROMPT),
	    (uint64_t)prompt_tokens);
	metrics_count(METRIC_TOKENS,
	    metrics_pair(METRIC_TOKENS, i, METRIC_RESPONSE),
	    (uint64_t)response_tokens);
}
