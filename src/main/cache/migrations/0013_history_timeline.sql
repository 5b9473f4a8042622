-- The timeline of the server's write-ahead log. A promotion or a recovery to a point in time begins another one, in which
-- transaction ids are given out a second time: how far they were read says nothing there.
alter table history_source add column timeline integer;
