-- Verifying: every row is hashed again from its columns, every tree and every head from what they are made of. All of it
-- sees the moment at which the query began, so that nothing that is recorded meanwhile looks wrong.

-- The same as row_digest, as one expression that the planner takes apart: it computes a million of them in half the time.
create or replace function script_tracking.digest_in_utf8(entry script_tracking.ledger)
returns bytea
language sql stable parallel safe
as $$
  select sha256(record_send(row(
    entry.version_number, entry.xid, entry.recorded_at, entry.statement_at, entry.caused_by, entry.state_ordinal,
    entry.client_port, entry.backend_pid, entry.source, entry.status, entry.object_action,
    entry.object_class, entry.object_id, entry.object_part,
    convert_to(entry.session_user_name, 'UTF8'), convert_to(entry.executed_by, 'UTF8'),
    convert_to(entry.application_name, 'UTF8'), entry.client_ip, convert_to(entry.command_tag, 'UTF8'),
    convert_to(entry.object_type, 'UTF8'), convert_to(entry.object_schema, 'UTF8'),
    convert_to(entry.object_identity, 'UTF8'), convert_to(entry.objects::text, 'UTF8'),
    coalesce(entry.content_hash, sha256(convert_to(entry.content, 'UTF8'))),
    convert_to(entry.metadata::text, 'UTF8')))
    || case when entry.source = 'D' then E'\\x'::bytea else record_send(row(
      entry.execution_timestamp, entry.execution_duration_ms, entry.rows_affected, entry.operation,
      convert_to(entry.script_name, 'UTF8'), convert_to(entry.script_type, 'UTF8'),
      convert_to(entry.script_category, 'UTF8'), convert_to(entry.script_file_path, 'UTF8'),
      convert_to(entry.script_version, 'UTF8'), convert_to(entry.error_message, 'UTF8'),
      convert_to(entry.error_code, 'UTF8'), convert_to(entry.related_ticket, 'UTF8'),
      coalesce(entry.justification_hash, sha256(convert_to(entry.justification, 'UTF8'))),
      entry.tenant_hk, convert_to(entry.detail::text, 'UTF8'), convert_to(entry.recorded_by, 'UTF8'))) end)
$$;

comment on function script_tracking.digest_in_utf8(script_tracking.ledger) is 'What row_digest says in a database that has an encoding; for many rows at once';

-- What the hash leaves out has to be empty, or it could be filled in unseen.
create or replace function script_tracking.is_covered(entry script_tracking.ledger)
returns boolean
language sql immutable parallel safe
as $$
  select num_nonnulls(entry.content, entry.content_hash) < 2
    and num_nonnulls(entry.justification, entry.justification_hash) < 2
    and (entry.source <> 'D' or num_nonnulls(
      entry.execution_timestamp, entry.execution_duration_ms, entry.rows_affected, entry.operation, entry.script_name,
      entry.script_type, entry.script_category, entry.script_file_path, entry.script_version, entry.error_message,
      entry.error_code, entry.related_ticket, entry.justification, entry.justification_hash, entry.tenant_hk,
      entry.detail, entry.recorded_by) = 0)
$$;

comment on function script_tracking.is_covered(script_tracking.ledger) is 'Whether all that a row says is in its hash: no text stands beside the hash of another one, and what event triggers do not know is null in their rows';

create or replace view script_tracking.kept_ledger as
select l.*,
  case when not script_tracking.is_covered(l) then E'\\x'::bytea
  when (select getdatabaseencoding()) = 'SQL_ASCII' then script_tracking.row_digest(l)
  else script_tracking.digest_in_utf8(l) end as digest
from script_tracking.ledger l
union all
select a.*,
  case when not script_tracking.is_covered(row(a.*)::script_tracking.ledger) then E'\\x'::bytea
  when (select getdatabaseencoding()) = 'SQL_ASCII' then script_tracking.row_digest(row(a.*)::script_tracking.ledger)
  else script_tracking.digest_in_utf8(row(a.*)::script_tracking.ledger) end
from script_tracking.archived_ledger a;

comment on view script_tracking.kept_ledger is 'All rows that are here, archived months too, each with the hash that it ought to have; given to nobody';
comment on column script_tracking.kept_ledger.digest is 'SHA-256 of the row as it is now; empty, and so no hash, where the row says what its hash does not cover';

