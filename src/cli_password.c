#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli_command.h"
#include "cli_password.h"
#include "core/config.h"
#include "core/password.h"
#include "core/password_policy.h"
#include "core/utf8.h"

static void
read_line(char *out, int size)
{
	size_t len;

	if (fgets(out, size, stdin) == NULL)
		cli_fail("no password on standard input");
	len = strcspn(out, "\r\n");
	if (out[len] == '\0' && (int)len == size - 1)
		cli_fail(
		    "password must not be longer than %d bytes", PASSWORD_MAX);
	out[len] = '\0';
}

/* A terminal of another encoding would make one nobody can type elsewhere. */
static void
check_utf8(const char *text)
{
	uint32_t c;

	while ((c = utf8_next(&text)) != 0)
		if (c == 0xfffd)
			cli_fail("password must be UTF-8");
}

const char *
cli_password_hash(const char *name, const char *email)
{
	static char hash[PASSWORD_HASH_SIZE];
	char        password[PASSWORD_MAX + 3];
	const char *problem;

	if (!isatty(STDIN_FILENO))
		read_line(password, sizeof(password));
	else if (EVP_read_pw_string(
		     password, PASSWORD_MAX + 1, "Password: ", 1) != 0)
		cli_fail("no password was given, or two different ones");
	check_utf8(password);
	problem = password_policy_check(
	    password, name, email, config.password_min_length);
	if (problem != NULL)
		cli_fail("%s", problem);
	if (!password_hash(password, hash))
		cli_fail("no memory to hash the password");
	sodium_memzero(password, sizeof(password));
	return (hash);
}
