-- A centre as version 1 of its tables had it, with eight records: pg_dump of one; for tests/fleet/roles.
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET client_min_messages = warning;
SET row_security = off;
CREATE SCHEMA assay;
ALTER SCHEMA assay OWNER TO owner;
CREATE FUNCTION assay.care() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'assay', 'pg_temp'
    SET lock_timeout TO '2s'
    AS $$DECLARE today date := (now() AT TIME ZONE 'UTC')::date; kept int := (SELECT keep_days FROM fleet); one record; BEGIN  IF NOT pg_try_advisory_xact_lock(6, 0) THEN RETURN; END IF;  PERFORM day_ready(today); PERFORM day_ready(today + 1);  FOR one IN SELECT i.indexrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid    JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'brin' AND i.indrelid IN    (to_regclass('message_' || to_char(today, 'YYYYMMDD')),    to_regclass('message_' || to_char(today - 1, 'YYYYMMDD'))) LOOP    PERFORM brin_summarize_new_values(one.indexrelid); END LOOP;  IF kept = 0 THEN RETURN; END IF;  FOR one IN SELECT p.relname AS parent, c.relname AS leaf FROM pg_inherits h    JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_class p ON p.oid = h.inhparent    WHERE h.inhparent IN ('message'::regclass, 'message_key'::regclass)    AND right(c.relname, 8) < to_char(today - kept - 1, 'YYYYMMDD') ORDER BY right(c.relname, 8) LIMIT 2 LOOP    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', one.parent, one.leaf);    EXECUTE format('DROP TABLE %I', one.leaf); END LOOP;END $$;
