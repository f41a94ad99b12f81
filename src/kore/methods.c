#include <stdlib.h>

#include "kore/methods.h"

#define ROUTES_MAX 128

struct declared {
	const struct kore_module_handle *route;
	int                              methods;
};

static struct declared routes[ROUTES_MAX];
static int             count;

static void
take_over(struct kore_domain *domain)
{
	struct kore_module_handle *route;

	TAILQ_FOREACH(route, &domain->handlers, list) {
		if (count == ROUTES_MAX)
			fatalx("methods: more than %d routes", ROUTES_MAX);
		routes[count].route = route;
		routes[count].methods = route->methods;
		count++;
		route->methods = HTTP_METHOD_ALL;
	}
}

void
methods_init(void)
{
	kore_domain_callback(take_over);
}

static int
methods_of(const struct http_request *req)
{
	int i, methods = 0;

	for (i = 0; i < count; i++)
		if (routes[i].route == req->hdlr)
			methods = routes[i].methods;
	if (methods & HTTP_METHOD_GET)
		methods |= HTTP_METHOD_HEAD;
	return (methods | HTTP_METHOD_OPTIONS);
}

bool
methods_allow(const struct http_request *req)
{
	return ((methods_of(req) & req->method) != 0);
}

void
methods_list(const struct http_request *req, struct buf *b)
{
	static const int all[] = {HTTP_METHOD_GET, HTTP_METHOD_HEAD,
	    HTTP_METHOD_POST, HTTP_METHOD_PUT, HTTP_METHOD_PATCH,
	    HTTP_METHOD_DELETE, HTTP_METHOD_OPTIONS};
	const char      *separator = "";
	size_t           i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!(methods_of(req) & all[i]))
			continue;
		buf_printf(b, "%s%s", separator, http_method_text(all[i]));
		separator = ", ";
	}
}
