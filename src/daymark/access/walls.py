"""The second wall: the rule of `rules.knows` and `rules.opened` as row-level security.

Migrations build policies from these texts, so that one wording stands behind every table. The
helper functions run as the owner and see all rows, which keeps the policies free of recursion;
their results are scalar or hashed subqueries, computed once per statement (a correlated EXISTS
measured 12 to 23 times slower, `= ANY(array)` 48 times). They are in PL/pgSQL, which plans each
once a session: as plain SQL each was planned anew wherever a statement names it, a dozen times and
more, and that was half of what the database did for a page.
"""

from django.conf import settings

from daymark.access.terms import Compartment, Permission

_FUNCTIONS = {
    "access_member() RETURNS uuid": """
        SELECT m.id FROM agencies_member m
        WHERE m.id = nullif(current_setting('daymark.member_id', true), '')::uuid
          AND m.is_active
    """,
    "access_agency() RETURNS uuid": """
        SELECT m.agency_id FROM agencies_member m WHERE m.id = (SELECT access_member())
    """,
    "access_permissions() RETURNS SETOF text": """
        SELECT g.permission::text FROM access_grant g
        JOIN agencies_member m ON m.role = g.role WHERE m.id = (SELECT access_member())
    """,
    "access_desks() RETURNS SETOF uuid": """
        SELECT s.desk_id FROM agencies_seat s
        WHERE s.member_id = (SELECT access_member()) AND s.until IS NULL
    """,
    "access_blocked() RETURNS SETOF uuid": """
        SELECT b.dossier_id FROM access_block b
        WHERE b.member_id = (SELECT access_member()) AND b.ended_at IS NULL
    """,
    "access_named_in() RETURNS SETOF uuid": """
        SELECT n.dossier_id FROM access_named n
        WHERE n.member_id = (SELECT access_member()) AND n.ended_at IS NULL
    """,
    "access_glass_open() RETURNS SETOF uuid": """
        SELECT g.dossier_id FROM access_glass g
        WHERE g.member_id = (SELECT access_member()) AND g.until > now()
    """,
    "access_shared() RETURNS SETOF uuid": """
        SELECT s.dossier_id FROM access_share s
        WHERE (s.agency_id = (SELECT access_agency()) OR s.member_id = (SELECT access_member()))
          AND s.ended_at IS NULL AND s.until > now()
    """,
    "access_shared_in(compartment text) RETURNS SETOF uuid": """
        SELECT s.dossier_id FROM access_share s
        WHERE (s.agency_id = (SELECT access_agency()) OR s.member_id = (SELECT access_member()))
          AND s.ended_at IS NULL AND s.until > now()
          AND access_shared_in.compartment = ANY (s.compartments)
    """,
}


def functions() -> str:
    """Who is asking, and what ties them to which dossiers."""
    return "\n".join(
        f"CREATE OR REPLACE FUNCTION {signature} LANGUAGE plpgsql STABLE SECURITY DEFINER "
        f"SET search_path = public, pg_temp AS $$BEGIN {_answer(signature, body)}; END$$;\n"
        f"REVOKE ALL ON FUNCTION {name(signature)} FROM PUBLIC;\n"
        f"GRANT EXECUTE ON FUNCTION {name(signature)} TO daymark_partner, daymark_worker;"
        for signature, body in _FUNCTIONS.items()
    )


def _answer(signature: str, query: str) -> str:
    return f"RETURN QUERY {query}" if " SETOF " in signature else f"RETURN ({query})"


def drop_functions() -> str:
    return "\n".join(f"DROP FUNCTION {name(signature)};" for signature in reversed(_FUNCTIONS))


def name(signature: str) -> str:
    """`f(a text) RETURNS x` as `f(text)`, the way GRANT and DROP want it."""
    call = signature.split(" RETURNS ")[0]
    function, arguments = call.rstrip(")").split("(")
    return f"{function}({', '.join(part.split()[-1] for part in arguments.split(',') if part)})"


def holds(permission: Permission) -> str:
    return f"'{permission}' IN (SELECT access_permissions())"


def day(moment: str = "now()") -> str:
    """The day of a moment where the partnership is, as `timezone.localdate` tells it."""
    return f"({moment} AT TIME ZONE '{settings.TIME_ZONE}')::date"


KNOWN = """(
    'READ_' || kind IN (SELECT access_permissions())
    AND id NOT IN (SELECT access_blocked())
    AND CASE WHEN restricted_at IS NULL
        THEN desk_id IN (SELECT access_desks())
          OR id IN (SELECT access_shared())
          OR id IN (SELECT access_glass_open())
        ELSE id IN (SELECT access_named_in())
    END
)"""
"""True for a row of access_dossier that the member knows."""

MINE = "desk_id IN (SELECT access_desks())"
"""True for a dossier held by a desk the member sits at; use it inside KNOWN."""


def known(column: str = "dossier_id") -> str:
    """The record's dossier is known to the member; access_dossier's own policy narrows it."""
    return f"{column} IN (SELECT id FROM access_dossier)"


def opened(compartment: Compartment, column: str = "dossier_id") -> str:
    """The record's dossier is known and this compartment of it is open to the member."""
    return f"""(
        {column} IN (
            SELECT id FROM access_dossier
            WHERE restricted_at IS NOT NULL OR {MINE} OR id IN (SELECT access_glass_open())
        )
        OR (
            {known(column)}
            AND {column} IN (SELECT access_shared_in('{compartment}'))
        )
    )"""


def held(permission: Permission, column: str = "dossier_id") -> str:
    """The record's dossier is known, lies at the member's desk, and the role may act on it."""
    return f"({holds(permission)} AND {column} IN (SELECT id FROM access_dossier WHERE {MINE}))"


def policy(
    table: str, verb: str, *, using: str = "", check: str = "", role: str = "partner"
) -> str:
    """One policy, named for what it does, e.g. `partner_select`."""
    clauses = (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")
    return f"CREATE POLICY {role}_{verb.lower()} ON {table} FOR {verb} TO daymark_{role}{clauses};"


def protect(table: str, *policies: str) -> str:
    """Row-level security on a table, with the worker (which serves no pages) let through."""
    return "\n".join(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;",
            *policies,
            policy(table, "ALL", using="true", check="true", role="worker"),
        ]
    )


def unprotect(policies: str) -> str:
    """Undo `POLICIES`: drop each policy, then switch row-level security off."""
    lines = [line.split() for line in policies.splitlines()]
    drops = [f"DROP POLICY {words[2]} ON {words[4]};" for words in lines if words[:1] == ["CREATE"]]
    tables = [words[2] for words in lines if words[:1] == ["ALTER"]]
    return "\n".join(
        drops + [f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;" for table in tables]
    )
