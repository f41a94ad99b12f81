-- Large tables are vacuumed when a fiftieth of them is dead, not a fifth, which
-- at a hundred million turns would be months of garbage. A turn that runs says
-- so every three seconds: with room on its page that makes no index entry.
ALTER TABLE turns SET (fillfactor = 90,
	autovacuum_vacuum_scale_factor = 0.02,
	autovacuum_vacuum_insert_scale_factor = 0.05,
	autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE turn_events SET (
	autovacuum_vacuum_scale_factor = 0.02,
	autovacuum_vacuum_insert_scale_factor = 0.05,
	autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE conversations SET (autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE daily_usage SET (autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE idempotency_keys SET (autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE sessions SET (autovacuum_vacuum_scale_factor = 0.02);
-- Small, and rewritten by every attempt.
ALTER TABLE throttle SET (autovacuum_vacuum_scale_factor = 0,
	autovacuum_vacuum_threshold = 1000);
