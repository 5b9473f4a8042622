-- Which rows are wrong. Verifying asks for the first one of each seal; only where a tree does not come out is it looked for.

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