create or replace view script_tracking.kept_text as
select * from script_tracking.text
union all
select * from script_tracking.archived_text;

comment on view script_tracking.kept_text is 'All long texts that are here, archived months too; given to nobody';

do $$
declare
  described record;
begin
  for described in
    select v.name, a.attname, pg_catalog.col_description(a.attrelid, a.attnum) as words
    from (values ('kept_ledger', 'ledger'), ('kept_text', 'text')) as v (name, source)
    join pg_catalog.pg_attribute a on a.attrelid = pg_catalog.format('script_tracking.%I', v.source)::pg_catalog.regclass
    where a.attnum > 0 and not a.attisdropped
  loop
    execute pg_catalog.format('comment on column script_tracking.%I.%I is %L', described.name, described.attname, described.words);
  end loop;
end
$$;

-- The archive alone could be written by whoever deleted the month: the trail has to say so too, in a row that has its
-- hash and is sealed, or is younger than the newest seal. Sealing and removing wait for each other. So a row that says it
-- is older than a seal which neither covers it nor saw its transaction run was written later than it says. A minute is
-- left for clocks that were put back.
create or replace view script_tracking.removed_month as
select a.month, a.recorded_at, e.version_number, e.metadata
from script_tracking.archive a
cross join lateral (
  select l.version_number, l.recorded_at, l.xid, l.metadata
  from script_tracking.kept_ledger l
  where l.recorded_at >= a.recorded_at and l.recorded_at < a.recorded_at + interval '1 minute'
    and l.script_name = 'remove_archived_month(' || to_char(a.month::timestamp, 'YYYY-MM') || ')'
    and l.script_category = 'RETENTION' and l.source = 'S' and l.status = 'C' and l.session_user_name = a.recorded_by
    and l.metadata ->> 'rows' = a.row_count::text and l.metadata ->> 'sha256' = encode(a.file_hash, 'hex')
    and l.row_hash = l.digest
) e
where not a.is_here
  and not exists (
    select from script_tracking.seal s
    where s.sealed_at > e.recorded_at + interval '1 minute'
      and e.xid not in (select txid_snapshot_xip(s.ledger_snapshot))
      and s.seal_number < coalesce((
        select min(b.seal_number)
        from script_tracking.seal_section c
        join script_tracking.seal_block b on b.seal_number = c.seal_number and b.month = c.month
        where c.month = script_tracking.month_of(e.recorded_at)
          and e.version_number between c.first_version and c.last_version
          and e.version_number = any (b.versions)), 9223372036854775807));

comment on view script_tracking.removed_month is 'The archived months that were removed, by the record that the trail has of it, sealed or younger than the newest seal; given to nobody';
comment on column script_tracking.removed_month.month is 'The first day of the month';
comment on column script_tracking.removed_month.recorded_at is 'When it was removed';
comment on column script_tracking.removed_month.version_number is 'The row of the trail that says so';
comment on column script_tracking.removed_month.metadata is 'What that row says: rows, file, sha256, and in gone_before the months that were gone already';

create or replace view script_tracking.gone_month as
with removed as materialized (
  select to_char(r.month::timestamp, 'YYYY-MM') as month, r.metadata -> 'gone_before' as gone_before
  from script_tracking.removed_month r
), named as (
  select r.month from removed r
  union
  select jsonb_array_elements_text(case jsonb_typeof(r.gone_before) when 'array' then r.gone_before else '[]' end)
  from removed r
)
select a.month
from script_tracking.archive a
where not a.is_here and to_char(a.month::timestamp, 'YYYY-MM') in (select n.month from named n)
group by a.month;

comment on view script_tracking.gone_month is 'The archived months that are no longer in this database, of which the trail says so too';
comment on column script_tracking.gone_month.month is 'The first day of the month';

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

create or replace function script_tracking.wrong_rows(
  from_time timestamptz, to_time timestamptz, first_month date, last_month date)
