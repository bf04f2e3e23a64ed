-- The tables of the examples that write SQL themselves.
CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL DEFAULT 0, cents bigint NOT NULL DEFAULT 0, credits bigint NOT NULL DEFAULT 0);
CREATE TABLE coupons (code text PRIMARY KEY, used boolean NOT NULL DEFAULT false);
CREATE TABLE files (id integer PRIMARY KEY, downloads integer NOT NULL DEFAULT 0);
CREATE TABLE idempotency_keys (key text PRIMARY KEY, response text, status integer);
CREATE TABLE items (sku text PRIMARY KEY, quantity integer NOT NULL DEFAULT 0);
CREATE TABLE jobs (id bigint PRIMARY KEY, status text NOT NULL);
CREATE TABLE locks (name text PRIMARY KEY, owner text NOT NULL);
CREATE TABLE members (team bigint NOT NULL, member bigint NOT NULL);
CREATE TABLE orders (account bigint NOT NULL, cents bigint NOT NULL);
CREATE TABLE pages (id bigint PRIMARY KEY, body text NOT NULL, version integer NOT NULL);
CREATE TABLE parcels (id integer PRIMARY KEY, state text NOT NULL);
CREATE TABLE posts (id bigint PRIMARY KEY, views bigint NOT NULL DEFAULT 0);
CREATE TABLE processed_events (id text PRIMARY KEY);
CREATE TABLE seats (id bigint PRIMARY KEY, holder bigint, taken boolean NOT NULL DEFAULT false);
CREATE TABLE stock (sku text PRIMARY KEY, units integer NOT NULL);
CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE wallets (id bigint PRIMARY KEY, cents bigint NOT NULL);
CREATE TABLE webhook_events (id text PRIMARY KEY);
