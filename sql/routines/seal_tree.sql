-- The tree: the Merkle Tree Hash of RFC 9162 with SHA-256. Of n nodes in a row, each two become one of the level
-- above, and the last of an odd number goes up as it is; so 1024 leaves at a time can be hashed apart.
-- Rows of nodes are one bytea, 32 bytes a node: two neighbours are then already side by side.

create or replace function script_tracking.tree_level(nodes bytea)
returns bytea
language sql immutable strict parallel safe
as $$
  select string_agg(sha256(E'\\x01'::bytea || substr(nodes, i * 64 + 1, 64)), '' order by i)
    || substr(nodes, octet_length(nodes) / 64 * 64 + 1)
  from generate_series(0, octet_length(nodes) / 64 - 1) as pairs (i)
$$;

comment on function script_tracking.tree_level(bytea) is 'The level above two nodes or more: each two become SHA-256 of a byte 1 and both; the last of an odd number stays';

create or replace function script_tracking.tree_root(nodes bytea)
returns bytea
language plpgsql immutable strict parallel safe
as $$
begin
  while octet_length(nodes) > 32 loop
    nodes := script_tracking.tree_level(nodes);
  end loop;
  return nodes;
end
$$;

comment on function script_tracking.tree_root(bytea) is 'The root over a row of nodes';

create or replace function script_tracking.tree_path(nodes bytea, place bigint)
returns bytea[]
language plpgsql immutable strict parallel safe
as $$
declare
  path bytea[] := '{}';
  neighbour bigint;
begin
  while octet_length(nodes) > 32 loop
    neighbour := place # 1;
    if neighbour < octet_length(nodes) / 32 then
      path := path || substr(nodes, (neighbour * 32 + 1)::integer, 32);
    end if;
    nodes := script_tracking.tree_level(nodes);
    place := place >> 1;
  end loop;
  return path;
end
$$;

comment on function script_tracking.tree_path(bytea, bigint) is 'From the node at this place, counted from 0, up to the root: the neighbours that one needs to compute it';

create or replace function script_tracking.section_leaf(section script_tracking.seal_section)
returns bytea
language sql stable parallel safe
as $$
  select sha256(E'\\x00'::bytea || convert_to(to_char(section.month::timestamp, 'YYYY-MM'), 'UTF8')
    || int8send(section.row_count) || section.merkle_root)
$$;

comment on function script_tracking.section_leaf(script_tracking.seal_section) is 'A section as a leaf of its seal''s tree: SHA-256 of a byte 0, the month as YYYY-MM, the number of rows as eight bytes, and the section''s root';

create or replace function script_tracking.seal_head(entry script_tracking.seal)
returns bytea
language sql stable parallel safe
as $$
  select sha256(convert_to(concat_ws(E'\n',
    'pgSteward seal 1',
    'number ' || entry.seal_number,
    'epoch ' || entry.epoch,
    'at ' || to_char(entry.sealed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'by ' || encode(script_tracking.utf8(entry.sealed_by), 'hex'),
    'snapshot ' || entry.ledger_snapshot,
    'rows ' || entry.row_count,
    'root ' || encode(entry.merkle_root, 'hex'),
    'system ' || entry.system_identifier,
    'timeline ' || entry.timeline,
    'database ' || entry.database_oid || ' ' || encode(script_tracking.utf8(entry.database_name), 'hex'),
    'previous ' || coalesce(encode(entry.previous_head, 'hex'), 'none'),
    ''), 'UTF8'))
$$;

comment on function script_tracking.seal_head(script_tracking.seal) is 'SHA-256 of the seal as text: a line for each of its fields, ended by a newline; names and hashes hexadecimal';