ALTER FUNCTION assay.care() OWNER TO owner;
CREATE FUNCTION assay.day_ready(d date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'assay', 'pg_temp'
    AS $$DECLARE leaf text := 'message_' || to_char(d, 'YYYYMMDD'); keys text := 'message_key_' || to_char(d, 'YYYYMMDD'); kept int := (SELECT keep_days FROM fleet); BEGIN  IF to_regclass(leaf) IS NOT NULL THEN RETURN; END IF;  IF d > (now() AT TIME ZONE 'UTC')::date + 2 OR (kept > 0 AND d < (now() AT TIME ZONE 'UTC')::date - kept - 1) THEN    RAISE EXCEPTION 'no messages are kept of %', d; END IF;  PERFORM pg_advisory_xact_lock(5, d - date '2000-01-01');  IF to_regclass(leaf) IS NOT NULL THEN RETURN; END IF;  EXECUTE format('CREATE TABLE %I (LIKE message INCLUDING DEFAULTS)', leaf);  EXECUTE format('CREATE TABLE %I (LIKE message_key INCLUDING DEFAULTS)', keys);  EXECUTE format('CREATE UNIQUE INDEX ON %I (store, id)', leaf);  EXECUTE format('CREATE INDEX ON %I USING brin (time_ms) WITH (pages_per_range = 32, autosummarize = on)', leaf);  EXECUTE format('CREATE INDEX ON %I USING brin (ref text_bloom_ops(n_distinct_per_range = 300, false_positive_rate = 0.0001)) WITH (pages_per_range = 32, autosummarize = on)', leaf);  EXECUTE format('CREATE INDEX ON %I USING brin (queue_id text_bloom_ops(n_distinct_per_range = 300, false_positive_rate = 0.0001)) WITH (pages_per_range = 32, autosummarize = on)', leaf);  EXECUTE format('CREATE INDEX ON %I USING brin (message_id text_bloom_ops(n_distinct_per_range = 300, false_positive_rate = 0.0001)) WITH (pages_per_range = 32, autosummarize = on)', leaf);  EXECUTE format('CREATE INDEX ON %I USING brin (client_ip text_bloom_ops(n_distinct_per_range = 300, false_positive_rate = 0.0001)) WITH (pages_per_range = 32, autosummarize = on)', leaf);  EXECUTE format('CREATE INDEX ON %I USING brin (author_domain text_bloom_ops(n_distinct_per_range = 300, false_positive_rate = 0.0001)) WITH (pages_per_range = 32, autosummarize = on)', leaf);  EXECUTE format('CREATE INDEX ON %I USING brin (org_domain text_bloom_ops(n_distinct_per_range = 300, false_positive_rate = 0.0001)) WITH (pages_per_range = 32, autosummarize = on)', leaf);  EXECUTE format('CREATE INDEX ON %I USING brin (mail_from_domain text_bloom_ops(n_distinct_per_range = 300, false_positive_rate = 0.0001)) WITH (pages_per_range = 32, autosummarize = on)', leaf);  EXECUTE format('CREATE INDEX ON %I USING brin (k_source int4_bloom_ops(n_distinct_per_range = 300, false_positive_rate = 0.0001)) WITH (pages_per_range = 32, autosummarize = on)', leaf);  EXECUTE format('CREATE INDEX ON %I USING brin (k_ticket int4_bloom_ops(n_distinct_per_range = 300, false_positive_rate = 0.0001)) WITH (pages_per_range = 32, autosummarize = on)', leaf);  EXECUTE format('CREATE INDEX ON %I USING brin (k_rdom int4_bloom_ops(n_distinct_per_range = 300, false_positive_rate = 0.0001)) WITH (pages_per_range = 32, autosummarize = on)', leaf);  EXECUTE format('CREATE INDEX ON %I USING brin (a1 int4_bloom_ops(n_distinct_per_range = 300, false_positive_rate = 0.0001)) WITH (pages_per_range = 32, autosummarize = on)', leaf);  EXECUTE format('CREATE INDEX ON %I USING brin (a2 int4_bloom_ops(n_distinct_per_range = 300, false_positive_rate = 0.0001)) WITH (pages_per_range = 32, autosummarize = on)', leaf);  EXECUTE format('CREATE INDEX ON %I USING brin (a3 int4_bloom_ops(n_distinct_per_range = 300, false_positive_rate = 0.0001)) WITH (pages_per_range = 32, autosummarize = on)', leaf);  EXECUTE format('CREATE INDEX ON %I USING brin (a4 int4_bloom_ops(n_distinct_per_range = 300, false_positive_rate = 0.0001)) WITH (pages_per_range = 32, autosummarize = on)', leaf);  EXECUTE format('CREATE INDEX ON %I (hash)', keys);  EXECUTE format('GRANT INSERT ON %I, %I TO assay_host', leaf, keys);  EXECUTE format('ALTER TABLE message ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', leaf, d, d + 1);  EXECUTE format('ALTER TABLE message_key ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', keys, d, d + 1);END $$;
ALTER FUNCTION assay.day_ready(d date) OWNER TO owner;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE assay.dns_text (
    name text NOT NULL,
    kind text NOT NULL,
    hash bigint NOT NULL,
    text text NOT NULL,
    ttl bigint NOT NULL,
    first_seen_ms bigint NOT NULL,
    last_seen_ms bigint NOT NULL
);
ALTER TABLE assay.dns_text OWNER TO owner;
CREATE TABLE assay.fleet (
    one integer NOT NULL,
    schema integer NOT NULL,
    secret bytea NOT NULL,
    keep_days integer NOT NULL,
    oldest_schema integer DEFAULT 0 NOT NULL,
    CONSTRAINT fleet_one_check CHECK ((one = 1))
);
ALTER TABLE assay.fleet OWNER TO owner;
CREATE TABLE assay.host (
    host integer NOT NULL,
    name text NOT NULL,
    retired boolean DEFAULT false NOT NULL
);
ALTER TABLE assay.host OWNER TO owner;
ALTER TABLE assay.host ALTER COLUMN host ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME assay.host_host_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE assay.message (
    day date NOT NULL,
    store integer NOT NULL,
    id bigint NOT NULL,
    time_ms bigint DEFAULT 0 NOT NULL,
    rcpts bigint DEFAULT 0 NOT NULL,
    size bigint DEFAULT 0 NOT NULL,
    spf_aligned bigint DEFAULT 0 NOT NULL,
    dkim_aligned bigint DEFAULT 0 NOT NULL,
    list bigint DEFAULT 0 NOT NULL,
    policy_rua bigint DEFAULT 0 NOT NULL,
    forged_headers bigint DEFAULT 0 NOT NULL,
    dns_questions bigint DEFAULT 0 NOT NULL,
    dns_ms bigint DEFAULT 0 NOT NULL,
    total_ms bigint DEFAULT 0 NOT NULL,
    k_source integer DEFAULT 0 NOT NULL,
    k_ticket integer DEFAULT 0 NOT NULL,
    k_rdom integer DEFAULT 0 NOT NULL,
    a1 integer DEFAULT 0 NOT NULL,
    a2 integer DEFAULT 0 NOT NULL,
    a3 integer DEFAULT 0 NOT NULL,
    a4 integer DEFAULT 0 NOT NULL,
    queue_id text DEFAULT ''::text NOT NULL,
    message_id text DEFAULT ''::text NOT NULL,
    client_ip text DEFAULT ''::text NOT NULL,
    client_name text DEFAULT ''::text NOT NULL,
    helo text DEFAULT ''::text NOT NULL,
    auth_user text DEFAULT ''::text NOT NULL,
    tls text DEFAULT ''::text NOT NULL,
    mail_from text DEFAULT ''::text NOT NULL,
    mail_from_domain text DEFAULT ''::text NOT NULL,
    rcpt text DEFAULT ''::text NOT NULL,
    rcpt_domain text DEFAULT ''::text NOT NULL,
    header_from text DEFAULT ''::text NOT NULL,
    author_domain text DEFAULT ''::text NOT NULL,
    org_domain text DEFAULT ''::text NOT NULL,
    iprev text DEFAULT ''::text NOT NULL,
    spf text DEFAULT ''::text NOT NULL,
    spf_domain text DEFAULT ''::text NOT NULL,
    spf_scope text DEFAULT ''::text NOT NULL,
    spf_mechanism text DEFAULT ''::text NOT NULL,
    spf_problem text DEFAULT ''::text NOT NULL,
    spf_record text DEFAULT ''::text NOT NULL,
    dkim text DEFAULT ''::text NOT NULL,
    dkim_reasons text DEFAULT ''::text NOT NULL,
    arc text DEFAULT ''::text NOT NULL,
    arc_reason text DEFAULT ''::text NOT NULL,
    arc_chain text DEFAULT ''::text NOT NULL,
    arc_vouch text DEFAULT ''::text NOT NULL,
    arc_origin text DEFAULT ''::text NOT NULL,
    dmarc text DEFAULT ''::text NOT NULL,
    why text DEFAULT ''::text NOT NULL,
    policy_domain text DEFAULT ''::text NOT NULL,
    policy_source text DEFAULT ''::text NOT NULL,
    policy_tag text DEFAULT ''::text NOT NULL,
    policy_record text DEFAULT ''::text NOT NULL,
    policy_p text DEFAULT ''::text NOT NULL,
    policy_sp text DEFAULT ''::text NOT NULL,
    policy_np text DEFAULT ''::text NOT NULL,
    policy_adkim text DEFAULT ''::text NOT NULL,
    policy_aspf text DEFAULT ''::text NOT NULL,
    policy_fo text DEFAULT ''::text NOT NULL,
    policy_testing text DEFAULT ''::text NOT NULL,
    requested_policy text DEFAULT ''::text NOT NULL,
    policy text DEFAULT ''::text NOT NULL,
    ref text DEFAULT ''::text NOT NULL,
    source text DEFAULT ''::text NOT NULL,
    source_proof text DEFAULT ''::text NOT NULL,
    source_detail text DEFAULT ''::text NOT NULL,
    source_domain text DEFAULT ''::text NOT NULL,
    status text DEFAULT ''::text NOT NULL,
    client text DEFAULT ''::text NOT NULL,
    ticket text DEFAULT ''::text NOT NULL,
    cause text DEFAULT ''::text NOT NULL,
    cause_detail text DEFAULT ''::text NOT NULL,
    secondary text DEFAULT ''::text NOT NULL,
    playbook text DEFAULT ''::text NOT NULL,
    risk text DEFAULT ''::text NOT NULL,
    next text DEFAULT ''::text NOT NULL,
    rule text DEFAULT ''::text NOT NULL,
    action text DEFAULT ''::text NOT NULL,
    enforcement text DEFAULT ''::text NOT NULL,
    disposition text DEFAULT ''::text NOT NULL,
    overrides text DEFAULT ''::text NOT NULL,
    limits text DEFAULT ''::text NOT NULL
)
PARTITION BY RANGE (day);
ALTER TABLE assay.message OWNER TO owner;
CREATE TABLE assay.message_20261130 (
    day date NOT NULL,
    store integer NOT NULL,
    id bigint NOT NULL,
    time_ms bigint DEFAULT 0 NOT NULL,
    rcpts bigint DEFAULT 0 NOT NULL,
    size bigint DEFAULT 0 NOT NULL,
    spf_aligned bigint DEFAULT 0 NOT NULL,
    dkim_aligned bigint DEFAULT 0 NOT NULL,
    list bigint DEFAULT 0 NOT NULL,
    policy_rua bigint DEFAULT 0 NOT NULL,
    forged_headers bigint DEFAULT 0 NOT NULL,
    dns_questions bigint DEFAULT 0 NOT NULL,
    dns_ms bigint DEFAULT 0 NOT NULL,
    total_ms bigint DEFAULT 0 NOT NULL,
    k_source integer DEFAULT 0 NOT NULL,
    k_ticket integer DEFAULT 0 NOT NULL,
    k_rdom integer DEFAULT 0 NOT NULL,
    a1 integer DEFAULT 0 NOT NULL,
    a2 integer DEFAULT 0 NOT NULL,
    a3 integer DEFAULT 0 NOT NULL,
    a4 integer DEFAULT 0 NOT NULL,
    queue_id text DEFAULT ''::text NOT NULL,
    message_id text DEFAULT ''::text NOT NULL,
    client_ip text DEFAULT ''::text NOT NULL,
    client_name text DEFAULT ''::text NOT NULL,
    helo text DEFAULT ''::text NOT NULL,
    auth_user text DEFAULT ''::text NOT NULL,
    tls text DEFAULT ''::text NOT NULL,
    mail_from text DEFAULT ''::text NOT NULL,
    mail_from_domain text DEFAULT ''::text NOT NULL,
    rcpt text DEFAULT ''::text NOT NULL,
    rcpt_domain text DEFAULT ''::text NOT NULL,
    header_from text DEFAULT ''::text NOT NULL,
    author_domain text DEFAULT ''::text NOT NULL,
    org_domain text DEFAULT ''::text NOT NULL,
    iprev text DEFAULT ''::text NOT NULL,
    spf text DEFAULT ''::text NOT NULL,
    spf_domain text DEFAULT ''::text NOT NULL,
    spf_scope text DEFAULT ''::text NOT NULL,
    spf_mechanism text DEFAULT ''::text NOT NULL,
    spf_problem text DEFAULT ''::text NOT NULL,
    spf_record text DEFAULT ''::text NOT NULL,
    dkim text DEFAULT ''::text NOT NULL,
    dkim_reasons text DEFAULT ''::text NOT NULL,
    arc text DEFAULT ''::text NOT NULL,
    arc_reason text DEFAULT ''::text NOT NULL,
    arc_chain text DEFAULT ''::text NOT NULL,
    arc_vouch text DEFAULT ''::text NOT NULL,
    arc_origin text DEFAULT ''::text NOT NULL,
    dmarc text DEFAULT ''::text NOT NULL,
    why text DEFAULT ''::text NOT NULL,
    policy_domain text DEFAULT ''::text NOT NULL,
    policy_source text DEFAULT ''::text NOT NULL,
    policy_tag text DEFAULT ''::text NOT NULL,
    policy_record text DEFAULT ''::text NOT NULL,
    policy_p text DEFAULT ''::text NOT NULL,
    policy_sp text DEFAULT ''::text NOT NULL,
    policy_np text DEFAULT ''::text NOT NULL,
    policy_adkim text DEFAULT ''::text NOT NULL,
    policy_aspf text DEFAULT ''::text NOT NULL,
    policy_fo text DEFAULT ''::text NOT NULL,
    policy_testing text DEFAULT ''::text NOT NULL,
    requested_policy text DEFAULT ''::text NOT NULL,
    policy text DEFAULT ''::text NOT NULL,
    ref text DEFAULT ''::text NOT NULL,
    source text DEFAULT ''::text NOT NULL,
    source_proof text DEFAULT ''::text NOT NULL,
    source_detail text DEFAULT ''::text NOT NULL,
    source_domain text DEFAULT ''::text NOT NULL,
    status text DEFAULT ''::text NOT NULL,
    client text DEFAULT ''::text NOT NULL,
    ticket text DEFAULT ''::text NOT NULL,
    cause text DEFAULT ''::text NOT NULL,
    cause_detail text DEFAULT ''::text NOT NULL,
    secondary text DEFAULT ''::text NOT NULL,
    playbook text DEFAULT ''::text NOT NULL,
    risk text DEFAULT ''::text NOT NULL,
    next text DEFAULT ''::text NOT NULL,
    rule text DEFAULT ''::text NOT NULL,
    action text DEFAULT ''::text NOT NULL,
    enforcement text DEFAULT ''::text NOT NULL,
    disposition text DEFAULT ''::text NOT NULL,
    overrides text DEFAULT ''::text NOT NULL,
    limits text DEFAULT ''::text NOT NULL
);
ALTER TABLE assay.message_20261130 OWNER TO owner;
CREATE TABLE assay.message_20261201 (
    day date NOT NULL,
    store integer NOT NULL,
    id bigint NOT NULL,
    time_ms bigint DEFAULT 0 NOT NULL,
    rcpts bigint DEFAULT 0 NOT NULL,
    size bigint DEFAULT 0 NOT NULL,
    spf_aligned bigint DEFAULT 0 NOT NULL,
    dkim_aligned bigint DEFAULT 0 NOT NULL,
    list bigint DEFAULT 0 NOT NULL,
    policy_rua bigint DEFAULT 0 NOT NULL,
    forged_headers bigint DEFAULT 0 NOT NULL,
    dns_questions bigint DEFAULT 0 NOT NULL,
    dns_ms bigint DEFAULT 0 NOT NULL,
    total_ms bigint DEFAULT 0 NOT NULL,
    k_source integer DEFAULT 0 NOT NULL,
    k_ticket integer DEFAULT 0 NOT NULL,
    k_rdom integer DEFAULT 0 NOT NULL,
    a1 integer DEFAULT 0 NOT NULL,
    a2 integer DEFAULT 0 NOT NULL,
    a3 integer DEFAULT 0 NOT NULL,
    a4 integer DEFAULT 0 NOT NULL,
    queue_id text DEFAULT ''::text NOT NULL,
    message_id text DEFAULT ''::text NOT NULL,
    client_ip text DEFAULT ''::text NOT NULL,
    client_name text DEFAULT ''::text NOT NULL,
    helo text DEFAULT ''::text NOT NULL,
    auth_user text DEFAULT ''::text NOT NULL,
    tls text DEFAULT ''::text NOT NULL,
    mail_from text DEFAULT ''::text NOT NULL,
    mail_from_domain text DEFAULT ''::text NOT NULL,
    rcpt text DEFAULT ''::text NOT NULL,
    rcpt_domain text DEFAULT ''::text NOT NULL,
    header_from text DEFAULT ''::text NOT NULL,
    author_domain text DEFAULT ''::text NOT NULL,
    org_domain text DEFAULT ''::text NOT NULL,
    iprev text DEFAULT ''::text NOT NULL,
    spf text DEFAULT ''::text NOT NULL,
    spf_domain text DEFAULT ''::text NOT NULL,
    spf_scope text DEFAULT ''::text NOT NULL,
    spf_mechanism text DEFAULT ''::text NOT NULL,
    spf_problem text DEFAULT ''::text NOT NULL,
    spf_record text DEFAULT ''::text NOT NULL,
    dkim text DEFAULT ''::text NOT NULL,
    dkim_reasons text DEFAULT ''::text NOT NULL,
    arc text DEFAULT ''::text NOT NULL,
    arc_reason text DEFAULT ''::text NOT NULL,
    arc_chain text DEFAULT ''::text NOT NULL,
    arc_vouch text DEFAULT ''::text NOT NULL,
    arc_origin text DEFAULT ''::text NOT NULL,
    dmarc text DEFAULT ''::text NOT NULL,
    why text DEFAULT ''::text NOT NULL,
    policy_domain text DEFAULT ''::text NOT NULL,
    policy_source text DEFAULT ''::text NOT NULL,
    policy_tag text DEFAULT ''::text NOT NULL,
    policy_record text DEFAULT ''::text NOT NULL,
    policy_p text DEFAULT ''::text NOT NULL,
    policy_sp text DEFAULT ''::text NOT NULL,
    policy_np text DEFAULT ''::text NOT NULL,
    policy_adkim text DEFAULT ''::text NOT NULL,
    policy_aspf text DEFAULT ''::text NOT NULL,
    policy_fo text DEFAULT ''::text NOT NULL,
    policy_testing text DEFAULT ''::text NOT NULL,
    requested_policy text DEFAULT ''::text NOT NULL,
    policy text DEFAULT ''::text NOT NULL,
    ref text DEFAULT ''::text NOT NULL,
    source text DEFAULT ''::text NOT NULL,
    source_proof text DEFAULT ''::text NOT NULL,
    source_detail text DEFAULT ''::text NOT NULL,
    source_domain text DEFAULT ''::text NOT NULL,
    status text DEFAULT ''::text NOT NULL,
    client text DEFAULT ''::text NOT NULL,
    ticket text DEFAULT ''::text NOT NULL,
    cause text DEFAULT ''::text NOT NULL,
    cause_detail text DEFAULT ''::text NOT NULL,
    secondary text DEFAULT ''::text NOT NULL,
    playbook text DEFAULT ''::text NOT NULL,
    risk text DEFAULT ''::text NOT NULL,
    next text DEFAULT ''::text NOT NULL,
    rule text DEFAULT ''::text NOT NULL,
    action text DEFAULT ''::text NOT NULL,
    enforcement text DEFAULT ''::text NOT NULL,
    disposition text DEFAULT ''::text NOT NULL,
    overrides text DEFAULT ''::text NOT NULL,
    limits text DEFAULT ''::text NOT NULL
);
ALTER TABLE assay.message_20261201 OWNER TO owner;
CREATE TABLE assay.message_key (
    day date NOT NULL,
    store integer NOT NULL,
    id bigint NOT NULL,
    hash integer NOT NULL
)
PARTITION BY RANGE (day);
ALTER TABLE assay.message_key OWNER TO owner;
CREATE TABLE assay.message_key_20261130 (
    day date NOT NULL,
    store integer NOT NULL,
    id bigint NOT NULL,
    hash integer NOT NULL
);
ALTER TABLE assay.message_key_20261130 OWNER TO owner;
CREATE TABLE assay.message_key_20261201 (
    day date NOT NULL,
    store integer NOT NULL,
    id bigint NOT NULL,
    hash integer NOT NULL
);
ALTER TABLE assay.message_key_20261201 OWNER TO owner;
CREATE TABLE assay.refused (
    store integer NOT NULL,
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    error text NOT NULL
);
ALTER TABLE assay.refused OWNER TO owner;
CREATE TABLE assay.store (
    store integer NOT NULL,
    host integer NOT NULL,
    uuid uuid NOT NULL,
    base_id bigint NOT NULL,
    shipped_id bigint NOT NULL,
    last_ms bigint DEFAULT 0 NOT NULL,
    last_queue_id text DEFAULT ''::text NOT NULL,
    newest_id bigint DEFAULT 0 NOT NULL,
    newest_ms bigint DEFAULT 0 NOT NULL,
    dns_mark bigint DEFAULT 0 NOT NULL,
    shipped bigint DEFAULT 0 NOT NULL,
    expired bigint DEFAULT 0 NOT NULL,
    skipped bigint DEFAULT 0 NOT NULL,
    refused bigint DEFAULT 0 NOT NULL,
    schema integer DEFAULT 0 NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    skew_ms bigint DEFAULT 0 NOT NULL,
    began timestamp with time zone DEFAULT now() NOT NULL,
    seen timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE assay.store OWNER TO owner;
ALTER TABLE assay.store ALTER COLUMN store ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME assay.store_store_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE ONLY assay.message ATTACH PARTITION assay.message_20261130 FOR VALUES FROM ('2026-11-30') TO ('2026-12-01');
ALTER TABLE ONLY assay.message ATTACH PARTITION assay.message_20261201 FOR VALUES FROM ('2026-12-01') TO ('2026-12-02');
ALTER TABLE ONLY assay.message_key ATTACH PARTITION assay.message_key_20261130 FOR VALUES FROM ('2026-11-30') TO ('2026-12-01');
ALTER TABLE ONLY assay.message_key ATTACH PARTITION assay.message_key_20261201 FOR VALUES FROM ('2026-12-01') TO ('2026-12-02');
INSERT INTO assay.dns_text VALUES
	('_dmarc.author0.example', 'dmarc', -6987902707490270756, 'v=DMARC1; p=none', 300, 1796058495718, 1796058495718),
	('_dmarc.author1.example', 'dmarc', -6987902707490270756, 'v=DMARC1; p=none', 300, 1796058495719, 1796058495719),
	('_dmarc.author2.example', 'dmarc', -6987902707490270756, 'v=DMARC1; p=none', 300, 1796058495720, 1796058495720),
	('_dmarc.author3.example', 'dmarc', -6987902707490270756, 'v=DMARC1; p=none', 300, 1796058495721, 1796058495721),
	('_dmarc.author4.example', 'dmarc', -6987902707490270756, 'v=DMARC1; p=none', 300, 1796058495722, 1796058495722),
	('_dmarc.author5.example', 'dmarc', -6987902707490270756, 'v=DMARC1; p=none', 300, 1796058495723, 1796058495723),
	('_dmarc.author6.example', 'dmarc', -6987902707490270756, 'v=DMARC1; p=none', 300, 1796058495724, 1796058495724),
	('_dmarc.author7.example', 'dmarc', -6987902707490270756, 'v=DMARC1; p=none', 300, 1796058495725, 1796058495725),
	('author0.example', 'spf', 6960306983241456577, 'v=spf1 -all', 60, 1796058495718, 1796058495718),
	('author1.example', 'spf', 6960306983241456577, 'v=spf1 -all', 60, 1796058495719, 1796058495719),
	('author2.example', 'spf', 6960306983241456577, 'v=spf1 -all', 60, 1796058495720, 1796058495720),
	('author3.example', 'spf', 6960306983241456577, 'v=spf1 -all', 60, 1796058495721, 1796058495721),
	('author4.example', 'spf', 6960306983241456577, 'v=spf1 -all', 60, 1796058495722, 1796058495722),
	('author5.example', 'spf', 6960306983241456577, 'v=spf1 -all', 60, 1796058495723, 1796058495723),
	('author6.example', 'spf', 6960306983241456577, 'v=spf1 -all', 60, 1796058495724, 1796058495724),
	('author7.example', 'spf', 6960306983241456577, 'v=spf1 -all', 60, 1796058495725, 1796058495725);
INSERT INTO assay.fleet VALUES
	(1, 1, '\xf75a1a8fb9337d3edfe062fb28ac11a9', 0, 0);
INSERT INTO assay.host OVERRIDING SYSTEM VALUE VALUES
	(1, 'was', false);
INSERT INTO assay.message_20261130 VALUES
	('2026-11-30', 1, 1, 1796058495718, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 642144880, -744390088, 1584507772, 1272898849, -985102873, -1240448969, 819031526, 'old-0', 'old.0@mail.example', '192.0.2.0', '', '', '', '', 'bounce@Mailer.Example', 'mailer.example', '<Person0@Dom0.example> <Person1@Dom1.example> <Person2@Dom2.example> <Person3@Dom3.example> <Person4@Dom0.example> <Person5@Dom1.example> <Person6@Dom2.example> <Person7@Dom3.example> <Person8@Dom0.example>', 'dom0.example', '"Grüß e" <News0@author0.example>', 'author0.example', 'author0.example', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'pass', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'Shop', '', '', '', '', 'acme', 'OPS-7', '', '', '', '', '', '', '', '', '', '', '', ''),
	('2026-11-30', 1, 2, 1796058495719, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1584507772, 1809382643, -3225919, 1414343951, 0, 'old-1', 'old.1@mail.example', '192.0.2.1', '', '', '', '', '', '', '<Person1@Dom0.example> <Person2@Dom1.example>', 'Dom0.Example', '"Grüß e" <News1@author1.example>', 'author1.example', 'author1.example', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'fail', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'unknown', '', '', '', '', 'acme', '', 'dns-changed', '', '', '', '', '', '', '', '', '', '', ''),
	('2026-11-30', 1, 3, 1796058495720, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1584507772, -25751551, 1621393973, -430142633, -488198797, 'old-2', 'old.2@mail.example', '192.0.2.2', '', '', '', '', '', '', '<Person2@Dom0.example> <Person3@Dom1.example> <Person4@Dom2.example>', 'dom0.example', '"Grüß e" <News2@author2.example>', 'author2.example', 'author2.example', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'fail', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'unknown', '', '', '', '', 'acme', '', 'no-dkim', '', '', '', '', '', '', '', '', '', '', ''),
	('2026-11-30', 1, 4, 1796058495721, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 642144880, 0, 1584507772, 389127086, 187969154, 0, 0, 'old-3', 'old.3@mail.example', '192.0.2.3', '', '', '', '', '', '', '<Person3@Dom0.example>', 'Dom0.Example', '"Grüß e" <News3@author3.example>', 'author3.example', 'author3.example', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'pass', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'Shop', '', '', '', '', 'acme', '', '', '', '', '', '', '', '', '', '', '', '', ''),
	('2026-11-30', 1, 5, 1796058495722, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1584507772, 385643502, 1613305579, -1394399059, 0, 'old-4', 'old.4@mail.example', '192.0.2.4', '', '', '', '', '', '', '<Person4@Dom0.example> <Person5@Dom1.example>', 'dom0.example', '"Grüß e" <News4@author4.example>', 'author4.example', 'author4.example', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'fail', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'unknown', '', '', '', '', 'acme', '', 'dns-changed', '', '', '', '', '', '', '', '', '', '', ''),
	('2026-11-30', 1, 6, 1796058495723, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1584507772, 1272898849, -1615056996, 242295523, 736622851, 'old-5', 'old.5@mail.example', '192.0.2.5', '', '', '', '', 'bounce@Mailer.Example', 'mailer.example', '<Person5@Dom0.example> <Person6@Dom1.example> <Person7@Dom2.example>', 'Dom0.Example', '"Grüß e" <News5@author5.example>', 'author5.example', 'author5.example', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'fail', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'unknown', '', '', '', '', 'acme', '', 'no-dkim', '', '', '', '', '', '', '', '', '', '', ''),
	('2026-11-30', 1, 7, 1796058495724, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 642144880, 0, 1584507772, 314664842, 864533286, 0, 0, 'old-6', 'old.6@mail.example', '192.0.2.6', '', '', '', '', '', '', '<Person6@Dom0.example>', 'dom0.example', '"Grüß e" <News6@author6.example>', 'author6.example', 'author6.example', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'pass', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'Shop', '', '', '', '', 'acme', '', '', '', '', '', '', '', '', '', '', '', '', ''),
	('2026-11-30', 1, 8, 1796058495725, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1584507772, -1131983610, -524709243, 1402521374, 1884392205, 'old-7', 'old.7@mail.example', '192.0.2.7', '', '', '', '', '', '', '<Person7@Dom0.example> <Person8@Dom1.example> <Person9@Dom2.example> <Person10@Dom3.example> <Person11@Dom0.example> <Person12@Dom1.example> <Person13@Dom2.example> <Person14@Dom3.example> <Person15@Dom0.example>', 'Dom0.Example', '"Grüß e" <News7@author7.example>', 'author7.example', 'author7.example', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'fail', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 'unknown', '', '', '', '', 'acme', '', 'dns-changed', '', '', '', '', '', '', '', '', '', '', '');
INSERT INTO assay.message_key_20261130 VALUES
	('2026-11-30', 1, 1, 851953511),
	('2026-11-30', 1, 1, -1636236964),
	('2026-11-30', 1, 1, 1613305579),
	('2026-11-30', 1, 1, -1394399059),
	('2026-11-30', 1, 1, 1788403217),
	('2026-11-30', 1, 1, -1232068653),
	('2026-11-30', 1, 1, 1159617857),
	('2026-11-30', 1, 6, 1889884823),
	('2026-11-30', 1, 8, -684254207),
	('2026-11-30', 1, 8, -1209972262),
	('2026-11-30', 1, 8, 551809461),
	('2026-11-30', 1, 8, 930349283),
	('2026-11-30', 1, 8, -1283214714),
	('2026-11-30', 1, 8, 1489114913);
INSERT INTO assay.store OVERRIDING SYSTEM VALUE VALUES
	(1, 1, '3182dc37-74db-bb54-0636-39b50c7c8ef2', 0, 8, 1796058495725, 'old-7', 8, 1796058495725, 16, 8, 0, 0, 0, 19, '0.2.0', 1, '2026-11-30 17:08:15.791699+00', '2026-11-30 17:08:15.836329+00');
SELECT pg_catalog.setval('assay.host_host_seq', 1, true);
SELECT pg_catalog.setval('assay.store_store_seq', 1, true);
ALTER TABLE ONLY assay.dns_text
    ADD CONSTRAINT dns_text_pkey PRIMARY KEY (name, kind, hash);
ALTER TABLE ONLY assay.fleet
    ADD CONSTRAINT fleet_pkey PRIMARY KEY (one);
ALTER TABLE ONLY assay.host
    ADD CONSTRAINT host_name_key UNIQUE (name);
ALTER TABLE ONLY assay.host
    ADD CONSTRAINT host_pkey PRIMARY KEY (host);
ALTER TABLE ONLY assay.refused
    ADD CONSTRAINT refused_pkey PRIMARY KEY (store, id);
ALTER TABLE ONLY assay.store
    ADD CONSTRAINT store_pkey PRIMARY KEY (store);
ALTER TABLE ONLY assay.store
    ADD CONSTRAINT store_uuid_key UNIQUE (uuid);
CREATE INDEX message_20261130_a1_idx ON assay.message_20261130 USING brin (a1 int4_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261130_a2_idx ON assay.message_20261130 USING brin (a2 int4_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261130_a3_idx ON assay.message_20261130 USING brin (a3 int4_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261130_a4_idx ON assay.message_20261130 USING brin (a4 int4_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261130_author_domain_idx ON assay.message_20261130 USING brin (author_domain text_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261130_client_ip_idx ON assay.message_20261130 USING brin (client_ip text_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261130_k_rdom_idx ON assay.message_20261130 USING brin (k_rdom int4_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261130_k_source_idx ON assay.message_20261130 USING brin (k_source int4_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261130_k_ticket_idx ON assay.message_20261130 USING brin (k_ticket int4_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261130_mail_from_domain_idx ON assay.message_20261130 USING brin (mail_from_domain text_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261130_message_id_idx ON assay.message_20261130 USING brin (message_id text_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261130_org_domain_idx ON assay.message_20261130 USING brin (org_domain text_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261130_queue_id_idx ON assay.message_20261130 USING brin (queue_id text_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261130_ref_idx ON assay.message_20261130 USING brin (ref text_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE UNIQUE INDEX message_20261130_store_id_idx ON assay.message_20261130 USING btree (store, id);
CREATE INDEX message_20261130_time_ms_idx ON assay.message_20261130 USING brin (time_ms) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261201_a1_idx ON assay.message_20261201 USING brin (a1 int4_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261201_a2_idx ON assay.message_20261201 USING brin (a2 int4_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261201_a3_idx ON assay.message_20261201 USING brin (a3 int4_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261201_a4_idx ON assay.message_20261201 USING brin (a4 int4_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261201_author_domain_idx ON assay.message_20261201 USING brin (author_domain text_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261201_client_ip_idx ON assay.message_20261201 USING brin (client_ip text_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261201_k_rdom_idx ON assay.message_20261201 USING brin (k_rdom int4_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261201_k_source_idx ON assay.message_20261201 USING brin (k_source int4_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261201_k_ticket_idx ON assay.message_20261201 USING brin (k_ticket int4_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261201_mail_from_domain_idx ON assay.message_20261201 USING brin (mail_from_domain text_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261201_message_id_idx ON assay.message_20261201 USING brin (message_id text_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261201_org_domain_idx ON assay.message_20261201 USING brin (org_domain text_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261201_queue_id_idx ON assay.message_20261201 USING brin (queue_id text_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_20261201_ref_idx ON assay.message_20261201 USING brin (ref text_bloom_ops (n_distinct_per_range='300', false_positive_rate='0.0001')) WITH (pages_per_range='32', autosummarize='on');
CREATE UNIQUE INDEX message_20261201_store_id_idx ON assay.message_20261201 USING btree (store, id);
CREATE INDEX message_20261201_time_ms_idx ON assay.message_20261201 USING brin (time_ms) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX message_key_20261130_hash_idx ON assay.message_key_20261130 USING btree (hash);
CREATE INDEX message_key_20261201_hash_idx ON assay.message_key_20261201 USING btree (hash);
CREATE INDEX store_host ON assay.store USING btree (host);
ALTER TABLE ONLY assay.store
    ADD CONSTRAINT store_host_fkey FOREIGN KEY (host) REFERENCES assay.host(host);
GRANT USAGE ON SCHEMA assay TO assay_host;
GRANT USAGE ON SCHEMA assay TO assay_viewer;
REVOKE ALL ON FUNCTION assay.care() FROM PUBLIC;
GRANT ALL ON FUNCTION assay.care() TO assay_host;
REVOKE ALL ON FUNCTION assay.day_ready(d date) FROM PUBLIC;
GRANT ALL ON FUNCTION assay.day_ready(d date) TO assay_host;
GRANT SELECT,INSERT,UPDATE ON TABLE assay.dns_text TO assay_host;
GRANT SELECT ON TABLE assay.dns_text TO assay_viewer;
GRANT SELECT ON TABLE assay.fleet TO assay_host;
GRANT SELECT ON TABLE assay.fleet TO assay_viewer;
GRANT SELECT,INSERT ON TABLE assay.host TO assay_host;
GRANT SELECT ON TABLE assay.host TO assay_viewer;
GRANT SELECT ON TABLE assay.message TO assay_viewer;
GRANT SELECT(day) ON TABLE assay.message TO assay_host;
GRANT SELECT(store) ON TABLE assay.message TO assay_host;
GRANT SELECT(id) ON TABLE assay.message TO assay_host;
GRANT SELECT(time_ms) ON TABLE assay.message TO assay_host;
GRANT SELECT(queue_id) ON TABLE assay.message TO assay_host;
GRANT INSERT ON TABLE assay.message_20261130 TO assay_host;
GRANT INSERT ON TABLE assay.message_20261201 TO assay_host;
GRANT SELECT ON TABLE assay.message_key TO assay_viewer;
GRANT INSERT ON TABLE assay.message_key_20261130 TO assay_host;
GRANT INSERT ON TABLE assay.message_key_20261201 TO assay_host;
GRANT SELECT,INSERT ON TABLE assay.refused TO assay_host;
GRANT SELECT ON TABLE assay.refused TO assay_viewer;
GRANT SELECT,INSERT,UPDATE ON TABLE assay.store TO assay_host;
GRANT SELECT ON TABLE assay.store TO assay_viewer;
