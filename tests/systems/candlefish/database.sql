-- What the checks of content/ ask of the database, besides what PostgreSQL knows of itself.
CREATE TABLE django_migrations (id int PRIMARY KEY, app text, name text, applied timestamptz DEFAULT now());
INSERT INTO django_migrations VALUES (41, 'maturity', '0042_previous_migration'), (42, 'maturity', '0043_scores');
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users SELECT n, 'user ' || n FROM generate_series(1, 250) AS n;
ANALYZE;
