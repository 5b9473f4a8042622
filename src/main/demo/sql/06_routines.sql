create function people.iban_is_valid(iban text) returns boolean
language sql immutable strict parallel safe set search_path = pg_catalog
as $$
  -- Letters count as 10 to 35, the first four characters go to the end, and all of it leaves 1 when divided by 97.
  select iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$' and mod(
    (select string_agg(case when letter ~ '[0-9]' then letter else (ascii(letter) - 55)::text end, '' order by place)
     from regexp_split_to_table(substr(iban, 5) || left(iban, 4), '') with ordinality as split (letter, place))::numeric,
    97) = 1;
$$;
comment on function people.iban_is_valid(text) is 'Whether the checksum of an IBAN is right';

create function people.luhn_is_valid(number text) returns boolean
language sql immutable strict parallel safe set search_path = pg_catalog
as $$
  select coalesce(mod(sum(case
    when mod(place, 2) = 1 then digit
    when digit > 4 then digit * 2 - 9
    else digit * 2
  end), 10) = 0, false)
  from (
    select found::integer as digit, place
    from regexp_split_to_table(reverse(regexp_replace(number, '[^0-9]', '', 'g')), '') with ordinality as s (found, place)
    where found <> ''
  ) as digits;
$$;
comment on function people.luhn_is_valid(text) is 'Whether the last digit of a card number is right; all but digits is skipped';

create function people.touch() returns trigger
language plpgsql set search_path = pg_catalog
as $$
begin
  new.updated_at := now();
  return new;
end;
$$;
comment on function people.touch() is 'Notes when a row was changed';
create trigger touch before update on people.person for each row execute function people.touch();
comment on trigger touch on people.person is 'Keeps updated_at';

create function shop.add_up() returns trigger
language plpgsql set search_path = pg_catalog
as $$
begin
  update shop."order" o
  set total = o.shipping + coalesce((select sum(i.total) from shop.order_item i where i.order_id = o.id), 0)
  where o.id in (select c.order_id from changed c);
  return null;
end;
$$;
comment on function shop.add_up() is 'Adds up the orders whose items have changed, once for each statement';
create trigger add_up_new after insert on shop.order_item
  referencing new table as changed for each statement execute function shop.add_up();
comment on trigger add_up_new on shop.order_item is 'Keeps the total of the order';
create trigger add_up_changed after update on shop.order_item
  referencing new table as changed for each statement execute function shop.add_up();
comment on trigger add_up_changed on shop.order_item is 'Keeps the total of the order';
create trigger add_up_gone after delete on shop.order_item
  referencing old table as changed for each statement execute function shop.add_up();
comment on trigger add_up_gone on shop.order_item is 'Keeps the total of the order';

create function care.stay_closed() returns trigger
language plpgsql set search_path = pg_catalog
as $$
begin
  raise exception 'Visit % is over and cannot be opened again.', old.id
    using errcode = 'restrict_violation', hint = 'Plan a new visit.';
end;
$$;
comment on function care.stay_closed() is 'Refuses to open a visit that is over';
create trigger stay_closed after update on care.visit for each row
  when (old.status = 'completed' and new.status in ('planned', 'in_progress'))
  execute function care.stay_closed();
comment on trigger stay_closed on care.visit is 'What is over stays over';

create procedure care.purge_imports(older_than interval)
language sql
as $$
  delete from care.lab_import where received_at < now() - older_than;
$$;
comment on procedure care.purge_imports(interval) is 'Deletes old messages of other laboratories';
