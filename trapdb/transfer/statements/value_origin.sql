-- An image that was copied from another data set is a copy of what is here by that number only if it has the same content.
case
    when trap.dataset_of(t.origin_image_id) = {was} then trap.numbered_id_in({dataset}, t.origin_image_id)
    when exists (select from trap_data.image as o where o.image_id = t.origin_image_id and o.digest = t.digest)
        then t.origin_image_id
end
