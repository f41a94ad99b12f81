#include <stdlib.h>
#include <string.h>

#include "kore/methods.h"

#define ROUTES_MAX (METHODS_ROUTES - 1)
#define LABEL_MAX  64

struct declared {
	const struct kore_module_handle *route;
	int                              methods;
	char                             label[LABEL_MAX];
	size_t                           counted; /* where, as its label */
};

static struct declared routes[ROUTES_MAX];
static int             count;

/* A pattern as one would write it: {id} for what varies, no anchors. */
static void
write_label(char *label, const char *path)
{
	size_t n = 0;

	while (*path != '\0' && n < LABEL_MAX - sizeof("{id}")) {
		if (*path == '[') {
			n += (size_t)snprintf(label + n, LABEL_MAX - n, "{id}");
			path += strcspn(path, "]");
			path += strcspn(path, "/$");
		} else {
			if (strchr("^$", *path) == NULL)
				label[n++] = *path;
			path++;
		}
	}
	label[n] = '\0';
}

/* Two patterns may look the same, and are counted together. */
static size_t
first_with(const char *label)
{
	size_t i = 0;

	while (strcmp(routes[i].label, label) != 0)
		i++;
	return (i);
}

static void
take_over(struct kore_domain *domain)
{
	struct kore_module_handle *route;

	TAILQ_FOREACH(route, &domain->handlers, list) {
		if (count == ROUTES_MAX)
			fatalx("methods: more than %d routes", ROUTES_MAX);
		routes[count].route = route;
		routes[count].methods = route->methods;
		write_label(routes[count].label, route->path);
		routes[count].counted = first_with(routes[count].label);
		count++;
		route->methods = HTTP_METHOD_ALL;
	}
}

void
methods_init(void)
{
	kore_domain_callback(take_over);
}

static const struct declared *
look_up(const struct http_request *req)
{
	int i;

	for (i = 0; i < count; i++)
		if (routes[i].route == req->hdlr)
			return (&routes[i]);
	return (NULL);
}

size_t
methods_route(const struct http_request *req)
{
	const struct declared *d = look_up(req);

	return (d != NULL ? d->counted : ROUTES_MAX);
}

const char *
methods_route_label(size_t i)
{
	if (i == ROUTES_MAX)
		return ("none");
	if (i >= (size_t)count || routes[i].counted != i)
		return (NULL);
	return (routes[i].label);
}

static int
methods_of(const struct http_request *req)
{
	const struct declared *d = look_up(req);
	int                    methods = d != NULL ? d->methods : 0;

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
