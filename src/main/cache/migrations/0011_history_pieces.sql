-- The index over pieces of texts is one of our own: FTS5 reads a frequent piece from its beginning for every window of
-- time, which a million operations make too slow to type against.
drop table operation_text;

-- Which texts hold a piece of three letters, or one letter. Texts are numbered as they are indexed, and one that
-- changes gets another number; a block is 65,536 of them.
create table text_piece (
  block integer not null,
  -- The three letters' UTF-16 units in 16 bits each; of a single letter the others are 0.
  piece integer not null,
  -- Up to 4,095 numbers within the block, 16 bits each, ascending; or a bit for each of them, 8,192 bytes.
  texts blob not null,
  primary key (block, piece)
) strict, without rowid;

-- The number of the operation's text in the index.
alter table operation_facet add column text_number integer not null default -1;

-- The number that the next text gets.
alter table history_index add column next_text integer not null default 0;
-- Texts before this one are in text_piece; the others are in the memory of whoever searches.
alter table history_index add column stored_texts integer not null default 0;

delete from operation_change;
insert into operation_change (position, text) select position, 1 from operation order by position desc;
update history_index set sequence = coalesce((select min(sequence) - 1 from operation_change), sequence);
