-- The sum of products of the differences from the two means of two samples together.
-- Source: Chan, Golub & LeVeque 1983, The American Statistician 37, 242, eq. 2.1b, with the product of two differences in place
-- of a square: Pebay 2008, Sandia report SAND2008-6212, section 3.
-- reads: nothing
-- writes: nothing
create function trap.merged_comoment(
    p_weight_1 double precision, p_mean_x_1 double precision, p_mean_y_1 double precision, p_comoment_1 double precision,
    p_weight_2 double precision, p_mean_x_2 double precision, p_mean_y_2 double precision, p_comoment_2 double precision
) returns double precision
language sql immutable parallel safe
return p_comoment_1 + p_comoment_2
+ (p_mean_x_2 - p_mean_x_1) * (p_mean_y_2 - p_mean_y_1) * (p_weight_1 * (p_weight_2 / (p_weight_1 + p_weight_2)));
comment on function trap.merged_comoment is
'Weighted sum of the products of the differences of two quantities from their means, of two samples together [as given].';
