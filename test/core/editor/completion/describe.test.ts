import { describe, expect, it } from 'vitest'
import { describe as describeAt } from '../../../../src/core/editor/completion/describe.ts'
import { signatureAt } from '../../../../src/core/editor/completion/signature.ts'
import { names } from './shop.ts'

function withoutMark(text: string): { sql: string; offset: number } {
  const offset = text.indexOf('|')
  return { sql: text.slice(0, offset) + text.slice(offset + 1), offset }
}

function hover(text: string): { code: string; lines: readonly string[]; name: string } | null {
  const { sql, offset } = withoutMark(text)
  const found = describeAt(names, sql, offset)
  return found === null ? null : { code: found.code, lines: found.lines, name: sql.slice(found.from, found.to) }
}

describe('what a name means', () => {
  it('tells the type, the classification, the keys and the comment of a column', () => {
    expect(hover('select e|mail from customer')).toEqual({
      name: 'email',
      code: 'public.customer.email text',
      lines: ['Classified: restricted · pii', 'Unique', 'Where bills go'],
    })
    expect(hover('select o.|customer_id from orders o')).toEqual({
      name: 'customer_id',
      code: 'public.orders.customer_id bigint',
      lines: ['References public.customer (id)'],
    })
    expect(hover('select 1 from order_line where |line_no = 1')?.lines).toEqual([
      'Part of the primary key (order_id, line_no)',
    ])
  })

  it('follows a column through a query in a query', () => {
    expect(hover('select x.mai|l from (select email as mail from customer) x')?.code).toBe('public.customer.email text')
    expect(hover('with p as (select 1::numeric as n) select |n from p')?.code).toBe('p.n numeric')
  })

  it.each([
    ['a relation', 'select * from cust|omer'],
    ['an alias of it', 'select c|.id from customer c'],
    ['its alias where it is given', 'select 1 from customer |c'],
    ['what is written to', 'insert into custome|r (id) values (1)'],
  ])('tells of %s', (_, text) => {
    expect(hover(text)).toMatchObject({
      code: 'table public.customer\n  id bigint not null\n  name text\n  email text\n  mood mood',
      lines: ['About 1,000 rows, as last counted', 'Primary key (id)', 'Who buys'],
    })
  })

  it('tells of routines with all their signatures, of types and of schemas', () => {
    expect(hover("select price|_of('x')")).toMatchObject({
      code: 'function public.price_of(sku text, on_day date = …) → numeric\nfunction public.price_of(line order_line) → numeric',
      lines: ['What it costs today'],
    })
    expect(hover("select 'open'::order_sta|tus")).toMatchObject({
      code: "enum public.order_status ('open', 'paid', 'sent')",
      lines: ['Where it stands'],
    })
    expect(hover('select * from logi|stics.shipment')).toMatchObject({
      code: 'schema logistics',
      lines: ['2 relations', 'What is on its way'],
    })
  })

  it('reads names in quotes as they are, and code between dollars', () => {
    expect(hover('select "a""|b" from "Order Items"')).toMatchObject({
      name: '"a""b"',
      code: 'public.Order Items.a"b text',
    })
    expect(hover('select constr|uctor from "Order Items"')?.code).toBe('public.Order Items.constructor text')
    expect(hover('do $$ begin perform id from cust|omer; end $$')?.code).toMatch(/^table public\.customer/)
  })

  it.each([
    'sel|ect 1',
    "select 'cust|omer'",
    'select 1 -- cust|omer',
    'select |',
    'select constr|uctor',
    'select 1|2',
  ])('says nothing of %s', (text) => expect(hover(text)).toBeNull())
})

describe('what a call takes', () => {
  const help = (text: string) => {
    const { sql, offset } = withoutMark(text)
    return signatureAt(names, sql, offset)
  }

  it('shows all signatures and which argument is being written', () => {
    expect(help("select price_of('a', |)")).toEqual({
      signatures: [
        {
          label: 'price_of(line order_line) → numeric',
          parameters: ['line order_line'],
          comment: 'What it costs today',
        },
        {
          label: 'price_of(sku text, on_day date = …) → numeric',
          parameters: ['sku text', 'on_day date = …'],
          comment: 'What it costs today',
        },
      ],
      active: 1,
      parameter: 1,
    })
  })

  it.each([
    ['in a number', 'select generate_series(1, 1|'],
    ['in a string', "select price_of('a|"],
    ['behind a call in it', 'select lower(lower(1), |'],
    ['with its schema', 'select logistics.route_of(|'],
    ['in parentheses that call nothing', 'select price_of((1 + |'],
    ['where the grammar knows it', 'select coalesce(1, |'],
    ['in call', 'call close_month(|'],
    ['in a from', 'select * from top_customers(|'],
  ])('is known %s', (_, text) => expect(help(text)?.signatures.length).toBeGreaterThan(0))

  it.each([
    'select |',
    'select (|',
    'select nothing_known(|',
    'insert into orders (|',
    'select 1 in (|',
    'select lower(1) |',
  ])('is nothing in %s', (text) => expect(help(text)).toBeNull())
})
