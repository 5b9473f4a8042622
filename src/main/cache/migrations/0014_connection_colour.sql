-- By which a person tells it from the others: a name of the palette, or 'by kind'.
alter table connection add column colour text not null default 'by kind';
