-- How far the trail was read, by the timeline of the server's write-ahead log: a primary that was lost may go on beside the
-- one that took its place, and each is read on from where it was left. 0 where the server does not tell the timeline.
create table read_by_timeline (
  identity text not null,
  timeline integer not null,
  -- Every transaction before this one has been seen.
  since_xid text not null,
  primary key (identity, timeline)
) strict, without rowid;

insert into read_by_timeline
select p.identity, coalesce(s.timeline, 0), p.since_xid
from read_position p
left join history_source s on s.identity = p.identity;

drop table read_position;
alter table read_by_timeline rename to read_position;
