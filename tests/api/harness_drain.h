/*
 * Servers that are told to end.
 */
#ifndef AICHAT_TESTS_HARNESS_DRAIN_H
#define AICHAT_TESTS_HARNESS_DRAIN_H

#include "harness_sse.h"

/* A prompt whose answer takes a mock model about a second. */
#define LEAVING_WORDS \
	"a b c d e f g h i j k l m n o p q r s t u v w x y z " \
	"a b c d e f g h i j k l m n"

/* A user with a conversation, number 1. */
struct user *leaving_user(struct server *);
void         server_tell_to_end(struct server *, int sig);
/* It ends within ms, with status 0 and a clean log. */
void server_assert_ends(struct server *, long ms);

#endif
