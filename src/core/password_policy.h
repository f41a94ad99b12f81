/*
 * Which passwords are accepted for an account (OWASP ASVS 5.0, 6.2; NIST
 * SP 800-63B, 3.1.1.2): of some length, of any characters, and not what
 * anybody would try first. Pure.
 */
#ifndef AICHAT_PASSWORD_POLICY_H
#define AICHAT_PASSWORD_POLICY_H

/*
 * NULL when password is accepted for the user of this name and e-mail, else
 * what is wrong in words for people, valid until the next call. All are
 * UTF-8; email may be NULL. min_length is in characters.
 */
const char *password_policy_check(
    const char *password, const char *name, const char *email, int min_length);

#endif
