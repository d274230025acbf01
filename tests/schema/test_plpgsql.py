"""plpgsql_check finds nothing to say about any routine.

It looks at the routines one by one: the tables that one stage leaves for the next have to be there.
It cannot look into dynamic SQL, which the house rules confine to partitions: of these routines its
guesses about safety and volatility are left out.
"""

import pytest

OPTIONS = """
    other_warnings => true, performance_warnings => true, extra_warnings => true,
    security_warnings => true, compatibility_warnings => true
"""


def test_every_routine_is_clean(db):
    if not db.execute("select 1 from pg_extension where extname = 'plpgsql_check'").fetchone():
        pytest.skip("the extension plpgsql_check is not installed: make setup")
    with db.transaction():
        db.execute("select trap.create_stage_tables(), trap.create_happening_table()")
        db.execute("select trap.begin_skymap('a', 'b', 'c', null, null, null, null, null, null)")
        findings = db.execute(rf"""
            select pg_proc.oid::regproc::text, lineno, level, message, detail, hint
            from pg_proc
            join pg_language on pg_language.oid = prolang and lanname = 'plpgsql'
            cross join lateral plpgsql_check_function_tb(pg_proc.oid, {OPTIONS})
            where pronamespace::regnamespace::text in ('trap', 'tap_schema', 'ivoa')
            and not (prosrc ~ '\mexecute\M' and (level = 'security' or message ~ 'VOLATILE'))
        """).fetchall()
    assert not findings, "\n".join(map(str, findings))
