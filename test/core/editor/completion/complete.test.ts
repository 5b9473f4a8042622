import { describe, expect, it } from 'vitest'
import { complete } from '../../../../src/core/editor/completion/complete.ts'
import { names } from './shop.ts'

/** What is offered at the `|` of a text, by what would be written. */
function at(text: string): string[] {
  const offset = text.indexOf('|')
  const { items } = complete(names, text.slice(0, offset) + text.slice(offset + 1), offset)
  return items.map(({ insert }) => insert)
}

interface Case {
  /** What must be among the offers. */
  has?: string[]
  /** What must not be. */
  not?: string[]
  /** What the offers begin with, in order. */
  first?: string[]
  none?: true
}

const cases: Record<string, Case> = {
  // Where relations stand.
  'select * from |': {
    has: ['customer', 'orders', '"Order Items"', '"select"', 'logistics.shipment', 'hr.employee', 'logistics.'],
    not: ['pg_class', 'select', 'order_seq; drop'],
  },
  'select * from ord|': {
    first: ['orders', 'order_line'],
    has: ['"Order Items"', 'order_seq', 'logistics.orders'],
    not: ['customer'],
  },
  'select * from line|': { first: ['order_line'] },
  'select * from pg_cl|': { has: ['pg_class'] },
  'select * from logistics.|': {
    first: ['shipment', 'orders'],
    has: ['route_of($0)'],
    not: ['customer', 'logistics.orders'],
  },
  'select * from logistics.sh|': { first: ['shipment'], not: ['orders'] },
  'select * from "Ord|': { first: ['"Order Items"'], has: ['"orders"'] },
  'select * from customer, |': { has: ['orders'] },
  'select * from top|': { has: ['top_customers($0)'] },
  'with paid as (select 1) select * from p|': { first: ['paid'] },
  'insert into |': { has: ['customer', 'active_customer'], not: ['order_seq', 'top_customers($0)'] },
  'update |': { has: ['orders'], not: ['order_seq'] },
  'delete from |': { has: ['orders'] },
  'truncate |': { has: ['orders'], not: ['active_customer'] },
  'drop view |': { has: ['active_customer', 'if exists'], not: ['orders'] },
  'drop sequence |': { has: ['order_seq'], not: ['orders'] },
  'create index on |': { has: ['orders'], not: ['active_customer'] },
  'create table x (a bigint references |': { has: ['customer'], not: ['active_customer'] },
  'grant select on |': { has: ['orders', 'all tables in schema'] },
  'explain analyze select * from cust|': { first: ['customer'], has: ['active_customer'] },
  'create view v as select * from cust|': { first: ['customer'] },
  'do $$ begin perform price_of(x) from cust| end $$': { first: ['customer'] },
  'create function f() returns int language plpgsql as $f$ begin for r in select * from ord|': { first: ['orders'] },

  // Columns of the scope.
  'select | from orders': { first: ['id', 'customer_id', 'referrer_id', 'status', 'total', 'placed_at'] },
  'select o.| from orders o': { first: ['id', 'customer_id'], not: ['name', 'count($0)', 'select'] },
  'select o.cu| from orders o join customer c on true': { first: ['customer_id'], not: ['email'] },
  'select c.| from orders o join customer c on c.id = o.customer_id where o.id = 1': {
    first: ['id', 'name', 'email', 'mood'],
  },
  'select | from orders o, customer c': { has: ['o.id', 'c.id', 'customer_id', 'email', 'o', 'c'], not: ['id'] },
  'select orders.| from orders': { first: ['id', 'customer_id'] },
  'select public.orders.| from public.orders': { first: ['id', 'customer_id'] },
  'select * from orders where |': { first: ['id', 'customer_id'], has: ['not', 'price_of($0)'] },
  'select * from orders where cr|': { not: ['customer_id'] },
  'select * from orders where pat|': { first: ['placed_at'] },
  'select * from orders order by |': { first: ['id'] },
  'select total * 2 as double_total from orders order by dou|': { first: ['double_total'] },
  'select status, count(*) as how_many from orders group by |': { has: ['status', 'how_many'] },
  'select lower(|) from customer': { has: ['name', 'email'] },
  'select * from "Order Items" i where i.|': { has: ['"Id"', '"user"', '"a""b"', '__proto__', 'constructor'] },
  'select * from logistics.orders where |': { has: ['route'], not: ['customer_id'] },
  'select * from active_customer where n|': { first: ['name'] },
  'select x.| from (select id, total * 2 as twice from orders) x': { first: ['id', 'twice'], not: ['status'] },
  'select x.| from (select * from orders o join customer c on c.id = o.id) as x': { has: ['status', 'email'] },
  'select x.| from (select 1, 2) as x(one, two)': { first: ['one', 'two'] },
  'select x.| from (values (1, 2)) x': { first: ['column1', 'column2'] },
  'with p as (select id as pid, total from orders) select | from p': { first: ['pid', 'total'] },
  'with p(a, b) as (select id, total from orders) select p.| from p': { first: ['a', 'b'], not: ['id'] },
  'with a as (select id from orders), b as (select | from a)  select 1': { first: ['id'], not: ['total'] },
  'with recursive t(n, up) as (select 1, 2 union all select | from t) select 1': { first: ['n', 'up'] },
  'with gone as (delete from orders where id = 1 returning id, status) select | from gone': {
    first: ['id', 'status'],
    not: ['total'],
  },
  'select t.| from top_customers(3) t': { first: ['customer_id', 'spent'] },
  'select | from all_orders()': { has: ['placed_at'] },
  'select g.| from generate_series(1, 3) as g(n)': { first: ['n'] },
  'select g.| from generate_series(1, 3) with ordinality as g(n, nr)': { first: ['n', 'nr'] },
  'select j.| from json_to_recordset(x) as j(a int, b text)': { first: ['a', 'b'] },
  'select * from customer c where exists (select 1 from orders o where o.customer_id = c.|)': {
    first: ['id', 'name'],
    not: ['status'],
  },
  'select * from customer c where exists (select 1 from orders o where |)': { has: ['customer_id', 'email', 'c.id'] },
  'select * from customer c, lateral (select * from orders o where o.customer_id = c.|) x': { first: ['id', 'name'] },
  'select id from orders union select | from customer': { first: ['id', 'name', 'email'], not: ['status'] },
  'select case when | then 1 end from orders': { first: ['id'] },
  'select count(*) filter (where |) from orders': { has: ['status'] },
  'select sum(total) over (partition by |) from orders': { has: ['status'] },
  'select extract(year from |) from orders': { has: ['placed_at'], not: ['customer'] },
  'select * from orders o where o.id in (select order_id from order_line l where l.|': {
    first: ['order_id', 'line_no'],
  },
  'select | \n\nselect * from customer': { not: ['email'] },
  'select * from orders;\nselect | from customer;\nselect 1': { has: ['email'], not: ['status'] },
  "select 'it''s', $$ ' $$, /* from customer */ | from orders -- from customer": {
    first: ['id', 'customer_id'],
    not: ['email'],
  },
  "select '😀', o.| from orders o": { first: ['id', 'customer_id'] },

  // Writing.
  'insert into orders (|': {
    first: ['id', 'customer_id'],
    has: ['id, customer_id, referrer_id, status, placed_at'],
    not: ['total', 'count($0)'],
  },
  'insert into orders (id, |': { first: ['customer_id'], not: ['id'] },
  'insert into orders (id) values (|)': { has: ['default'], not: ['customer_id'] },
  'insert into orders (id, status) values (1, |': { first: ["'open'", "'paid'", "'sent'"] },
  "insert into orders (id, status) values (1, '|')": { first: ["'open'", "'paid'", "'sent'"] },
  'insert into orders (id) select | from customer': { first: ['id', 'name'] },
  'insert into customer (id) values (1) on conflict (|': { first: ['id', 'email'], not: ['name'] },
  'insert into customer (id) values (1) on conflict (id) do update set |': { first: ['id', 'name'] },
  'insert into customer (id) values (1) on conflict (id) do update set name = excluded.|': { first: ['id', 'name'] },
  'insert into customer (id) values (1) on conflict (id) do |': { has: ['nothing', 'update set'] },
  'insert into customer (id) values (1) returning |': { first: ['id', 'name'] },
  'update orders set |': { first: ['id', 'customer_id'], not: ['total', 'email'] },
  'update orders o set status = |': { first: ["'open'"], has: ['o', 'customer_id'] },
  "update orders set status = '|": { first: ["'open'", "'paid'"] },
  'update orders set status = o.| from logistics.orders o': { first: ['id', 'route'] },
  'update orders set (customer_id, |) = (1, 2)': { first: ['id'], not: ['customer_id'] },
  'delete from orders where |': { first: ['id'] },
  'delete from orders o using customer c where c.|': { first: ['id', 'name'] },
  'merge into orders o using customer c on o.| ': { first: ['id', 'customer_id'] },
  'merge into orders o using customer c on o.id = c.id when matched then update set |': {
    first: ['id'],
    not: ['email'],
  },

  // Joins.
  'select * from orders o join customer c on |': { first: ['o.customer_id = c.id', 'o.referrer_id = c.id'] },
  'select * from customer c join orders o on |': { first: ['o.customer_id = c.id', 'o.referrer_id = c.id'] },
  'select * from orders join customer on |': { first: ['orders.customer_id = customer.id'] },
  'select * from order_line l join logistics.shipment s on |': {
    first: ['s.order_id = l.order_id and s.line_no = l.line_no'],
  },
  'select * from hr.employee e join hr.employee b on |': { has: ['e.boss_id = b.id', 'b.boss_id = e.id'] },
  'select * from orders o join |': {
    first: [
      'customer c on o.customer_id = c.id',
      'customer c on o.referrer_id = c.id',
      'order_line ol on ol.order_id = o.id',
    ],
  },
  'select * from orders o join cus|': { first: ['customer c on o.customer_id = c.id'] },
  'select * from orders c join cus|': { first: ['customer c2 on c.customer_id = c2.id'] },
  'select * from orders o |': {
    first: ['join'],
    has: ['where', 'left join', 'join customer c on o.customer_id = c.id'],
  },
  'select * from orders o left join customer c using (|': { first: ['id'], not: ['email'] },
  'select * from orders o join customer c on o.customer_id = c.|': { first: ['id', 'name'] },

  // Enums.
  "select * from orders where status = '|'": { first: ["'open'", "'paid'", "'sent'"] },
  "select * from customer where mood <> '|": { has: ["'it''s fine'"] },
  "select * from orders o where o.status in ('open', '|')": { first: ["'open'"] },
  "select '|'::order_status": { first: ["'open'"] },
  "select * from orders where id = '|'": { none: true },

  // Types, routines, schemas.
  'select total::|': { has: ['integer', 'text', 'mood', 'order_status', 'hr.grade'], not: ['count($0)'] },
  'select cast(total as nu|': { first: ['numeric'] },
  'create table t (id |': { has: ['bigint', 'mood'] },
  'create table t (id bigint |': { has: ['not null', 'primary key'] },
  'create table t (id bigint, code text, primary key (|': { first: ['id', 'code'] },
  'alter table orders drop column |': { first: ['id', 'customer_id'] },
  'alter table orders add column x |': { has: ['integer'] },
  'alter table orders alter column status type |': { has: ['text'] },
  'alter table orders |': { has: ['add column', 'drop column'] },
  'create index on orders (|': { first: ['id', 'customer_id'] },
  'select price|': { first: ['price_of($0)'] },
  'select price|(1)': { first: ['price_of'] },
  'select now|': { first: ['now()'] },
  'select logistics.|': { has: ['route_of($0)'] },
  'select int4|': { not: ['int4in($0)'] },
  'call |': { first: ['close_month($0)'], not: ['price_of($0)'] },
  'drop schema |': { first: ['hr', 'logistics', 'public'] },

  // Keywords in their place.
  '|': { has: ['select', 'insert into'], not: ['from', 'customer'] },
  'sel|': { first: ['select'] },
  'SEL|': { first: ['SELECT'] },
  'select * fr|': { first: ['from'] },
  'select * from orders whe|': { first: ['where'] },
  'select * from orders o where o.id = 1 |': { has: ['and', 'or', 'order by'], not: ['customer_id'] },
  'select * from orders where id is |': { first: ['null', 'not null'] },
  'select * from orders order by id |': { has: ['desc', 'nulls last'] },
  'insert into orders |': { has: ['values', 'select'] },
  'update orders |': { has: ['set'] },

  // Nothing at all.
  'select * from orders as |': { none: true },
  'select id as |': { none: true },
  'select 1 -- fr|': { none: true },
  'select /* cus| */ 1': { none: true },
  "select 'from cus|'": { none: true },
  'select 12|': { none: true },
}

describe('what is offered at a cursor', () => {
  it.each(Object.entries(cases))('%s', (text, { has = [], not = [], first = [], none }) => {
    const offers = at(text)
    if (none) expect(offers).toEqual([])
    expect(offers.slice(0, first.length)).toEqual(first)
    expect(offers).toEqual(expect.arrayContaining(has))
    expect(not.filter((each) => offers.includes(each))).toEqual([])
  })
})
