#include "store/migrations.h"
#include "store/store_schema.h"

/* -> version */
STATEMENT(
    schema_version, "SELECT coalesce(max(version), 0) FROM schema_migrations");

int
store_schema_version(struct flow *f)
{
	return (flow_query(f, db_call_new(&schema_version)));
}

int
store_schema_wanted(void)
{
	return (migrations_count());
}
