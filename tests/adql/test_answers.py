"""Queries in ADQL, beside SQL for the same that was written by hand: the rows are equal."""

import math
from decimal import Decimal

import pytest

# pairs of queries; rows are compared in order where the first has ORDER BY, else sorted
PAIRS = {
    "all columns": (
        "SELECT * FROM running_catalogue WHERE dataset = 'pole'",
        "select * from trap.running_catalogue where dataset = 'pole'",
    ),
    "schema, aliases, upper and lower case, comments": (
        'SELECT T.Source_Id AS "Id", t.RA r -- a comment\nFROM trap.RUNNING_catalogue AS t',
        "select source_id, ra from trap.running_catalogue",
    ),
    "delimited names": (
        'SELECT "running_catalogue"."dec" FROM "trap"."running_catalogue" ORDER BY "dec"',
        "select dec from trap.running_catalogue order by dec",
    ),
    "names that are words of SQL": (
        'SELECT t.kind AS "select", t.association AS size, t.freq_eff AS "group"'
        " FROM lightcurve AS t WHERE t.kind = 'blind' ORDER BY t.measurement_id",
        "select kind, association, freq_eff from trap.lightcurve where kind = 'blind'"
        " order by measurement_id",
    ),
    "distinct": (
        "SELECT DISTINCT dataset, stokes FROM variability",
        "select distinct dataset, stokes from trap.variability",
    ),
    "top and offset": (
        "SELECT TOP 7 source_id, ra FROM running_catalogue ORDER BY ra DESC, 1 OFFSET 5",
        "select source_id, ra from trap.running_catalogue order by ra desc, source_id"
        " limit 7 offset 5",
    ),
    "distinct top": (
        "SELECT DISTINCT TOP 2 n_blind FROM running_catalogue ORDER BY n_blind",
        "select distinct n_blind from trap.running_catalogue order by n_blind limit 2",
    ),
    "order by an expression, by an alias, and unknown ones as PostgreSQL has them": (
        "SELECT source_id, -n AS less, NULL AS nothing FROM variability ORDER BY less, n*2, 1",
        "select source_id, -n, null from trap.variability order by -n, n * 2, source_id",
    ),
    "cone, 1 =": (
        "SELECT source_id FROM running_catalogue"
        " WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 359.9, 0.1, 0.8))",
        "select source_id from trap.running_catalogue where degrees("
        "spoint(radians(ra), radians(dec)) <-> spoint(radians(359.9), radians(0.1))) <= 0.8",
    ),
    "cone, = 1, of a point, at the pole": (
        "SELECT source_id FROM running_catalogue WHERE"
        " CONTAINS(POINT(ra, dec), CIRCLE(POINT(200, 89.8), 1)) = 1 AND dataset = 'pole'",
        "select source_id from trap.cone('pole', 200, 89.8, 1)",
    ),
    "the place in a cone about each source": (
        "SELECT source_id FROM running_catalogue WHERE"
        " 1 = CONTAINS(POINT(0, 0), CIRCLE(ra, dec, 0.8))",
        "select source_id from trap.running_catalogue where degrees("
        "spoint(radians(ra), radians(dec)) <-> spoint(0, 0)) <= 0.8",
    ),
    "outside of a cone": (
        "SELECT source_id FROM running_catalogue WHERE"
        " 0 = CONTAINS(POINT(ra, dec), CIRCLE(0, 0, 1.5)) AND dataset = 'off'",
        "select source_id from trap.running_catalogue where dataset = 'off' and degrees("
        "spoint(radians(ra), radians(dec)) <-> spoint(0, 0)) > 1.5",
    ),
    "not in a cone, and a comparison with 1 that is none of these": (
        "SELECT source_id FROM running_catalogue WHERE"
        " NOT CONTAINS(POINT(ra, dec), CIRCLE(0, 0, 1.5)) = 1"
        " AND CONTAINS(POINT(ra, dec), CIRCLE(0, 0, 1.7)) >= 1 AND dataset = 'off'",
        "select source_id from trap.running_catalogue where dataset = 'off' and degrees("
        "spoint(radians(ra), radians(dec)) <-> spoint(0, 0)) between 1.5 and 1.7",
    ),
    "a cone of more than half of the sky": (
        "SELECT dataset, COUNT(*) AS n FROM running_catalogue"
        " WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(180, 0, 178.5)) GROUP BY dataset",
        "select dataset, count(*) from trap.running_catalogue where degrees("
        "spoint(radians(ra), radians(dec)) <-> spoint(pi(), 0)) <= 178.5 group by dataset",
    ),
    "what CONTAINS gives": (
        "SELECT source_id, CONTAINS(POINT(ra, dec), CIRCLE(0, 0, 1)) AS inside"
        " FROM running_catalogue WHERE dataset = 'off'",
        "select source_id, (degrees(spoint(radians(ra), radians(dec)) <-> spoint(0, 0)) <= 1)::int"
        " from trap.running_catalogue where dataset = 'off'",
    ),
    "distance of coordinates": (
        "SELECT source_id, DISTANCE(ra, dec, 1, 1) AS d FROM running_catalogue"
        " WHERE DISTANCE(ra, dec, 1, 1) < 30/60. ORDER BY d",
        "select source_id, degrees(pos <-> spoint(radians(1), radians(1))) from ("
        "select source_id, spoint(radians(ra), radians(dec)) as pos from trap.running_catalogue"
        ") as s where degrees(pos <-> spoint(radians(1), radians(1))) < 0.5 order by 2",
    ),
    "distance of points, larger first, and between": (
        "SELECT source_id FROM running_catalogue WHERE 0.5 >= DISTANCE(POINT(1, 1), POINT(ra, dec))"
        " AND DISTANCE(POINT(ra, dec), POINT(1, 1)) BETWEEN 0.2 AND 0.4",
        "select source_id from trap.running_catalogue where degrees("
        "spoint(radians(ra), radians(dec)) <-> spoint(radians(1), radians(1))) between 0.2 and 0.4",
    ),
    "polygon": (
        "SELECT source_id FROM running_catalogue WHERE 1 = CONTAINS(POINT(ra, dec),"
        " POLYGON(359, -1, 1, -1.5, 1.2, 0, 0, 1.4))",
        "select source_id from trap.running_catalogue where spoint(radians(ra), radians(dec))"
        " <@ '{(359d,-1d),(1d,-1.5d),(1.2d,0d),(0d,1.4d)}'::spoly",
    ),
    "polygon of points, in the other sense, around the pole": (
        "SELECT source_id FROM running_catalogue WHERE INTERSECTS(POINT(ra, dec), POLYGON("
        "POINT(0, 88), POINT(270, 88), POINT(180, 88), POINT(90, 88))) = 1",
        "select source_id from trap.running_catalogue where spoint(radians(ra), radians(dec))"
        " <@ '{(0d,88d),(90d,88d),(180d,88d),(270d,88d)}'::spoly",
    ),
    "polygon of columns": (
        "SELECT source_id FROM running_catalogue AS s WHERE dataset = 'off' AND 1 = CONTAINS("
        "POINT(0, 0), POLYGON(s.ra, s.dec, s.ra + 2, s.dec, s.ra + 1, s.dec + 2))",
        "select source_id from trap.running_catalogue where dataset = 'off' and spoint(0, 0)"
        " <@ ('{(' || ra || 'd,' || dec || 'd),(' || ra + 2 || 'd,' || dec || 'd),('"
        " || ra + 1 || 'd,' || dec + 2 || 'd)}')::spoly",
    ),
    "box with sides of great circles": (
        "SELECT source_id FROM running_catalogue WHERE dataset = 'pole'"
        " AND 1 = CONTAINS(POINT(ra, dec), BOX(45, 89, 2, 1))",
        # in the gnomonic projection about the centre, a rectangle
        "select source_id from (select *, radians(ra - 45) as a, radians(dec) as d,"
        " radians(89) as e from trap.running_catalogue where dataset = 'pole') as s where"
        " abs(cos(d) * sin(a) / (sin(e) * sin(d) + cos(e) * cos(d) * cos(a))) <= tan(radians(1))"
        " and abs((cos(e) * sin(d) - sin(e) * cos(d) * cos(a))"
        " / (sin(e) * sin(d) + cos(e) * cos(d) * cos(a))) <= tan(radians(0.5))"
        " and sin(e) * sin(d) + cos(e) * cos(d) * cos(a) > 0",
    ),
    "box about columns": (
        "SELECT source_id FROM running_catalogue WHERE dataset = 'pole'"
        " AND 1 = CONTAINS(POINT(45, 89), BOX(ra, dec, 2, 1))",
        "select source_id from (select *, radians(45 - ra) as a, radians(89) as d,"
        " radians(dec) as e from trap.running_catalogue where dataset = 'pole') as s where"
        " abs(cos(d) * sin(a) / (sin(e) * sin(d) + cos(e) * cos(d) * cos(a))) <= tan(radians(1))"
        " and abs((cos(e) * sin(d) - sin(e) * cos(d) * cos(a))"
        " / (sin(e) * sin(d) + cos(e) * cos(d) * cos(a))) <= tan(radians(0.5))"
        " and sin(e) * sin(d) + cos(e) * cos(d) * cos(a) > 0",
    ),
    "circles and polygons among themselves": (
        "SELECT source_id, INTERSECTS(CIRCLE(ra, dec, 0.2), CIRCLE(0, 0, 1)) AS a,"
        " CONTAINS(CIRCLE(ra, dec, 0.2), CIRCLE(0, 0, 1)) AS b,"
        " INTERSECTS(CIRCLE(ra, dec, 0.2), POLYGON(359, -1, 1, -1, 1, 1, 359, 1)) AS c,"
        " CONTAINS(CIRCLE(ra, dec, 0.2), POLYGON(359, -1, 1, -1, 1, 1, 359, 1)) AS d,"
        " CONTAINS(POLYGON(0, 0, 1, 0, 0, 1), CIRCLE(ra, dec, 2)) AS e,"
        " CONTAINS(POLYGON(0, 0, 1, 0, 0, 1), POLYGON(359, -1, 2, -1, 0, 3)) AS f,"
        " INTERSECTS(POLYGON(0, 0, 1, 0, 0, 1), POLYGON(0.5, -1, 2, -1, 0, 3)) AS g"
        " FROM running_catalogue WHERE dataset = 'meridian'",
        "select source_id, (c && '<(0d,0d),1d>'::scircle)::int,"
        " (c <@ '<(0d,0d),1d>'::scircle)::int,"
        " (c && p)::int, (c <@ p)::int,"
        " (t <@ scircle(pos, radians(2)))::int, 1, 1 from (select source_id,"
        " scircle(spoint(radians(ra), radians(dec)), radians(0.2)) as c,"
        " spoint(radians(ra), radians(dec)) as pos,"
        " '{(359d,-1d),(1d,-1d),(1d,1d),(359d,1d)}'::spoly as p,"
        " '{(0d,0d),(1d,0d),(0d,1d)}'::spoly as t"
        " from trap.running_catalogue where dataset = 'meridian') as s",
    ),
    "what geometries are": (
        "SELECT TOP 1 COORD1(POINT(25, -19.5)) AS a, COORD2(POINT(25, -19.5)) AS b,"
        " COORDSYS(POINT(25, -19.5)) AS c, AREA(CIRCLE(1, 2, 90)) AS d, AREA(POINT(1, 2)) AS e,"
        " AREA(POLYGON(0, 0, 90, 0, 0, 90)) AS f,"
        " COORD1(CENTROID(POLYGON(0, 0, 90, 0, 0, 90))) AS g,"
        " COORD2(CENTROID(POLYGON(0, 0, 90, 0, 0, 90))) AS h, POINT(1, 2) AS i,"
        " CIRCLE(1, 2, 3) AS j,"
        " POLYGON(1, 2, 3, 4, 5, 7) AS k, COORD1(CENTROID(CIRCLE(7, 8, 9))) AS l"
        " FROM dataset",
        "select 25.0, -19.5, 'ICRS', 129600 / pi() / 2, 0, 129600 / pi() / 8, 45.0,"
        " degrees(atan(1 / sqrt(2))), array[1, 2], array[1, 2, 3], array[1, 2, 3, 4, 5, 7], 7.0",
    ),
    "cross-match of two data sets": (
        "SELECT a.source_id AS one, b.source_id AS other FROM running_catalogue AS a"
        " JOIN running_catalogue AS b ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 10/3600."
        " WHERE a.dataset = 'meridian' AND b.dataset = 'off'",
        "select a.source_id, b.source_id from trap.running_catalogue as a"
        " inner join trap.running_catalogue as b on degrees(spoint(radians(a.ra), radians(a.dec))"
        " <-> spoint(radians(b.ra), radians(b.dec))) < 10 / 3600.0"
        " where a.dataset = 'meridian' and b.dataset = 'off'",
    ),
    "cross-match by CONTAINS in WHERE, with a catalogue": (
        "SELECT r.designation, s.source_id FROM reference_source AS r, running_catalogue AS s"
        " WHERE 1 = CONTAINS(POINT(r.ra, r.dec), CIRCLE(s.ra, s.dec, 0.002))",
        "select r.designation, s.source_id from trap.reference_source as r,"
        " trap.running_catalogue as s where degrees(spoint(radians(r.ra), radians(r.dec))"
        " <-> spoint(radians(s.ra), radians(s.dec))) <= 0.002",
    ),
    "sources without a counterpart": (
        "SELECT s.source_id FROM running_catalogue AS s LEFT OUTER JOIN reference_source AS r"
        " ON DISTANCE(POINT(s.ra, s.dec), POINT(r.ra, r.dec)) < 0.003"
        " WHERE r.reference_id IS NULL AND s.dataset = 'meridian'",
        "select source_id from trap.running_catalogue as s where dataset = 'meridian'"
        " and not exists (select from trap.reference_source as r where degrees("
        "spoint(radians(r.ra), radians(r.dec)) <-> spoint(radians(s.ra), radians(s.dec))) < 0.003)",
    ),
    "join with ON": (
        "SELECT s.name, v.band_id, v.eta_int FROM running_catalogue AS s INNER JOIN variability v"
        " ON s.source_id = v.source_id WHERE s.dataset = 'off' AND v.n > 2",
        "select s.name, v.band_id, v.eta_int from trap.running_catalogue as s"
        " inner join trap.variability as v using (source_id) where s.dataset = 'off' and v.n > 2",
    ),
    "join with USING": (
        "SELECT source_id, s.ra, eta_int, dataset FROM running_catalogue s"
        " JOIN variability USING (dataset, source_id) WHERE dataset = 'off'",
        "select source_id, s.ra, eta_int, dataset from trap.running_catalogue as s"
        " inner join trap.variability using (dataset, source_id) where dataset = 'off'",
    ),
    "natural join, and all its columns": (
        "SELECT * FROM (SELECT source_id, ra FROM running_catalogue WHERE dataset = 'pole') AS a"
        " NATURAL JOIN (SELECT source_id, dec FROM running_catalogue) AS b",
        "select source_id, ra, dec from trap.running_catalogue where dataset = 'pole'",
    ),
    "full join by name": (
        "SELECT * FROM (SELECT reference_id, ra FROM reference_source WHERE reference_id < 5) AS a"
        " FULL OUTER JOIN (SELECT reference_id, dec FROM reference_source"
        " WHERE reference_id BETWEEN 3 AND 7) AS b USING (reference_id)",
        "select reference_id, case when reference_id < 5 then ra end,"
        " case when reference_id > 2 then dec end from trap.reference_source"
        " where reference_id <= 7",
    ),
    "right join, and joins in parentheses": (
        "SELECT a.reference_id, b.reference_id AS other, c.reference_id AS third"
        " FROM reference_source AS a RIGHT JOIN (reference_source AS b CROSS JOIN"
        " (SELECT reference_id FROM reference_source WHERE reference_id < 3) AS c)"
        " ON a.reference_id = b.reference_id AND a.reference_id > 98",
        "select case when b.reference_id > 98 then b.reference_id end, b.reference_id,"
        " c.reference_id from trap.reference_source as b, trap.reference_source as c"
        " where c.reference_id < 3",
    ),
    "grouping": (
        "SELECT dataset, COUNT(*) AS n, AVG(n_blind) AS mean, MIN(ra) AS low, MAX(name) AS last,"
        " SUM(n_blind) AS total, COUNT(DISTINCT n_blind) AS kinds, SUM(source_id) AS ids"
        " FROM running_catalogue GROUP BY dataset HAVING COUNT(*) > 1 ORDER BY dataset",
        "select dataset, count(*), avg(n_blind)::float8, min(ra), max(name), sum(n_blind),"
        " count(distinct n_blind), sum(source_id)::bigint from trap.running_catalogue"
        " group by dataset order by dataset",
    ),
    "grouping by expressions, aliases and numbers": (
        "SELECT FLOOR(dec) AS zone, MOD(n_blind, 2) AS odd, dataset, COUNT(ra) AS n,"
        " FLOOR(dec) + 1 AS next FROM running_catalogue GROUP BY zone, 2, dataset",
        "select floor(dec), mod(n_blind, 2), dataset, count(*), floor(dec) + 1"
        " from trap.running_catalogue group by 1, 2, 3, 5",
    ),
    "real and bigint are added up with room": (
        "SELECT SUM(f) AS a, AVG(f) AS b, MAX(f) AS c FROM"
        " (SELECT CAST(ra AS REAL) AS f FROM running_catalogue) AS s",
        "select sum(ra::real::float8), avg(ra::real::float8), max(ra::real)"
        " from trap.running_catalogue",
    ),
    "an aggregate of no rows": (
        "SELECT COUNT(*) AS n, MAX(ra) AS most FROM running_catalogue WHERE dataset = 'nowhere'",
        "select 0, null",
    ),
    "union, with what is the same once": (
        "SELECT n_blind AS n FROM running_catalogue UNION SELECT n FROM variability ORDER BY n",
        "select distinct n from (select n_blind as n from trap.running_catalogue union all"
        " select n from trap.variability) as b order by n",
    ),
    "top binds to its own operand": (
        "SELECT TOP 2 reference_id FROM reference_source WHERE reference_id < 3"
        " UNION ALL (SELECT TOP 3 reference_id FROM reference_source ORDER BY reference_id DESC)"
        " ORDER BY reference_id DESC OFFSET 1",
        "values (99), (98), (2), (1)",
    ),
    "intersect binds tighter than union": (
        "SELECT reference_id FROM reference_source WHERE reference_id = 1 UNION"
        " SELECT reference_id FROM reference_source INTERSECT"
        " SELECT reference_id FROM reference_source WHERE reference_id > 98",
        "values (1), (99), (100)",
    ),
    "except": (
        "SELECT reference_id, 'a' AS what FROM reference_source EXCEPT"
        " SELECT reference_id, 'a' FROM reference_source WHERE reference_id > 2",
        "values (1, 'a'), (2, 'a')",
    ),
    "with": (
        "WITH near AS (SELECT source_id, ra, dec FROM running_catalogue WHERE dataset = 'off'),"
        " nearer AS (SELECT * FROM near WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(0, 0, 1)))"
        " SELECT n.source_id, v.eta_int FROM nearer AS n JOIN variability AS v USING (source_id)",
        "select source_id, eta_int from trap.cone('off', 0, 0, 1)"
        " inner join trap.variability using (source_id)",
    ),
    "a query in FROM": (
        "SELECT s.source_id FROM (SELECT source_id, ra AS a, dec AS d FROM running_catalogue"
        " WHERE n_blind > 2) AS s WHERE DISTANCE(s.a, s.d, 0, 0) <= 1",
        "select source_id from trap.running_catalogue where n_blind > 2 and degrees("
        "spoint(radians(ra), radians(dec)) <-> spoint(0, 0)) <= 1",
    ),
    "in, exists, and a query as a value": (
        "SELECT source_id FROM running_catalogue AS s WHERE source_id IN"
        " (SELECT source_id FROM variability WHERE n = 3) AND EXISTS (SELECT * FROM lightcurve AS l"
        " WHERE l.source_id = s.source_id AND l.int_flux > 0.01)"
        " AND ra > (SELECT AVG(ra) FROM running_catalogue) AND n_blind NOT IN (1, 2)",
        "select s.source_id from trap.running_catalogue as s where n_blind > 2 and ra > (select"
        " avg(ra) from trap.running_catalogue) and source_id = any(array(select source_id from"
        " trap.variability where n = 3)) and source_id = any(array(select source_id"
        " from trap.lightcurve where int_flux > 0.01))",
    ),
    "one of each": (
        "SELECT s.dataset FROM running_catalogue AS s WHERE s.ra = (SELECT MAX(t.ra)"
        " FROM running_catalogue AS t WHERE t.dataset = s.dataset)",
        "select dataset from trap.running_catalogue group by dataset",
    ),
    "a cone about groups": (
        "SELECT ra, dec, COUNT(*) AS n FROM running_catalogue WHERE dataset = 'off'"
        " GROUP BY dataset, ra, dec HAVING 1 = CONTAINS(POINT(ra, dec), CIRCLE(0, 0, 1))"
        " AND dataset = 'off'",
        "select ra, dec, 1 from trap.cone('off', 0, 0, 1)",
    ),
    "conditions within aggregate functions": (
        "SELECT source_id, SUM(CASE WHEN dataset = 'off' THEN 1 ELSE 0 END) AS n, MAX(CONTAINS("
        "POINT(ra, dec), CIRCLE(0, 0, 1))) AS m FROM running_catalogue GROUP BY source_id",
        "select source_id, (dataset = 'off')::int, (degrees(spoint(radians(ra), radians(dec))"
        " <-> spoint(0, 0)) <= 1)::int from trap.running_catalogue",
    ),
    "a query as a value, for groups": (
        "SELECT FLOOR(s.dec) AS zone, dataset, (SELECT d.dataset_id FROM dataset AS d"
        " WHERE d.dataset = s.dataset) AS number FROM running_catalogue AS s"
        " GROUP BY FLOOR(s.dec), dataset",
        "select distinct floor(dec), dataset, dataset_id from trap.running_catalogue",
    ),
    "like and ilike, in which a backslash is nothing special": (
        "SELECT name FROM running_catalogue WHERE name LIKE 'J00%+__%' AND name ILIKE 'j00%'"
        " AND name NOT LIKE '%\\%' AND name NOT ILIKE 'x%'",
        "select name from trap.running_catalogue where name ~ '^J00.*[+].{2}'",
    ),
    "texts": (
        "SELECT TOP 1 'it''s' || ' ' || UPPER('aBc') || LOWER('aBc') AS a, 'back\\slash' AS b,"
        " '--no comment' AS c, '\"' AS d, '' AS e FROM dataset",
        "select 'it''s ABCabc', E'back\\\\slash', '--no comment', '\"', ''",
    ),
    "numbers": (
        "SELECT TOP 1 7/2 AS a, 7/2. AS b, -7/2 AS c, 1E3 AS d, .5 AS e, 5. AS f, 1.5e-3 AS g,"
        " 9223372036854775807 AS h, 2 + 3 * 4 AS i, (2 + 3) * 4 AS j, - -3 AS k, 10 - 4 - 3 AS l,"
        " 100 / 10 / 5 AS m, 0.1 + 0.2 AS n, 007 AS o FROM dataset",
        "select 3, 3.5, -3, 1000.0, 0.5, 5.0, 0.0015, 9223372036854775807, 14, 20, 3, 3, 2,"
        " 0.1::float8 + 0.2::float8, 7",
    ),
    "functions": (
        "SELECT TOP 1 ABS(-3) AS a, ABS(-2.5) AS b, CEILING(2.1) AS c, FLOOR(-2.1) AS d,"
        " DEGREES(PI()) AS e, EXP(1) AS f, LOG(EXP(2)) AS g, LOG10(1000) AS h, MOD(7, 3) AS i,"
        " MOD(-7.5, 2) AS j, POWER(2, 10) AS k, RADIANS(180) AS l, SQRT(2) AS m,"
        " ROUND(2.345, 2) AS n, ROUND(-2.5) AS o, ROUND(1234.5, -2) AS p, TRUNCATE(2.789, 1) AS q,"
        " TRUNCATE(-2.7) AS r, ACOS(0) AS s, ASIN(1) AS t, ATAN(1) AS u, ATAN2(-1, -1) AS v,"
        " COS(0) AS w, SIN(0) AS x, TAN(0) AS y, COT(PI() / 4) AS z, CEILING(3) AS aa FROM dataset",
        "select 3, 2.5, 3, -3, 180, exp(1.0), 2, 3, 1, -1.5, 1024, pi(), sqrt(2.0), 2.35, -3, 1200,"
        " 2.7, -2, pi() / 2, pi() / 2, pi() / 4, -0.75 * pi(), 1, 0, 0, 1, 3",
    ),
    "unknown values": (
        "SELECT NULL + NULL AS a, -NULL AS b, ABS(NULL) AS c, UPPER(NULL) AS d, NULL || 'a' AS e,"
        " MAX(NULL) AS f, SUM(NULL) AS g, MIN('a') AS h, COUNT(DISTINCT 'a') AS i, MAX(1.5) AS j,"
        " COUNT(NULL) AS k, MOD(NULL, 2) AS l, CAST(NULL AS INTEGER) AS m FROM dataset"
        " WHERE NULL IS NULL AND NOT COALESCE(NULL, NULL, 1) IS NULL",
        "select null, null, null, null, null, null, null, 'a', 1, 1.5, 0, null, null",
    ),
    "random numbers": (
        "SELECT COUNT(*) AS n FROM running_catalogue WHERE RAND() >= 0 AND RAND(5) < 1",
        "select count(*) from trap.running_catalogue",
    ),
    "case and coalesce": (
        "SELECT source_id, CASE WHEN n_blind > 3 THEN 'often' WHEN n_blind > 1 THEN 'twice'"
        " ELSE 'once' END AS a, CASE n_blind WHEN 6 THEN 1 END AS b,"
        " COALESCE(NULL, ra_err, 5) AS c FROM running_catalogue",
        "select source_id, case when n_blind > 3 then 'often' when n_blind > 1 then 'twice'"
        " else 'once' end, case n_blind when 6 then 1 end, ra_err from trap.running_catalogue",
    ),
    "casts": (
        "SELECT TOP 1 CAST('12' AS INTEGER) AS a, CAST(2.6 AS BIGINT) AS b, CAST(3 AS REAL) AS c,"
        " CAST('1.5' AS DOUBLE PRECISION) AS d, CAST(12.5 AS VARCHAR) AS e,"
        " CAST('abcdef' AS VARCHAR(3)) AS f, CAST(7 AS CHAR(5)) AS g, CAST(TRUE AS SMALLINT) AS h,"
        " CAST(CAST('2021-01-14T11:25:00.5' AS TIMESTAMP) AS VARCHAR) AS i FROM dataset",
        "select 12, 3, 3.0, 1.5, '12.5', 'abc', '7', 1, '2021-01-14T11:25:00.500000'",
    ),
    "times": (
        "SELECT source_id FROM running_catalogue WHERE first_seen < '2012-01-01T12:00:00'"
        " AND last_seen BETWEEN '2012-01-02' AND CAST('2012-02-01T00:00:00Z' AS TIMESTAMP)",
        "select source_id from trap.running_catalogue where first_seen < '2012-01-01 12:00+00'"
        " and last_seen between '2012-01-02 00:00+00' and '2012-02-01 00:00+00'",
    ),
    "truth": (
        "SELECT measurement_id FROM lightcurve WHERE usable AND NOT inherited = TRUE"
        " AND backfilled = 'false' AND usable = 1",
        "select measurement_id from trap.lightcurve where usable and not inherited"
        " and not backfilled",
    ),
    "conditions": (
        "SELECT source_id FROM running_catalogue WHERE (n_blind < 3 OR n_blind >= 5) AND"
        " NOT (ra > 1 AND ra < 359) AND n_forced IS NOT NULL AND n_blind <> 1 AND n_blind != 2"
        " AND dec NOT BETWEEN 0 AND 0.5",
        "select source_id from trap.running_catalogue where n_blind >= 5 and"
        " not (ra > 1 and ra < 359) and (dec < 0 or dec > 0.5)",
    ),
    "a data set, one of several, and a source": (
        "SELECT s.source_id FROM running_catalogue AS s WHERE s.dataset IN ('off', 'pole')"
        " AND s.dataset <> 'pole' AND 'off' = s.dataset AND s.source_id > 0",
        "select source_id from trap.running_catalogue where dataset = 'off'",
    ),
    "images that cover a place, or meet one": (
        "SELECT o.obs_id, o.s_region FROM ivoa.obscore AS o WHERE"
        " 1 = CONTAINS(POINT(0, 89), s_region) AND 1 = INTERSECTS(CIRCLE(180, 80, 10), s_region)"
        " OR obs_collection = 'pole'"
        " AND 1 = INTERSECTS(s_region, POLYGON(10, 84, 11, 86, 9, 86))",
        "select obs_id, s_region from ivoa.obscore where obs_collection = 'pole'"
        " and (dataproduct_type = 'image' or degrees(spoint(radians(s_ra), radians(s_dec))"
        " <-> spoint(pi(), radians(80))) <= 10 and s_dec >= 89.999"
        " or spoint(radians(s_ra), radians(s_dec))"
        " <@ '{(10d,84d),(11d,86d),(9d,86d)}'::spoly)",
    ),
    "sources in the images that cover them": (
        "SELECT s.source_id, COUNT(*) AS n FROM running_catalogue AS s JOIN obscore AS o"
        " ON 1 = CONTAINS(POINT(s.ra, s.dec), o.s_region) WHERE s.dataset = 'pole'"
        " AND o.dataproduct_type = 'image' GROUP BY s.source_id",
        "select source_id, 6 from trap.running_catalogue where dataset = 'pole'",
    ),
    "light curves around a place": (
        "SELECT obs_publisher_did FROM obscore"
        " WHERE dataproduct_type = 'timeseries'"
        " AND 1 = INTERSECTS(CIRCLE(0.1, 0.2, 0.6), s_region)",
        "select trap.source_did(source_id) from trap.running_catalogue"
        " where trap.angular_separation(ra, dec, 0.1, 0.2) <= 0.6",
    ),
    "what was observed around a place": (
        "SELECT obs_publisher_did FROM obscore WHERE DISTANCE(s_ra, s_dec, 0.1, 0.2) <= 0.6",
        "select trap.source_did(source_id) from trap.running_catalogue"
        " where trap.angular_separation(ra, dec, 0.1, 0.2) <= 0.6"
        " union all select trap.image_did(image_id) from trap.image"
        " where trap.angular_separation(ra, dec, 0.1, 0.2) <= 0.6",
    ),
    "light curves in a polygon": (
        "SELECT target_name FROM obscore WHERE obs_collection = 'off'"
        " AND 1 = INTERSECTS(s_region, POLYGON(359, -1, 1, -1, 0, 1))"
        " AND 1 = CONTAINS(s_region, POLYGON(358, -1, 2, -1, 0, 2))",
        "select name from trap.running_catalogue where dataset = 'off' and"
        " spoint(radians(ra), radians(dec)) <@ '{(359d,-1d),(1d,-1d),(0d,1d)}'::spoly",
    ),
    "what there is to be asked": (
        "SELECT t.table_name, c.column_name FROM tap_schema.tables AS t JOIN TAP_SCHEMA.columns"
        " AS c ON t.table_name = c.table_name WHERE c.\"size\" IS NULL"
        " AND t.schema_name LIKE 'tr%'",
        "select schema_name || '.' || view_name, trap.adql_name(column_name)"
        " from trap.column_description where schema_name = 'trap'",
    ),
    "the trailing semicolon": ("SELECT dataset FROM dataset;", "select dataset from trap.dataset"),
}  # fmt: skip


