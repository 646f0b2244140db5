"""The chain is extended by the database, and nobody rewrites it."""

from django.db import migrations

# Byte for byte what daymark.audit.rules.encode writes.
ENCODING = """
CREATE FUNCTION audit_bytes(value bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(int4send(octet_length(value)) || value, int4send(-1))
$$;

CREATE FUNCTION audit_moment(value timestamptz) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT int8send((extract(epoch FROM value) * 1000000)::bigint)
$$;

CREATE FUNCTION audit_encoding(e audit_entry) RETURNS bytea
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN public.audit_bytes(convert_to('daymark.audit.entry.1', 'UTF8'))
        || public.audit_bytes(uuid_send(e.id))
        || public.audit_bytes(uuid_send(e.chain))
        || public.audit_bytes(int8send(e.seq))
        || public.audit_bytes(convert_to(e.verb, 'UTF8'))
        || public.audit_bytes(public.audit_moment(e.at))
        || public.audit_bytes(public.audit_moment(e.recorded_at))
        || public.audit_bytes(uuid_send(e.actor))
        || public.audit_bytes(uuid_send(e.agency))
        || public.audit_bytes(uuid_send(e.dossier))
        || public.audit_bytes(convert_to(e.object_type, 'UTF8'))
        || public.audit_bytes(uuid_send(e.object_id))
        || public.audit_bytes(convert_to(e.purpose, 'UTF8'))
        || public.audit_bytes(convert_to(e.details, 'UTF8'))
        || public.audit_bytes(e.prev_hash);
END $$;

REVOKE ALL ON FUNCTION
    audit_bytes(bytea), audit_moment(timestamptz), audit_encoding(audit_entry) FROM PUBLIC;
"""

ENCODING_GONE = """
DROP FUNCTION audit_encoding(audit_entry);
DROP FUNCTION audit_moment(timestamptz);
DROP FUNCTION audit_bytes(bytea);
"""

# The head is locked until the transaction ends, so a chain has one writer and no gaps. It is
# written once per statement: ten thousand updates of one row in one transaction are quadratic.
# An entry that names nobody may be a reporter's, so its moment is an hour; a chain's moments
# never run backwards, whatever the server's clock does.
CHAINING = """
CREATE FUNCTION audit_chain() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head public.audit_head;
    moment timestamptz;
BEGIN
    SELECT * INTO head FROM public.audit_head WHERE chain = NEW.chain FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO public.audit_head (chain, seq, hash, recorded_at, linked)
        VALUES (NEW.chain, 0, decode(repeat('00', 32), 'hex'), to_timestamp(0), 0)
        ON CONFLICT (chain) DO NOTHING;
        SELECT * INTO STRICT head FROM public.audit_head WHERE chain = NEW.chain FOR UPDATE;
    END IF;
    SELECT e.seq, e.hash, e.recorded_at INTO NEW.seq, NEW.prev_hash, NEW.recorded_at
    FROM public.audit_entry e
    WHERE e.chain = NEW.chain AND e.seq > head.seq
    ORDER BY e.seq DESC LIMIT 1;
    IF NOT FOUND THEN
        NEW.seq := head.seq;
        NEW.prev_hash := head.hash;
        NEW.recorded_at := head.recorded_at;
    END IF;
    moment := clock_timestamp();
    IF NEW.actor IS NULL THEN
        moment := date_trunc('hour', moment, 'UTC');
    END IF;
    NEW.seq := NEW.seq + 1;
    NEW.recorded_at := greatest(NEW.recorded_at, moment);
    NEW.hash := sha256(public.audit_encoding(NEW));
    RETURN NEW;
END $$;

CREATE FUNCTION audit_advance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.audit_head h SET seq = n.seq, hash = n.hash, recorded_at = n.recorded_at
    FROM (SELECT DISTINCT ON (chain) chain, seq, hash, recorded_at
          FROM written ORDER BY chain, seq DESC) n
    WHERE h.chain = n.chain;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION audit_chain(), audit_advance() FROM PUBLIC;

CREATE TRIGGER audit_chain BEFORE INSERT ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_chain();
CREATE TRIGGER audit_advance AFTER INSERT ON audit_entry
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_advance();
"""

CHAINING_GONE = """
DROP TRIGGER audit_advance ON audit_entry;
DROP TRIGGER audit_chain ON audit_entry;
DROP FUNCTION audit_advance();
DROP FUNCTION audit_chain();
"""

# Grants stop the serving roles; the trigger stops the owner too. Only the head moves.
APPEND_ONLY = """
CREATE FUNCTION audit_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
REVOKE ALL ON FUNCTION audit_refuse() FROM PUBLIC;

CREATE TRIGGER audit_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_link
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_refuse BEFORE DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
"""

APPEND_ONLY_GONE = """
DROP TRIGGER audit_refuse ON audit_head;
DROP TRIGGER audit_refuse ON audit_link;
DROP TRIGGER audit_refuse ON audit_entry;
DROP FUNCTION audit_refuse();
"""

# Grants by column: seq, recorded_at and the hashes cannot even be named by a serving role.
GRANTS = """
GRANT INSERT (id, chain, verb, at, actor, agency, dossier, object_type, object_id, purpose,
              details)
    ON audit_entry TO daymark_partner, daymark_public, daymark_worker;
GRANT SELECT ON audit_entry TO daymark_partner, daymark_worker;
GRANT SELECT, UPDATE (linked) ON audit_head TO daymark_worker;
GRANT SELECT, INSERT ON audit_link TO daymark_worker;

ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY entry_names_its_member ON audit_entry FOR INSERT TO daymark_partner
    WITH CHECK (actor IS NOT DISTINCT FROM
                (SELECT nullif(current_setting('daymark.member_id', true), '')::uuid));
CREATE POLICY entry_names_nobody ON audit_entry FOR INSERT TO daymark_public
    WITH CHECK (actor IS NULL AND agency IS NULL);
CREATE POLICY entry_of_the_worker ON audit_entry FOR INSERT TO daymark_worker
    WITH CHECK (actor IS NULL);
CREATE POLICY entry_read_by_the_worker ON audit_entry FOR SELECT TO daymark_worker
    USING (true);
"""

GRANTS_GONE = """
DROP POLICY entry_read_by_the_worker ON audit_entry;
DROP POLICY entry_of_the_worker ON audit_entry;
DROP POLICY entry_names_nobody ON audit_entry;
DROP POLICY entry_names_its_member ON audit_entry;
ALTER TABLE audit_entry DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON audit_link, audit_head FROM daymark_worker;
REVOKE ALL ON audit_entry FROM daymark_partner, daymark_public, daymark_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_first")]

    operations = [
        migrations.RunSQL(ENCODING, ENCODING_GONE),
        migrations.RunSQL(CHAINING, CHAINING_GONE),
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_GONE),
        migrations.RunSQL(GRANTS, GRANTS_GONE),
    ]
