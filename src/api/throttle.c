#include "api/throttle.h"
#include "core/client_address.h"
#include "core/config.h"
#include "core/reply.h"
#include "store/store_audit.h"
#include "store/store_throttle.h"

#define SIGNUP_SECONDS 3600

static struct store_throttle
login(struct flow *f, const char *name, char address[INET6_ADDRSTRLEN])
{
	client_address_key(f, address);
	return ((struct store_throttle){.purpose = "login",
	    .account = name,
	    .per_account = config.login_failures_per_account,
	    .address = address,
	    .per_address = config.login_failures_per_address,
	    .seconds = config.login_window_seconds});
}

int
throttle_look(struct flow *f, const char *name)
{
	char                  address[INET6_ADDRSTRLEN];
	struct store_throttle t = login(f, name, address);

	return (store_throttle_look(f, &t));
}

int
throttle_failed(struct flow *f, const char *name, int64_t user_id)
{
	char                  address[INET6_ADDRSTRLEN];
	struct store_throttle t = login(f, name, address);

	t.user_id = user_id;
	store_audit_of(f, AUDIT_LOGIN_FAILED, user_id, NULL);
	return (store_throttle_count(f, &t));
}

int
throttle_passed(struct flow *f, const char *name)
{
	char                  address[INET6_ADDRSTRLEN];
	struct store_throttle t = login(f, name, address);

	return (store_throttle_pass(f, &t));
}

int
throttle_signup(struct flow *f)
{
	char                  address[INET6_ADDRSTRLEN];
	struct store_throttle t = {.purpose = "signup",
	    .address = address,
	    .per_address = config.signups_per_address,
	    .seconds = SIGNUP_SECONDS};

	client_address_key(f, address);
	return (store_throttle_count(f, &t));
}

int
throttle_refresh(struct flow *f, const char *name)
{
	char                  address[INET6_ADDRSTRLEN];
	struct store_throttle t = {.purpose = "refresh",
	    .account = name,
	    .per_account = config.refreshes_per_account,
	    .address = address,
	    .per_address = config.refreshes_per_address,
	    .seconds = config.login_window_seconds,
	    .user_id = f->user.user_id};

	client_address_key(f, address);
	return (store_throttle_count(f, &t));
}

bool
throttle_refused(struct flow *f)
{
	const struct db_call *rows = flow_rows(f);
	int64_t               seconds = store_throttle_wait(rows), user_id;
	const char           *purpose;

	if (store_throttle_reached(rows, &purpose, &user_id))
		store_audit_of(f, AUDIT_THROTTLED, user_id, purpose);
	if (seconds == 0)
		return (false);
	f->retry_after = seconds;
	reply_error(f, ERR_TOO_MANY_ATTEMPTS);
	return (true);
}
