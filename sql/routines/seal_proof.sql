-- Proving one row without the others: a row's hash, its neighbours up the tree, and the seal.

create or replace function script_tracking.proof(version_number bigint)
returns table (
  seal_number bigint,
  month date,
  row_hash bytea,
  place bigint,
  section_rows bigint,
  path bytea[],
  section_root bytea,
  section_place bigint,
  sections bigint,
  section_path bytea[],
  merkle_root bytea,
  head bytea
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select
    b.seal_number, b.month, own.row_hash,
    b.block * 1024 + own.place - 1,
    c.row_count,
    script_tracking.tree_path(own.leaves, own.place - 1) || script_tracking.tree_path(upper.nodes, b.block),
    c.merkle_root,
    beside.place - 1, beside.sections,
    script_tracking.tree_path(beside.leaves, beside.place - 1),
    s.merkle_root, s.head
  from script_tracking.seal_block b
  join script_tracking.seal_section c on c.seal_number = b.seal_number and c.month = b.month
  join script_tracking.seal s on s.seal_number = b.seal_number
  cross join lateral (
    select
      (array_agg(l.row_hash) filter (where l.version_number = proof.version_number))[1] as row_hash,
      count(*) filter (where l.version_number <= proof.version_number) as place,
      string_agg(sha256(E'\\x00'::bytea || l.row_hash), '' order by l.version_number) as leaves
    from script_tracking.kept_ledger l
    where l.version_number = any (b.versions)
      and l.recorded_at >= b.month::timestamp at time zone 'UTC'
      and l.recorded_at < (b.month + interval '1 month') at time zone 'UTC'
  ) own
  cross join lateral (
    select string_agg(n.node, '' order by n.block) as nodes
    from script_tracking.seal_block n
    where n.seal_number = b.seal_number and n.month = b.month
  ) upper
  cross join lateral (
    select
      count(*) as sections,
      count(*) filter (where n.month <= b.month) as place,
      string_agg(script_tracking.section_leaf(n), '' order by n.month) as leaves
    from script_tracking.seal_section n
    where n.seal_number = b.seal_number
  ) beside
  where proof.version_number between c.first_version and c.last_version
    and proof.version_number = any (b.versions)
$$;

comment on function script_tracking.proof(bigint) is 'What is needed to check one row against its seal, and nothing of any other row but hashes: docs/seal-format.md says how. No row where no seal covers it yet';
