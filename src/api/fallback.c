/*
 * Every path no other route has: 404, with the words and headers of ours.
 */
#include "api/fallback.h"
#include "core/reply.h"

static int
refuse(struct flow *f)
{
	return (reply_error(f, ERR_NOT_FOUND));
}

static const struct step refuse_steps[] = {STEP(refuse), STEPS_END};

int
fallback_not_found(struct http_request *req)
{
	return (flow_run(req, refuse_steps, 0, NULL));
}
