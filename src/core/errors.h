/*
 * Every error a client can meet: its status, its code and its words, in one
 * table. Nothing else in the program decides how a failure looks.
 */
#ifndef AICHAT_ERRORS_H
#define AICHAT_ERRORS_H

#define ERRORS(X) \
	/* the request itself (RFC 9110, RFC 9112) */ \
	X(MALFORMED_REQUEST, "malformed_request", 400, \
	    "Malformed HTTP request") \
	X(INVALID_JSON, "invalid_json", 400, "The body is not valid JSON") \
	X(INVALID_FIELD, "invalid_field", 400, "A field has an invalid value") \
	X(NOT_FOUND, "not_found", 404, "No such resource") \
	X(METHOD_NOT_ALLOWED, "method_not_allowed", 405, \
	    "Method not allowed here") \
	X(REQUEST_TIMEOUT, "request_timeout", 408, \
	    "The request took too long to arrive") \
	X(BODY_TOO_LARGE, "body_too_large", 413, \
	    "The request body is too large") \
	X(URI_TOO_LONG, "uri_too_long", 414, "The request target is too long") \
	X(UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", 415, \
	    "Content-Type must be application/json") \
	X(EXPECTATION_FAILED, "expectation_failed", 417, \
	    "Expect supports 100-continue only") \
	X(MISDIRECTED_REQUEST, "misdirected_request", 421, \
	    "Host differs from the TLS name") \
	X(HEADERS_TOO_LARGE, "headers_too_large", 431, \
	    "The header fields are too large") \
	X(METHOD_NOT_IMPLEMENTED, "method_not_implemented", 501, \
	    "Method not implemented") \
	X(TRANSFER_ENCODING, "transfer_encoding", 501, \
	    "Transfer-Encoding is not supported, send Content-Length") \
	X(HTTP_VERSION, "http_version", 505, \
	    "Only HTTP/1.1 and HTTP/1.0 are spoken") \
	/* who is asking (RFC 6750) */ \
	X(TOKEN_MISSING, "token_missing", 401, "Missing Authorization Header") \
	X(TOKEN_MALFORMED, "token_malformed", 401, "Malformed token") \
	X(TOKEN_INVALID, "token_invalid", 401, "Invalid token") \
	X(TOKEN_EXPIRED, "token_expired", 401, "Token has expired") \
	X(TOKEN_NOT_ACCESS, "token_not_access", 401, \
	    "Only access tokens are allowed") \
	X(TOKEN_NOT_REFRESH, "token_not_refresh", 401, \
	    "Only refresh tokens are allowed") \
	X(TOKEN_REVOKED, "token_revoked", 401, "Token has been revoked") \
	/* accounts */ \
	X(SIGNUP_MISSING, "signup_missing", 400, \
	    "Missing email, username, or password") \
	X(LOGIN_MISSING, "login_missing", 400, "Missing username or password") \
	X(PASSWORD_MISSING, "password_missing", 400, "Missing password") \
	X(NEW_PASSWORD_MISSING, "new_password_missing", 400, \
	    "Missing password or new_password") \
	X(BAD_CREDENTIALS, "bad_credentials", 401, "Bad credentials") \
	X(OTP_REQUIRED, "otp_required", 401, "A one-time password is needed") \
	X(BAD_OTP, "bad_otp", 401, "The one-time password is wrong") \
	X(TOTP_ENABLED, "totp_enabled", 409, \
	    "One-time passwords are on already") \
	X(TOTP_NOT_ENABLED, "totp_not_enabled", 409, \
	    "One-time passwords are not on") \
	X(TOO_MANY_ATTEMPTS, "too_many_attempts", 429, \
	    "Too many attempts, try again later") \
	X(KEY_NOT_ALLOWED, "key_not_allowed", 403, \
	    "API keys may not do this, log in for it") \
	X(KEY_NOT_FOUND, "key_not_found", 404, "API key not found") \
	X(TOO_MANY_KEYS, "too_many_keys", 409, \
	    "Too many API keys, revoke one first") \
	X(SESSION_NOT_FOUND, "session_not_found", 404, "Session not found") \
	X(EMAIL_TAKEN, "email_taken", 409, "Email already exists") \
	X(USERNAME_TAKEN, "username_taken", 409, "Username already exists") \
	X(RESET_MISSING, "reset_missing", 400, "Missing token or password") \
	X(RESET_INVALID, "reset_invalid", 400, \
	    "The reset token is unknown, used up or expired") \
	/* chat */ \
	X(CHAT_MISSING, "chat_missing", 400, \
	    "Missing model, prompt, or conversation_number") \
	X(UNKNOWN_MODEL, "unknown_model", 400, "Unknown model") \
	X(CONVERSATION_NOT_FOUND, "conversation_not_found", 404, \
	    "Conversation not found") \
	X(IDEMPOTENCY_KEY_REUSED, "idempotency_key_reused", 422, \
	    "Idempotency-Key was used with another request") \
	X(RATE_LIMIT_REACHED, "rate_limit_reached", 429, "Rate limit reached") \
	X(KEY_LIMIT_REACHED, "key_limit_reached", 429, \
	    "The API key's own daily limit is reached") \
	X(TOO_MANY_RUNNING, "too_many_running", 429, \
	    "Too many of your answers are being written") \
	X(MESSAGE_NOT_FOUND, "message_not_found", 404, "Message not found") \
	X(SHARE_NOT_FOUND, "share_not_found", 404, \
	    "No such link, or it has ended") \
	X(STILL_RUNNING, "still_running", 409, \
	    "The answer is still being written") \
	/* /v1, called as OpenAI calls them */ \
	X(MODEL_NOT_FOUND, "model_not_found", 404, "The model does not exist") \
	X(RESPONSE_NOT_FOUND, "response_not_found", 404, "Response not found") \
	X(MISSING_PARAMETER, "missing_required_parameter", 400, \
	    "A required parameter is missing") \
	X(UNSUPPORTED_PARAMETER, "unsupported_parameter", 400, \
	    "A parameter is not supported here") \
	/* providers */ \
	X(UPSTREAM_ERROR, "upstream_error", 502, "The model could not answer") \
	X(UPSTREAM_TIMEOUT, "upstream_timeout", 504, \
	    "The model did not answer in time") \
	X(UPSTREAM_BUSY, "upstream_busy", 503, "The model is overloaded") \
	X(INTERRUPTED, "interrupted", 502, "The answer was interrupted") \
	/* ours */ \
	X(INTERNAL, "internal", 500, "Internal error") \
	X(DATABASE_AWAY, "database_away", 503, \
	    "The database cannot be reached") \
	X(NOT_READY, "not_ready", 503, "Not ready to serve") \
	X(OVERLOADED, "overloaded", 503, "Too many requests at once")

#define ERRORS_ENUM(name, code, status, message) ERR_##name,
enum error {
	ERR_NONE = 0,
	ERRORS(ERRORS_ENUM) ERR__MAX
};

struct error_info {
	int         status;
	const char *code; /* snake_case, stable */
	const char *message;
};

/* The row of an error; ERR_INTERNAL's for anything out of range. */
const struct error_info *error_info(enum error);

/* The error of a code; ERR_INTERNAL when there is none. */
enum error error_by_code(const char *code);

#endif
