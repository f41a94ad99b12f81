#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wctype.h>

#include "core/json.h"
#include "core/utf8.h"
#include "llm/mock.h"

#define FILE_MAX (1024 * 1024) /* bytes of a file of answers */

/* What kodev makes of the files in mocks/. */
extern const uint8_t  asset_claude_json[];
extern const uint32_t asset_len_claude_json;
extern const uint8_t  asset_gemini_json[];
extern const uint32_t asset_len_gemini_json;

/* A model that answers from a file. */
struct canned {
	const char     *model;
	const char     *file;
	const uint8_t  *compiled_in;
	const uint32_t *compiled_in_len;
	const char     *apology;
	cJSON          *answers; /* one object; NULL until loaded */
};

static struct canned models[] = {
    {"claude", "claude.json", asset_claude_json, &asset_len_claude_json,
	"[Claude] Sorry, I don't have a mock response for that prompt.", NULL},
    {"gemini", "gemini.json", asset_gemini_json, &asset_len_gemini_json,
	"[Gemini] Sorry, I don't have a mock response for that prompt.", NULL},
};

#define N_MODELS (sizeof(models) / sizeof(models[0]))

/* Knows the letters of all scripts, whatever the process's locale is. */
static locale_t unicode;

/* Whether a and b are the same text but for the case of letters. */
static bool
same_text(const char *a, const char *b)
{
	uint32_t ca, cb;

	do {
		ca = utf8_next(&a);
		cb = utf8_next(&b);
		if (ca != cb &&
		    towlower_l(ca, unicode) != towlower_l(cb, unicode))
			return (false);
	} while (ca != 0 && cb != 0);
	return (true);
}

static const cJSON *
find(const cJSON *answers, const char *prompt)
{
	const cJSON *answer;

	cJSON_ArrayForEach(answer, answers)
		if (same_text(answer->string, prompt))
			return (answer);
	return (NULL);
}

/* What is wrong with a file's content beyond its JSON, or NULL. */
static const char *
misfit(const cJSON *answers)
{
	const cJSON *answer;

	if (!cJSON_IsObject(answers))
		return ("an object of prompts and answers is expected");
	cJSON_ArrayForEach(answer, answers) {
		if (!cJSON_IsString(answer))
			return ("every answer must be a string");
		if (find(answers, answer->string) != answer)
			return ("two prompts differ in case only");
	}
	return (NULL);
}

/* Read text into c; name says where it comes from. */
static void
take(struct canned *c, const char *name, const char *text, size_t len,
    struct buf *problems)
{
	struct json_error error;
	const char       *problem;
	cJSON            *answers;

	if ((answers = json_read(text, len, &error)) == NULL) {
		buf_printf(problems, "%s: byte %zu: %s\n", name, error.offset,
		    error.problem);
		return;
	}
	if ((problem = misfit(answers)) != NULL) {
		buf_printf(problems, "%s: %s\n", name, problem);
		cJSON_Delete(answers);
		return;
	}
	cJSON_Delete(c->answers);
	c->answers = answers;
}

/* Append what fp holds; what is wrong with it, or NULL. */
static const char *
slurp(FILE *fp, struct buf *text)
{
	char   chunk[BUFSIZ];
	size_t n;

	do {
		n = fread(chunk, 1, sizeof(chunk), fp);
		buf_append(text, chunk, n);
	} while (n > 0 && text->len <= FILE_MAX);
	if (ferror(fp))
		return (strerror(errno));
	if (text->len > FILE_MAX)
		return ("larger than 1 MB");
	return (text->len == 0 ? "the file is empty" : NULL);
}

static void
load_file(struct canned *c, const char *dir, struct buf *problems)
{
	struct buf  path = {0}, text = {0};
	const char *problem;
	FILE       *fp;

	buf_printf(&path, "%s/%s", dir, c->file);
	fp = fopen(path.data, "re");
	problem = fp != NULL ? slurp(fp, &text) : strerror(errno);
	if (fp != NULL)
		fclose(fp);
	if (problem != NULL)
		buf_printf(problems, "%s: %s\n", path.data, problem);
	else
		take(c, path.data, text.data, text.len, problems);
	buf_release(&path);
	buf_release(&text);
}

bool
mock_load(const char *dir, struct buf *problems)
{
	size_t         before = problems->len, i;
	struct canned *c;

	if (unicode == NULL)
		unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
	if (unicode == NULL) {
		buf_text(problems, "the locale C.UTF-8 is missing\n");
		return (false);
	}
	for (i = 0; i < N_MODELS; i++) {
		c = &models[i];
		if (*dir != '\0')
			load_file(c, dir, problems);
		else
			take(c, c->file, (const char *)c->compiled_in,
			    *c->compiled_in_len, problems);
	}
	return (problems->len == before);
}

bool
mock_answer(const char *model, const char *prompt, struct buf *out)
{
	const cJSON *answer;
	size_t       i;

	if (strcasecmp(model, "gpt") == 0) {
		buf_text(out, "[GPT] Echo: ");
		buf_text(out, prompt);
		return (true);
	}
	for (i = 0; i < N_MODELS; i++) {
		if (strcasecmp(model, models[i].model) != 0)
			continue;
		answer = find(models[i].answers, prompt);
		buf_text(out,
		    answer != NULL ? answer->valuestring : models[i].apology);
		return (true);
	}
	return (false);
}

/* What Python's str.split() splits at, with which the Flask service counted:
 * Unicode's white space and the four ASCII separators. */
static bool
is_space(uint32_t c)
{
	return ((c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) ||
	    c == 0x85 || c == 0xa0 || c == 0x1680 ||
	    (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
	    c == 0x202f || c == 0x205f || c == 0x3000);
}

bool
mock_cut(struct buf *answer, int64_t words)
{
	const char *at = answer->data, *end = at; /* of the last word */
	uint32_t    c;
	bool        inside = false;

	if (words == 0)
		return (false);
	while ((c = utf8_next(&at)) != 0) {
		if (!inside && !is_space(c) && words-- == 0) {
			buf_truncate(answer, (size_t)(end - answer->data));
			return (true);
		}
		inside = !is_space(c);
		if (inside)
			end = at;
	}
	return (false);
}

int
mock_count_words(const char *text)
{
	uint32_t c;
	bool     inside = false;
	int      words = 0;

	while ((c = utf8_next(&text)) != 0) {
		if (!inside && !is_space(c))
			words++;
		inside = !is_space(c);
	}
	return (words);
}
