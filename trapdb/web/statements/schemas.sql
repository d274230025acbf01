-- The schemas of pgSphere, and of what the login is shown.
select
    trap.sphere_schema(),
    current_schema();
