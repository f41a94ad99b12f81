/*
 * The handlers of /auth/, as kore.conf names them.
 */
#ifndef AICHAT_AUTH_H
#define AICHAT_AUTH_H

#include <kore/kore.h>
#include <kore/http.h>

int auth_signup(struct http_request *);
int auth_login(struct http_request *);
int auth_refresh(struct http_request *);
int auth_logout(struct http_request *);
int auth_me(struct http_request *);
int auth_password(struct http_request *);
int auth_sessions(struct http_request *);
int auth_session(struct http_request *);
int auth_export(struct http_request *);
int auth_totp(struct http_request *);
int auth_totp_confirm(struct http_request *);
int auth_keys(struct http_request *);
int auth_key(struct http_request *);
int auth_reset(struct http_request *);

#endif
