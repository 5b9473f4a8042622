import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, it } from 'vitest'
import { sharedServer } from '../../ground/shared.ts'
import { openStation, installTracking, look, type Station } from './station.ts'
const server = sharedServer(18)
let database: string
let station: Station
const show = (...a: unknown[]) => console.log(...a.map((x) => (typeof x === 'string' ? x : JSON.stringify(x))))
beforeAll(async () => {
  database = await server.createDatabase()
  await installTracking(server, database)
  station = await openStation({ server, database })
  await station.run('create table t (id int primary key, password text unique, note text)')
})
afterAll(async () => { await station.close(); await server.dropDatabase(database) })
it('secrets', async () => {
  const S = 'geheim4711'
  for (const sql of [`insert into t values (1, '${S}')`, `insert into t (id, password) values (1, '${S}')`, `insert into t (id, password) values (1, '${S}')`,`insert into t (id, password) values (2, '${S}')`, `update t set password = '${S}x'::int`, `update t set (note, password) = ('a', '${S}')`,
   `select * from t where password = '${S}'::int::text`, `select * from t where password in ('a', '${S}')`, `select * from t where (note, password) = ('a', '${S}')`, `merge into t using (values (9)) s(i) on t.id = s.i when not matched then insert (id, password) values (9, '${S}')`, `select case password when '${S}' then 1 end from t`,`insert into t select 5, '${S}', 'x' `, `alter role nix valid until 'x' password '${S}'`, `create role "r x" password null; alter role "r x" password E'${S}\\x41'; drop role "r x"`, `create subscription s connection 'host=x password=${S}' publication p`, `set my.password = '${S}'`, `select set_config('my.password', '${S}', false)`, `select set_config('my.api_key', '${S}', false)`, `/* password: ${S} */ select 1`, `-- password = '${S}'\nselect 1`, `select 1 as password_is_${S}`, `comment on table t is 'password=${S}'`, `select $pw$postgres://u:${S}@h/d$pw$`, `select crypt('${S}', gen_salt('bf'))`, `select pgp_sym_encrypt('data', '${S}')`, `select pgp_sym_decrypt(password::bytea, '${S}') from t`, `select encode(hmac('d', '${S}', 'sha256'), 'hex')`, `copy t from program 'curl -u me:${S} http://x'`, `select '{"password": "${S}"}'::jsonb`, `select jsonb_build_object('password', '${S}')`, `select json_object('password': '${S}')`, `values ('Authorization: Bearer ${S}')`, `create server x foreign data wrapper nix options (password '${S}')`, `do $$ begin perform set_config('a.password', '${S}', true); update t set password = '${S}'; end $$`, `create function f() returns text language sql as $$ select '${S}'::text as password $$`, `prepare p(text) as select * from t where password = $1; execute p('${S}')`, `explain select * from t where password = '${S}'`, `select password = '${S}' from t`, `with x as (select '${S}' as password) select * from x`, `insert into t (id,password) values (77,'${S}'), (78,'${S}')`, `alter user mapping for postgres server s options (set password '${S}')`, `begin; declare c cursor for select * from t where password='${S}'; rollback`, `select dblink_connect('c', 'host=x password=${S}')`, `alter system set primary_conninfo = 'host=x password=${S}'`, `alter system reset primary_conninfo`, `create role r2 encrypted password '${S}'`, `select '${S}' -- password`, `call nix(password => '${S}')`, `select f(password := '${S}')`, `\nupdate t set password='${S}' where note = 'x' returning password as "${S}"`]) {
    let st: unknown
    let op = ''
    try { const r = await station.run(sql); op = r.outcome.operation; st = r.outcome.failure ? [r.outcome.failure.fault.message, r.outcome.failure.fault.detail] : r.outcome.status } catch (e) { st = String(e) }
    if (!op) { show(sql, '=> THROWN', st); continue }
    const d = await station.detail(op)
    const text = JSON.stringify(d)
    const led = await look(server, database, `select script_content, error_message, error_details::text as e, script_name from script_tracking.script_execution_current where script_content is not null or error_message is not null`).catch((e) => [{ e: String(e) }])
    const ddl = JSON.stringify(led).includes(S)
    if (text.includes(S) || ddl) show('LEAK', ddl ? 'SERVER' : '', sql, '=>', text.slice(Math.max(0, text.indexOf(S) - 100), text.indexOf(S) + 60), st)
    if (ddl) { const l = JSON.stringify(led); show('   ', l.slice(l.indexOf(S) - 150, l.indexOf(S) + 40)); await look(server, database, 'select 1') ; break }
  }
  for (const name of readdirSync(station.folder, { recursive: true }) as string[]) {
    try { const b = readFileSync(join(station.folder, name)); let at = -1; let n = 0; while ((at = b.indexOf(S, at + 1)) !== -1 && n++ < 30) show('FILE', name, b.subarray(at - 60, at + 30).toString('latin1').replaceAll(/[^ -~]/g, '.')) } catch {}
  }
})
