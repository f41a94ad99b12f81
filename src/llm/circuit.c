#include "llm/circuit.h"

bool
circuit_allows(struct circuit *c, uint64_t now)
{
	if (c->open_until == 0)
		return (true);
	if (c->trying || now < c->open_until)
		return (false);
	c->trying = true;
	return (true);
}

void
circuit_succeeded(struct circuit *c)
{
	c->failures = 0;
	c->open_until = 0;
	c->trying = false;
}

void
circuit_failed(struct circuit *c, uint64_t now)
{
	c->trying = false;
	if (++c->failures >= CIRCUIT_FAILURES)
		c->open_until = now + CIRCUIT_OPEN_MS;
}

void
circuit_abandoned(struct circuit *c)
{
	c->trying = false;
}
