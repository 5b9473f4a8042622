-- Verifying: every row is hashed again from its columns, every tree and every head from what they are made of. All of it
-- sees the moment at which the query began, so that nothing that is recorded meanwhile looks wrong.

create or replace function script_tracking.verify(
  from_time timestamptz default '-infinity', to_time timestamptz default 'infinity')
returns table (
  seal_number bigint,
  sealed_at timestamptz,
  row_count bigint,
  ok boolean,
  wrong_version bigint,
  problem text
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set work_mem = '64MB'
-- Nothing is known beforehand of how many rows a seal has; any other way to join would be slow, or never end.
set enable_mergejoin = off
set enable_nestloop = off
as $$
#variable_conflict use_column
declare
  first_month date;
  last_month date;
begin
  if from_time is null or to_time is null then
    raise exception 'From when to when? null is no time.' using errcode = 'null_value_not_allowed';
  end if;
  -- All seals: then a row that stands in a month of which nothing was sealed is found too.
  if from_time > '-infinity' or to_time < 'infinity' then
    select coalesce(min(c.month), 'infinity'), coalesce(max(c.month), '-infinity') into first_month, last_month
    from script_tracking.seal_section c
    join script_tracking.seal s on s.seal_number = c.seal_number
    where s.sealed_at between from_time and to_time;
  end if;

  return query
  with chain as (
    select * from script_tracking.checked_seals() c
    where c.sealed_at is null or c.sealed_at between from_time and to_time
  ),
  wrong_row as (
    select w.seal_number, min(w.version_number) as version_number, string_agg(w.problem, ' ' order by w.version_number) as problem
    from script_tracking.wrong_rows(from_time, to_time, first_month, last_month) w
    group by w.seal_number
  )
  select c.seal_number, c.sealed_at, c.row_count,
    case
      when c.problem is null and w.problem is null then case when c.gone_months is null then true end
      else false
    end,
    w.version_number,
    nullif(concat_ws(' ', c.problem, w.problem,
      'Archived and no longer here, so that it cannot be recomputed: ' || c.gone_months || '.'), '')
  from chain c
  left join wrong_row w on w.seal_number = c.seal_number
  order by c.seal_number;
end
$$;

comment on function script_tracking.verify(timestamptz, timestamptz) is 'Recomputes the seals that were made in this time, and all rows that they cover: for each seal whether it is right, the first row that is wrong, and what is. ok is null where all that is here is right, and months of it are in an archive elsewhere';

create or replace function script_tracking.checked_seals()
returns table (seal_number bigint, sealed_at timestamptz, row_count bigint, gone_months text, problem text)
language sql stable parallel safe
as $$
  with section as (
    select
      c.seal_number,
      sum(c.row_count) as row_count,
      script_tracking.tree_root(string_agg(script_tracking.section_leaf(c), '' order by c.month)) as merkle_root,
      string_agg(to_char(c.month::timestamp, 'YYYY-MM'), ', ' order by c.month) filter (where g.month is not null) as gone_months,
      min(c.month) filter (
        where (c.merkle_root, c.first_version, c.last_version) is distinct from (b.node, b.first_version, b.last_version)
      ) as changed_month
    from script_tracking.seal_section c
    left join (
      select b.seal_number, b.month, script_tracking.tree_root(string_agg(b.node, '' order by b.block)) as node,
        min(b.versions[1]) as first_version, max(b.versions[cardinality(b.versions)]) as last_version
      from script_tracking.seal_block b
      group by b.seal_number, b.month
    ) b on b.seal_number = c.seal_number and b.month = c.month
    left join script_tracking.gone_month g on g.month = c.month
    group by c.seal_number
  ),
  added as (
    select b.seal_number, min(b.month) as month
    from script_tracking.seal_block b
    where not exists (select from script_tracking.seal_section c where c.seal_number = b.seal_number and c.month = b.month)
    group by b.seal_number
  ),
  linked as (
    select s.*,
      lag(s.seal_number, 1, 0::bigint) over (order by s.seal_number) as before,
      lag(s.head) over (order by s.seal_number) as head_before
    from script_tracking.seal s
  )
  select s.seal_number, s.sealed_at, s.row_count, c.gone_months,
    case
      when script_tracking.seal_head(e) <> s.head then 'The seal was changed: its head is not the hash of what it says.'
      when s.before = s.seal_number - 1 and s.previous_head is distinct from s.head_before
        then 'The seal does not follow the one before it: that one was replaced.'
      when c.merkle_root is distinct from s.merkle_root or c.row_count is distinct from s.row_count
        then 'The sections of the seal were changed: they do not make its root.'
      when c.changed_month is not null
        then format('The list of the rows of %s was changed: it does not make the root of its section.', to_char(c.changed_month::timestamp, 'YYYY-MM'))
      when a.month is not null
        then format('A list of rows of %s was added to the seal: no section of it covers them.', to_char(a.month::timestamp, 'YYYY-MM'))
    end
  from linked s
  join script_tracking.seal e on e.seal_number = s.seal_number
  left join section c on c.seal_number = s.seal_number
  left join added a on a.seal_number = s.seal_number
  union all
  -- However many are missing in a row, they are told of once.
  select s.before + 1, null, null, null,
    case
      when s.seal_number = s.before + 2 then 'The seal is missing: it was removed.'
      else format('The seals %s to %s are missing: they were removed.', s.before + 1, s.seal_number - 1)
    end
  from linked s
  where s.seal_number > s.before + 1
  union all
  -- Whoever removes the newest seals has to remove these too, and then only an exported head tells.
  select left_over.seal_number, null, null, null,
    case
      when left_over.seal_number < 1 then 'There is no such seal: the list of its rows was made up.'
      else 'The seal is missing: it was removed, and the list of its rows was left.'
    end
  from (
    select c.seal_number from script_tracking.seal_section c
    union
    select b.seal_number from script_tracking.seal_block b
  ) left_over
  where left_over.seal_number < 1
    or left_over.seal_number > (select coalesce(max(s.seal_number), 0) from script_tracking.seal s)
$$;

comment on function script_tracking.checked_seals() is 'Every seal, and what is wrong with the seal itself; and those that must have been there';
