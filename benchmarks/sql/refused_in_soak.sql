-- Files that were refused; images that failed a check are none of them.
select dataset, reason, path, detail from trap.rejection where image_id is null;