returns table (seal_number bigint, version_number bigint, problem text)
language sql stable parallel safe
as $$
  with good_text as (
    -- One value, hash and month, so that it is looked up in one way however many there are.
    -- Of copies none may be wrong: nobody knows which one is read.
    select t.hash || date_send(script_tracking.month_of(t.recorded_at)) as key
    from script_tracking.kept_text t
    where t.recorded_at >= coalesce(first_month::timestamp at time zone 'UTC', '-infinity')
      and t.recorded_at < coalesce((last_month + interval '1 month') at time zone 'UTC', 'infinity')
    group by 1
    having bool_and(t.hash = sha256(script_tracking.utf8(t.body)))
  ),
  hashed as (
    select
      script_tracking.month_of(l.recorded_at) as month, l.version_number, l.xid, l.recorded_at, l.row_hash,
      l.digest, l.content_hash, l.justification_hash
    from script_tracking.kept_ledger l
    where l.recorded_at >= coalesce(first_month::timestamp at time zone 'UTC', '-infinity')
      and l.recorded_at < coalesce((last_month + interval '1 month') at time zone 'UTC', 'infinity')
    -- The digest is computed once, here.
    offset 0
  ),
  kept as (
    select
      h.month, h.version_number, h.xid, h.recorded_at, h.digest,
      h.digest = h.row_hash
        and (h.content_hash is null or c.key is not null)
        and (h.justification_hash is null or j.key is not null) as is_sound
    from hashed h
    left join good_text c on c.key = h.content_hash || date_send(h.month)
    left join good_text j on j.key = h.justification_hash || date_send(h.month)
  ),
  member as (
    select b.seal_number, b.month, b.block, m.version_number, m.place
    from script_tracking.seal_block b
    cross join lateral unnest(b.versions) with ordinality as m (version_number, place)
    where b.month between coalesce(first_month, '-infinity') and coalesce(last_month, 'infinity')
  ),
  matched as materialized (
    select k.*, m.seal_number, m.block, m.place
    from kept k
    left join member m on m.version_number = k.version_number and m.month = k.month
  ),
  block as (
    select m.seal_number, m.month, m.block, count(*) as row_count, bool_and(m.is_sound) as is_sound,
      script_tracking.tree_root(string_agg(sha256(E'\\x00'::bytea || m.digest), '' order by m.place)) as node
    from matched m
    where m.seal_number is not null
    group by m.seal_number, m.month, m.block
  ),
  first_wrong_block as (
    select distinct on (b.seal_number) b.seal_number, b.month, b.block
    from script_tracking.seal_block b
    join script_tracking.seal s on s.seal_number = b.seal_number and s.sealed_at between from_time and to_time
    left join block k on k.seal_number = b.seal_number and k.month = b.month and k.block = b.block
    where b.month between coalesce(first_month, '-infinity') and coalesce(last_month, 'infinity')
      and (k.row_count is distinct from cardinality(b.versions) or not k.is_sound or k.node <> b.node)
      -- That a month has left is said by a row that is not sealed: it excuses no row that is still here.
      and (k.row_count is not null or not exists (select from script_tracking.gone_month g where g.month = b.month))
    order by b.seal_number, b.month, b.block
  ),
  newest as materialized (
    select s.ledger_snapshot as sealed, txid_current_snapshot() as present
    from script_tracking.seal s
    where s.seal_number = (select max(n.seal_number) from script_tracking.seal n)
      -- Of rows that a restore brought along, transaction ids say nothing here; the next seal takes them in.
      and not script_tracking.has_moved(s)
  ),
  -- Not sealed, though its transaction had ended by the newest seal, or has not even happened.
  slipped_in as materialized (
    select m.month, m.version_number, m.recorded_at
    from matched m
    cross join newest n
    where m.seal_number is null
      and m.xid is distinct from txid_current_if_assigned()
      and (txid_visible_in_snapshot(m.xid, n.sealed) or not txid_visible_in_snapshot(m.xid, n.present))
  )
  select b.seal_number, w.version_number,
    case
      when moved.version_number is null then w.problem
      else format('Row %s was moved: it is there as row %s of %s.', w.version_number, moved.version_number, to_char(moved.month::timestamp, 'YYYY-MM'))
    end
  from first_wrong_block b
  cross join lateral script_tracking.wrong_in_block(b.seal_number, b.month, b.block) w
  left join lateral (
    select i.month, i.version_number
    from slipped_in i
    join script_tracking.kept_ledger l on l.version_number = i.version_number and l.recorded_at = i.recorded_at
    where substr(l.row_hash, 1, 4) = w.lost_mark
    limit 1
  ) moved on true
  union all
  select distinct on (s.seal_number) s.seal_number, i.version_number,
    format('Row %s of %s was inserted into what was sealed: no seal covers it.', i.version_number, to_char(i.month::timestamp, 'YYYY-MM'))
  from slipped_in i
  cross join lateral (
    -- It is told of at the first seal that should have covered it.
    select n.seal_number
    from script_tracking.seal n
    where n.sealed_at between from_time and to_time
    order by n.sealed_at < i.recorded_at, abs(extract(epoch from n.sealed_at - i.recorded_at)), n.seal_number
    limit 1
  ) s
  order by 1, 2
