import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { complete, mostCandidates } from '../../../../src/core/editor/completion/complete.ts'
import { lexemesOf } from '../../../../src/core/editor/completion/lexemes.ts'
import { names } from './shop.ts'

const pieces = [
  ...[
    'select',
    'from',
    'where',
    'join',
    'on',
    'with',
    'as',
    'recursive',
    'insert into',
    'values',
    'update',
    'set',
    'delete',
  ],
  ...[
    'merge',
    'using',
    'when matched then',
    'returning',
    'union',
    'order by',
    'group',
    'lateral',
    'create table',
    'alter',
  ],
  ...[
    'drop',
    'grant',
    'do',
    'begin',
    'end',
    'case',
    'orders',
    'o',
    'customer',
    '"Order Items"',
    '"',
    "'",
    "''",
    '$$',
    '$a$',
  ],
  ...[
    '(',
    ')',
    ',',
    '.',
    '*',
    '::',
    '=',
    ';',
    '--',
    '/*',
    '*/',
    '\n',
    '\n\n',
    "e'\\'",
    '1.5',
    '[',
    ']',
    '😀',
    '\u0000',
    '\u202e',
  ],
  ...[
    'perform',
    'loop',
    'then',
    'else',
    'in',
    'conflict',
    'table',
    'is',
    'not',
    '__proto__',
    'constructor',
    ':x',
    '$1',
  ],
]

/** A text of words and signs, and a place in it. */
const soup = fc
  .array(fc.constantFrom(...pieces), { maxLength: 60 })
  .map((words) => words.join(' '))
  .chain((sql) => fc.tuple(fc.constant(sql), fc.nat(sql.length)))

function check(sql: string, offset: number): void {
  const { items, from, to } = complete(names, sql, offset)
  expect(items.length).toBeLessThanOrEqual(mostCandidates)
  expect(0 <= from && from <= offset && offset <= to && to <= sql.length).toBe(true)
  // What is replaced up to the cursor stands in one line or in quotes: it is what was typed of one name.
  expect(items.every(({ insert, label }) => insert !== '' && label !== '')).toBe(true)
}

describe('whatever is typed', () => {
  it('gets an answer, in any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }).chain((sql) => fc.tuple(fc.constant(sql), fc.nat(sql.length))),
        ([sql, offset]) => check(sql, offset),
      ),
      { numRuns: 1000 },
    )
  })

  it('gets an answer, in any order of words', () => {
    fc.assert(
      fc.property(soup, ([sql, offset]) => check(sql, offset)),
      { numRuns: 3000 },
    )
  })

  it('is cut into lexemes that leave out nothing but spaces', () => {
    fc.assert(
      fc.property(soup, ([sql]) => {
        const lexemes = lexemesOf(sql)
        let end = 0
        for (const lexeme of lexemes) {
          expect(lexeme.start).toBeGreaterThanOrEqual(end)
          expect(lexeme.text).toBe(sql.slice(lexeme.start, lexeme.end))
          expect(sql.slice(end, lexeme.start)).toMatch(/^[\0-\x20\xa0\ufeff]*$/)
          end = lexeme.end
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('gets an answer at every place of a long query, whole and cut off there', () => {
    const sql = `with recursive tree(id, path) as (
      select e.id, array[e.id] from hr.employee e where e.boss_id is null
      union all
      select e.id, t.path || e.id from hr.employee e join tree t on t.id = e.boss_id
    ), busy as materialized (delete from orders o using customer c where c.id = o.customer_id returning o.*, c.name)
    select distinct on (b.name) b.name, sum(b.total) filter (where b.status = 'open') over (partition by b.id order by b.id),
      (select count(*) from order_line l where l.order_id = b.id and l.sku in ('a', 'b')), case when b.total > 1 then 'x' else null end as big,
      x.one::numeric(10, 2), $q$ it's $q$, "Order Items"."a""b"
    from busy b
    cross join lateral (select l.order_id as one from order_line l where l.order_id = b.id) x
    left join (logistics.shipment s join logistics.orders lo on lo.id = s.order_id) on s.order_id = b.id
    join top_customers(3) as t(customer, spent) using (customer)
    where exists (select 1 from tree where tree.id = b.id) -- a comment
    group by 1, 2 having count(*) > 1 order by big desc nulls last limit 10 for update of b;`
    for (let offset = 0; offset <= sql.length; offset += 1) {
      check(sql, offset)
      check(sql.slice(0, offset), offset)
    }
  })

  it.each([
    ['ten thousand parentheses', `select ${'('.repeat(10_000)}`],
    ['ten thousand queries in queries', 'select * from ('.repeat(10_000)],
    ['ten thousand CTEs in CTEs', 'with a as ('.repeat(10_000)],
    ['ten thousand stars', `select ${'*'.repeat(10_000)}`],
    ['ten thousand dots', `select a${'.a'.repeat(10_000)}.`],
    ['ten thousand bodies', `do ${Array.from({ length: 10_000 }, (_, index) => `$a${index}$`).join(' ')}`],
  ])('%s are no more than that', (_, sql) => check(sql, sql.length))
})
