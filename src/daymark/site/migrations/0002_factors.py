"""Signing in marks a second factor as used and changes nothing else of it.

It happens before there is a member to name, so the row policy cannot ask who; what may change
is the answer instead. A used recovery code never becomes fresh again.
"""

from django.db import migrations

KEPT = """
CREATE OR REPLACE FUNCTION site_guard_authenticator() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    me uuid := nullif(current_setting('daymark.member_id', true), '')::uuid;
    used bigint := coalesce((OLD.data ->> 'used_mask')::bigint, 0);
BEGIN
    IF (NEW.user_id, NEW.type) IS DISTINCT FROM (OLD.user_id, OLD.type) THEN
        RAISE insufficient_privilege USING MESSAGE = 'a second factor stays its owner''s';
    END IF;
    IF current_user = 'daymark_partner' THEN
        IF NEW.user_id IS DISTINCT FROM me
           AND (NEW.data - 'used_mask') IS DISTINCT FROM (OLD.data - 'used_mask') THEN
            RAISE insufficient_privilege USING MESSAGE = 'a secret is changed by its owner alone';
        END IF;
        IF coalesce((NEW.data ->> 'used_mask')::bigint, 0) & used <> used THEN
            RAISE insufficient_privilege USING MESSAGE = 'a used code stays used';
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""

AS_BEFORE = """
CREATE OR REPLACE FUNCTION site_guard_authenticator() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.user_id, NEW.type) IS DISTINCT FROM (OLD.user_id, OLD.type) THEN
        RAISE insufficient_privilege USING MESSAGE = 'a second factor stays its owner''s';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("site", "0001_walls")]

    operations = [migrations.RunSQL(KEPT, AS_BEFORE)]