$$;

comment on function script_tracking.wrong_rows(timestamptz, timestamptz, date, date) is 'The first row that is wrong of each seal of this time, and a row that was slipped in, where there is one; of all months where none are named';

create or replace function script_tracking.wrong_in_block(wrong_seal bigint, wrong_month date, wrong_block integer)
returns table (version_number bigint, problem text, lost_mark bytea)
language sql stable parallel safe
as $$
  with listed as (
    select m.version_number, m.place, substr(b.marks, (m.place * 4 - 3)::integer, 4) as mark
    from script_tracking.seal_block b
    cross join lateral unnest(b.versions) with ordinality as m (version_number, place)
    where b.seal_number = wrong_seal and b.month = wrong_month and b.block = wrong_block
  ),
  here as (
    select l.version_number, l.row_hash, l.digest, t.problem,
      count(*) over (partition by l.version_number) as times
    from script_tracking.kept_ledger l
    cross join lateral (
      select case
        when l.content_hash is not null and not script_tracking.has_text(l.content_hash, wrong_month)
          then 'Row %s has lost its text: the text is not there, or was altered.'
        when l.justification_hash is not null and not script_tracking.has_text(l.justification_hash, wrong_month)
          then 'Row %s has lost its justification: the text is not there, or was altered.'
      end as problem
    ) t
    where l.version_number = any (array(select m.version_number from listed m))
      and l.recorded_at >= wrong_month::timestamp at time zone 'UTC'
      and l.recorded_at < (wrong_month + interval '1 month') at time zone 'UTC'
  ),
  section as (
    select c.row_count, exists (
      select from script_tracking.kept_ledger l
      where l.version_number between c.first_version and c.last_version
        and l.recorded_at >= wrong_month::timestamp at time zone 'UTC'
        and l.recorded_at < (wrong_month + interval '1 month') at time zone 'UTC'
    ) as has_rows
    from script_tracking.seal_section c
    where c.seal_number = wrong_seal and c.month = wrong_month
  ),
  judged as (
    select m.place, m.version_number,
      case
        when h.times is null and not c.has_rows then format('All %s rows of %s are gone, from row %%s on.', c.row_count, to_char(wrong_month::timestamp, 'YYYY-MM'))
        when h.times is null then 'Row %s was deleted.'
        when h.times > 1 then 'Row %s is there more than once.'
        when h.digest <> h.row_hash then 'Row %s was altered: what it says does not have its hash.'
        when substr(h.row_hash, 1, 4) <> m.mark then 'Row %s was altered, and its hash with it: another one was sealed.'
        else h.problem
      end as problem,
      case when h.times is null then m.mark end as lost_mark
    from listed m
    left join here h on h.version_number = m.version_number
    left join section c on true
    union all
    -- The tree says that something is wrong, and the marks were made to fit.
    select 2147483647, min(m.version_number), 'Row %s or one of the ' || count(*) - 1 || ' sealed after it was altered.', null
    from listed m
  )
  select j.version_number, format(j.problem, j.version_number), j.lost_mark
  from judged j
  where j.problem is not null
  order by j.place
  limit 1
$$;

comment on function script_tracking.wrong_in_block(bigint, date, integer) is 'Of a block whose tree does not come out: the first row that is wrong, what is, and the mark of a row that is not there';

create or replace function script_tracking.has_text(key bytea, month date)
returns boolean
language sql stable parallel safe
as $$
  select coalesce(bool_and(t.hash = sha256(script_tracking.utf8(t.body))), false)
  from script_tracking.kept_text t
  where t.hash = key
    and t.recorded_at >= month::timestamp at time zone 'UTC'
    and t.recorded_at < (month + interval '1 month') at time zone 'UTC'
$$;

comment on function script_tracking.has_text(bytea, date) is 'Whether a month has the text of this hash, and every copy of it unaltered';
