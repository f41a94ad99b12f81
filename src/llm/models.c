#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/config.h"
#include "core/json.h"
#include "llm/models.h"
#include "llm/models_check.h"

#define FALLBACKS_MAX 8
#define FILE_MAX      (1024 * 1024)

static struct model  models[MODELS_MAX];
static int           count;
static struct model *fallbacks[FALLBACKS_MAX];
static int           fallback_count;

struct model *
models_find(const char *name)
{
	int i;

	for (i = 0; i < count; i++)
		if (strcasecmp(models[i].at.id, name) == 0)
			return (&models[i]);
	return (NULL);
}

size_t
models_index(const struct model *m)
{
	return ((size_t)(m - models));
}

const char *
models_name(size_t i)
{
	return (i < (size_t)count ? models[i].at.id : NULL);
}

struct model *
models_fallback(int i)
{
	return (i < fallback_count ? fallbacks[i] : NULL);
}

/* One of the three everybody has. */
static void
add_known(const char *id, const struct provider *provider, const char *key,
    const char *upstream, const char *base_url, const char *version)
{
	struct model *m = &models[count++];

	m->provider = key[0] != '\0' ? provider : NULL;
	m->at.id = id;
	m->at.upstream = upstream;
	m->at.base_url = base_url;
	m->at.api_key = key;
	m->at.api_version = version;
	m->at.max_tokens = config.max_output_tokens;
	m->at.extra = "";
}

static const char *
text_of(const cJSON *entry, const char *name, const char *fallback)
{
	const cJSON *value = json_member(entry, name);

	return (cJSON_IsString(value) ? value->valuestring : fallback);
}

static const char *
default_url(const struct provider *p)
{
	if (p == &provider_openai)
		return (config.openai_base_url);
	if (p == &provider_anthropic)
		return (config.anthropic_base_url);
	return (config.gemini_base_url);
}

static const char *
key_of(const cJSON *entry)
{
	const char *name = text_of(entry, "api_key_env", NULL);
	const char *key = name != NULL ? getenv(name) : NULL;

	return (key != NULL ? key : text_of(entry, "api_key", ""));
}

static const char *
extra_of(const cJSON *entry)
{
	const cJSON *extra = json_member(entry, "extra");

	return (cJSON_IsObject(extra) ? cJSON_PrintUnformatted(extra) : "");
}

static bool
add_entry(const cJSON *entry, int number, struct buf *problems)
{
	struct model          *m = &models[count];
	const struct provider *p;
	const char            *id = text_of(entry, "id", "");

	p = provider_by_name(text_of(entry, "provider", ""));
	if (id[0] == '\0' || p == NULL || count == MODELS_MAX ||
	    text_of(entry, "model", "")[0] == '\0' || models_find(id) != NULL) {
		buf_printf(problems,
		    "MODELS_FILE: entry %d (%.40s): id (not "
		    "yet used), provider (openai, anthropic or gemini) and "
		    "model are needed, of %d models at most\n",
		    number, id, MODELS_MAX);
		return (false);
	}
	m->provider = p;
	m->at.id = id;
	m->at.upstream = text_of(entry, "model", "");
	m->at.base_url = text_of(entry, "base_url", default_url(p));
	m->at.api_key = key_of(entry);
	m->at.api_version = text_of(entry, "api_version",
	    p == &provider_anthropic ? config.anthropic_version
				     : config.gemini_api_version);
	m->at.max_tokens = config.max_output_tokens;
	json_to_integer(
	    json_member(entry, "max_tokens"), 0, INT32_MAX, &m->at.max_tokens);
	m->at.extra = extra_of(entry);
	m->at.old_max_tokens = cJSON_IsTrue(
	    json_member(entry, "old_max_tokens"));
	m->at.no_usage = cJSON_IsTrue(json_member(entry, "no_usage"));
	if (cJSON_IsBool(json_member(entry, "sampling")))
		m->at.sampling = cJSON_IsTrue(json_member(entry, "sampling"))
		    ? LLM_SAMPLING_TAKEN
		    : LLM_SAMPLING_REFUSED;
	count++;
	return (true);
}

