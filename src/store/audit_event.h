/*
 * What the audit log tells of, by the names that stand in its rows.
 */
#ifndef AICHAT_AUDIT_EVENT_H
#define AICHAT_AUDIT_EVENT_H

#define AUDIT_EVENTS(X) \
	X(SIGNUP, "signup") \
	X(LOGIN, "login") \
	X(LOGIN_FAILED, "login_failed") \
	X(THROTTLED, "throttled") \
	X(LOGOUT, "logout") \
	X(SESSION_ENDED, "session_ended") \
	X(REFRESH_REUSED, "refresh_reused") \
	X(PASSWORD_CHANGED, "password_changed") \
	X(PASSWORD_RESET, "password_reset") \
	X(KEY_CREATED, "key_created") \
	X(KEY_REVOKED, "key_revoked") \
	X(KEY_USED, "key_used") \
	X(TOTP_ENABLED, "totp_enabled") \
	X(TOTP_DISABLED, "totp_disabled") \
	X(TOTP_FAILED, "totp_failed") \
	X(TOTP_RECOVERY_USED, "totp_recovery_used") \
	X(EXPORTED, "exported") \
	X(DELETED, "deleted") \
	/* by an operator, on the command line */ \
	X(USER_ADDED, "user_added") \
	X(USER_DISABLED, "user_disabled") \
	X(USER_ENABLED, "user_enabled") \
	X(USER_LIMIT, "user_limit") \
	X(USER_PASSWORD, "user_password") \
	X(USER_RESET_LINK, "user_reset_link") \
	X(USER_DELETED, "user_deleted") \
	X(USER_ADOPTED, "user_adopted")

#define AUDIT_EVENTS_ENUM(name, text) AUDIT_##name,
enum audit_event {
	AUDIT_EVENTS(AUDIT_EVENTS_ENUM) AUDIT__MAX
};

/* Its name, static. */
const char *audit_event_name(enum audit_event);

#endif