def alike(one, other):
    """Tell whether two values, rows or answers are equal but for the last digits of numbers."""
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return one == other


def in_order(row):
    return [f"{value:.6g}" if isinstance(value, float | Decimal) else str(value) for value in row]


@pytest.mark.parametrize("name", PAIRS)
def test_the_answer_is_that_to_sql_written_by_hand(name, ask, archive):
    adql, sql = PAIRS[name]
    got, expected = ask(adql), archive.execute(sql).fetchall()
    if "ORDER BY" not in adql:
        got, expected = sorted(got, key=in_order), sorted(expected, key=in_order)
    assert got
    assert alike(got, expected), f"{got[:5]} is not {expected[:5]}"


def test_a_distance_is_that_of_the_cone_search(ask, archive):
    """To the last bit: astronomers compare the two."""
    got = ask(
        "SELECT DISTANCE(0.2, 0.1, ra, dec) AS d FROM running_catalogue"
        " WHERE dataset = 'meridian' AND DISTANCE(0.2, 0.1, ra, dec) < 1 ORDER BY d"
    )
    cone = archive.execute(
        "select separation from trap.cone('meridian', 0.2, 0.1, 1) order by separation"
    ).fetchall()
    assert got == cone
    assert all(math.isfinite(d) for (d,) in got)
