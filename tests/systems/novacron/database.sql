-- What the checks of content/ ask of the database, besides what PostgreSQL knows of itself.
CREATE TABLE schema_migrations (version bigint PRIMARY KEY);
INSERT INTO schema_migrations VALUES (20241001), (20250110), (20250203);
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users SELECT n, 'user ' || n FROM generate_series(1, 250) AS n;
ANALYZE;
