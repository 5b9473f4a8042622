import {
  type KnownColumn,
  type KnownNames,
  type KnownRelation,
  type KnownRoutine,
  NameIndex,
} from '../../../../src/core/editor/completion/names.ts'

let oid = 0

function column(text: string): KnownColumn {
  const [name = '', ...rest] = text.split(' ')
  const type = rest.join(' ').replace(/ !$/, '')
  return {
    name: name.replaceAll('_space_', ' '),
    type,
    notNull: text.endsWith(' !'),
    default: null,
    identity: null,
    generated: name === 'total' ? 'stored' : null,
    comment: name === 'email' ? 'Where bills go' : null,
    sensitivity: name === 'email' ? 'restricted · pii' : null,
  }
}

function table(schema: string, name: string, columns: string[], change: Partial<KnownRelation> = {}): KnownRelation {
  oid += 1
  return {
    oid,
    schema,
    name,
    kind: 'table',
    comment: null,
    sensitivity: null,
    partitionOf: null,
    rowEstimate: 1000,
    columns: columns.map(column),
    primaryKey: ['id'],
    uniqueKeys: [],
    foreignKeys: [],
    ...change,
  }
}

function routine(
  schema: string,
  name: string,
  args: string[],
  result: string | null,
  kind: KnownRoutine['kind'] = 'function',
): KnownRoutine {
  oid += 1
  const read = (text: string): KnownRoutine['args'][number] => {
    const [mode, argument, type, ...rest] = text.split(' ')
    const modes = { in: 'in', out: 'out', table: 'table', variadic: 'variadic' } as const
    return {
      mode: modes[mode as keyof typeof modes],
      name: argument === '-' ? '' : (argument ?? ''),
      type: type ?? '',
      hasDefault: rest.includes('default'),
    }
  }
  return {
    oid,
    schema,
    name,
    kind,
    args: args.map(read),
    result,
    comment: name === 'price_of' ? 'What it costs today' : null,
  }
}

const customer = table('public', 'customer', ['id bigint !', 'name text', 'email text', 'mood mood'], {
  comment: 'Who buys',
  uniqueKeys: [['email']],
})
const orders = table(
  'public',
  'orders',
  [
    'id bigint !',
    'customer_id bigint',
    'referrer_id bigint',
    'status order_status',
    'total numeric(10,2)',
    'placed_at timestamp with time zone',
  ],
  {
    foreignKeys: [
      { name: 'orders_customer_fk', columns: ['customer_id'], toRelation: customer.oid, toColumns: ['id'] },
      { name: 'orders_referrer_fk', columns: ['referrer_id'], toRelation: customer.oid, toColumns: ['id'] },
    ],
  },
)
const line = table('public', 'order_line', ['order_id bigint !', 'line_no integer !', 'sku text', 'amount numeric'], {
  primaryKey: ['order_id', 'line_no'],
  foreignKeys: [{ name: 'line_order_fk', columns: ['order_id'], toRelation: orders.oid, toColumns: ['id'] }],
})
const shipment = table('logistics', 'shipment', ['id bigint !', 'order_id bigint', 'line_no integer', 'sent_on date'], {
  foreignKeys: [
    {
      name: 'shipment_line_fk',
      columns: ['order_id', 'line_no'],
      toRelation: line.oid,
      toColumns: ['order_id', 'line_no'],
    },
  ],
})
const employee = table('hr', 'employee', ['id integer !', 'boss_id integer', 'name text'])
const employees: KnownRelation = {
  ...employee,
  foreignKeys: [{ name: 'boss_fk', columns: ['boss_id'], toRelation: employee.oid, toColumns: ['id'] }],
}

/** A small shop with every kind of name that completion has to deal with. */
export const shop: KnownNames = {
  searchPath: ['public'],
  schemas: [
    { name: 'hr', comment: null, system: false },
    { name: 'logistics', comment: 'What is on its way', system: false },
    { name: 'public', comment: null, system: false },
    { name: 'pg_catalog', comment: null, system: true },
  ],
  relations: [
    customer,
    orders,
    line,
    shipment,
    employees,
    table('public', 'Order Items', ['Id integer', 'user text', 'a"b text', '__proto__ text', 'constructor text']),
    table('public', 'select', ['from text', 'ok integer']),
    table('public', 'active_customer', ['id bigint', 'name text'], { kind: 'view', primaryKey: [] }),
    table('public', 'order_seq', ['last_value bigint'], { kind: 'sequence', primaryKey: [] }),
    table('logistics', 'orders', ['id bigint', 'route text']),
    table('pg_catalog', 'pg_class', ['oid oid', 'relname name', 'relkind "char"'], {
      kind: 'table',
      primaryKey: ['oid'],
    }),
  ],
  routines: [
    routine('public', 'price_of', ['in sku text', 'in on_day date default'], 'numeric'),
    routine('public', 'price_of', ['in line order_line'], 'numeric'),
    routine(
      'public',
      'top_customers',
      ['in count integer', 'table customer_id bigint', 'table spent numeric'],
      'TABLE(customer_id bigint, spent numeric)',
    ),
    routine('public', 'all_orders', [], 'SETOF orders'),
    routine('public', 'close_month', ['in month date'], null, 'procedure'),
    routine('logistics', 'route_of', ['in id bigint'], 'text'),
    routine('pg_catalog', 'count', ['in - any'], 'bigint', 'aggregate'),
    routine('pg_catalog', 'lower', ['in - text'], 'text'),
    routine('pg_catalog', 'now', [], 'timestamp with time zone'),
    routine('pg_catalog', 'int4in', ['in - cstring'], 'integer'),
    routine('pg_catalog', 'generate_series', ['in - integer', 'in - integer'], 'SETOF integer'),
  ],
  types: [
    { schema: 'public', name: 'mood', kind: 'enum', labels: ['sad', 'so-so', "it's fine"], comment: null },
    {
      schema: 'public',
      name: 'order_status',
      kind: 'enum',
      labels: ['open', 'paid', 'sent'],
      comment: 'Where it stands',
    },
    { schema: 'hr', name: 'grade', kind: 'domain', labels: [], comment: null },
    { schema: 'pg_catalog', name: 'int4', kind: 'base', labels: [], comment: null },
  ],
}

export const names = new NameIndex(shop)