static cJSON *
read_file(const char *path, struct buf *problems)
{
	struct json_error error = {0, "cannot be read"};
	char             *text;
	size_t            len = 0;
	FILE             *file;
	cJSON            *tree = NULL;

	if ((text = malloc(FILE_MAX)) == NULL)
		abort();
	if ((file = fopen(path, "r")) != NULL) {
		len = fread(text, 1, FILE_MAX, file);
		fclose(file);
		tree = json_read(text, len, &error);
	}
	if (!cJSON_IsArray(tree)) {
		buf_printf(problems, "MODELS_FILE: %s: %s at byte %zu\n", path,
		    tree == NULL ? error.problem : "an array is expected",
		    error.offset);
		cJSON_Delete(tree);
		tree = NULL;
	}
	free(text);
	return (tree);
}

static bool
load_file(struct buf *problems)
{
	/* Stays: the models point into it. */
	static cJSON *tree __attribute__((used));
	const cJSON  *entry;
	bool          ok = true;
	int           number = 0;

	if (config.models_file[0] == '\0')
		return (true);
	if ((tree = read_file(config.models_file, problems)) == NULL)
		return (false);
	cJSON_ArrayForEach(entry, tree)
		ok = models_check(entry, ++number, problems) &&
		    add_entry(entry, number, problems) && ok;
	return (ok);
}

static bool
load_fallbacks(struct buf *problems)
{
	char         *list, *rest, *name;
	struct model *m;
	bool          ok = true;

	if ((list = rest = strdup(config.fallback_models)) == NULL)
		abort();
	while ((name = strsep(&rest, ", ")) != NULL) {
		if (name[0] == '\0')
			continue;
		if ((m = models_find(name)) != NULL &&
		    fallback_count < FALLBACKS_MAX) {
			fallbacks[fallback_count++] = m;
			continue;
		}
		buf_printf(problems,
		    "FALLBACK_MODELS: %s: no such model, or "
		    "more than %d\n",
		    name, FALLBACKS_MAX);
		ok = false;
	}
	free(list);
	return (ok);
}

struct model *
models_title(void)
{
	return (config.title_model[0] != '\0' ? models_find(config.title_model)
					      : NULL);
}

/* A mock has no ideas of its own. */
static bool
check_title(struct buf *problems)
{
	const struct model *m = models_title();

	if (config.title_model[0] == '\0' || (m != NULL && m->provider != NULL))
		return (true);
	buf_printf(problems, "TITLE_MODEL: %s: no such model, or a mock\n",
	    config.title_model);
	return (false);
}

bool
models_load(struct buf *problems)
{
	bool ok;

	add_known("gpt", &provider_openai, config.openai_api_key,
	    config.openai_model, config.openai_base_url, "");
	add_known("claude", &provider_anthropic, config.anthropic_api_key,
	    config.anthropic_model, config.anthropic_base_url,
	    config.anthropic_version);
	add_known("gemini", &provider_gemini, config.gemini_api_key,
	    config.gemini_model, config.gemini_base_url,
	    config.gemini_api_version);
	ok = load_file(problems);
	ok = check_title(problems) && ok;
	return (load_fallbacks(problems) && ok);
}

struct upstream *
model_ask(const struct model *m, const struct llm_prompt *prompt,
    struct upstream_call *call)
{
	struct llm_http  http = {0};
	struct upstream *u = NULL;

	if (m->provider->build(&m->at, prompt, &http)) {
		call->url = http.url.data;
		call->headers = http.headers.data;
		call->body = http.body.data;
		call->body_len = http.body.len;
		u = upstream_begin(call);
	}
	llm_http_release(&http);
	return (u);
}
