#include "store/audit_event.h"

#define AUDIT_EVENTS_TEXT(name, text) text,
static const char *const names[] = {AUDIT_EVENTS(AUDIT_EVENTS_TEXT)};

const char *
audit_event_name(enum audit_event event)
{
	return (names[event]);
}
