import { expect, it } from 'vitest'
import { namedSettings } from '../../../../src/main/editor/ways.ts'

it.each([
  ["set app.tenant = 'a'", ['app.tenant']],
  ["SET  SESSION app.tenant TO 'a'; set local a.b.c = 1", ['app.tenant', 'a.b.c']],
  [`set "app"."tenant" = 'a'`, ['app.tenant']],
  ["select set_config('app.user', 'x', false), pg_catalog.set_config ( 'app.role','y',true)", ['app.user', 'app.role']],
  ["do $$ begin perform set_config('app.user', 'x', false); end $$", ['app.user']],
  ['set datestyle = german; set role clerk', []],
  ['update t set a = 1', []],
])('the settings of an application are found in %j', (sql, names) => {
  expect(namedSettings(sql)).toEqual(names)
})
