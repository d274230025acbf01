select trap.sphere_schema();
