-- The inverse of a symmetric matrix without negative eigenvalues, by Gauss-Jordan elimination; NULL if it has none.
-- reads: nothing
-- writes: nothing
create function trap.inverse_matrix(p_matrix double precision[]) returns double precision[]
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_size constant integer := array_length(p_matrix, 1);
    v_left double precision[] := p_matrix;
    v_right double precision[] := array_fill(0::double precision, array[v_size, v_size]);
    v_pivot double precision;
    v_factor double precision;
begin
    for i in 1..v_size loop
        v_right[i][i] := 1;
    end loop;
    for i in 1..v_size loop
        v_pivot := v_left[i][i];
        -- what elimination leaves of a diagonal element is rounding
        if not v_pivot > 1e-12 * p_matrix[i][i] then
            return null;
        end if;
        for j in 1..v_size loop
            v_left[i][j] := v_left[i][j] / v_pivot;
            v_right[i][j] := v_right[i][j] / v_pivot;
        end loop;
        for k in 1..v_size loop
            v_factor := v_left[k][i];
            if k <> i and v_factor <> 0 then
                for j in 1..v_size loop
                    v_left[k][j] := v_left[k][j] - v_factor * v_left[i][j];
                    v_right[k][j] := v_right[k][j] - v_factor * v_right[i][j];
                end loop;
            end if;
        end loop;
    end loop;
    return v_right;
end;
$$;
comment on function trap.inverse_matrix is
'Inverse of a symmetric matrix of pure numbers [1] without negative eigenvalues; NULL if it is singular.';
