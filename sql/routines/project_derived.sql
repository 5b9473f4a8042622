-- What follows from other columns of its row, whatever the statement says. Not as generated columns, which a query over
-- all of a database's generated columns would list among the user's own.

create or replace function project_schema.derive_columns()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  case tg_table_name
    when 'raw_data' then
      new.content_hash := sha256(convert_to(new.content::text, getdatabaseencoding()));
    when 'risks' then
      new.score := new.likelihood * new.impact;
      new.residual_score := new.residual_likelihood * new.residual_impact;
  end case;
  return new;
end
$$;

comment on function project_schema.derive_columns() is 'Computes the columns that follow from others of their row';

do $$
declare
  relation text;
begin
  foreach relation in array array['project_schema.raw_data', 'project_schema.risks'] loop
    continue when exists (
      select from pg_catalog.pg_trigger t where t.tgrelid = relation::pg_catalog.regclass and t.tgname = 'derive_columns');
    execute pg_catalog.format(
      'create trigger derive_columns before insert or update on %s for each row execute function project_schema.derive_columns()',
      relation);
    execute pg_catalog.format(
      'comment on trigger derive_columns on %s is %L', relation, 'Computes the columns that follow from others of their row');
  end loop;
end
$$;
