/*
 * User names and e-mail addresses: what is accepted, before PostgreSQL's
 * name_key() brings them into the one form by which they are compared (NFKC,
 * lower case). Pure; all text is UTF-8 (core/json.h has checked it).
 */
#ifndef AICHAT_NAMES_H
#define AICHAT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#define NAMES_USERNAME_MAX 150 /* bytes, as the Flask service had */
#define NAMES_EMAIL_MAX    254 /* RFC 5321, section 4.5.3.1.3 */

/*
 * Copy text to out[size] without the white space at its ends, which keyboards
 * add. size is more than text's length.
 */
void names_trim(const char *text, char *out, size_t size);

/*
 * NULL when it is accepted, else what is wrong in words for people, static.
 * A user name is visible text: nothing that cannot be seen or changes the
 * direction of writing, for two names that look the same are one too many.
 */
const char *names_check_username(const char *name);

/*
 * The form local@domain (RFC 5321, section 4.1.2, with RFC 6531's UTF-8): a
 * dot-string, no quoted one, at a domain, no address literal.
 */
const char *names_check_email(const char *email);

/* Characters, not bytes. */
int names_length(const char *text);

/* The same but for case, of all scripts that have it. */
bool names_equal(const char *a, const char *b);

#endif
