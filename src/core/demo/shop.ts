import { money, textArray, type Value } from './copy.ts'
import { ipAddress, testCards } from './identifiers.ts'
import type { Random } from './random.ts'
import { numbered, type Table } from './table.ts'
import { daySeconds, moment, opening, present, timestamp } from './time.ts'
import { categories, colours, goods, orderNotes, qualities, reviewBodies, reviewTitles } from './words/goods.ts'
import { drugs } from './words/medicine.ts'
import type { World } from './world.ts'

/** The tables of the schema `shop`, in an order in which each needs only those before it. */
export function shopTables(world: World): Table[] {
  return [
    {
      schema: 'shop',
      name: 'category',
      columns: ['code', 'parent_code', 'name'],
      expected: categories.length,
      rows: () => categories.map(({ code, parent, name }) => [code, parent, name]),
    },
    {
      schema: 'shop',
      name: 'product',
      columns: [
        'sku',
        'category_code',
        'name',
        'description',
        'price',
        'attributes',
        'tags',
        'drug_code',
        'weight_grams',
      ],
      expected: world.products,
      rows: () => numbered(world.products, (row) => product(world, row)),
    },
    {
      schema: 'shop',
      name: 'customer',
      columns: ['id', 'person_id', 'email', 'display_name', 'tier', 'marketing', 'credit', 'created_at'],
      expected: world.people * 0.6,
      rows: () => numbered(world.people, (row) => (world.isCustomer(row) ? customer(world, row) : null)),
    },
    {
      schema: 'shop',
      name: 'order',
      columns: [
        ...['id', 'customer_id', 'person_id', 'address_number', 'status', 'ordered_at', 'shipped_at', 'shipping'],
        ...['total', 'coupons', 'note'],
      ],
      expected: world.orders,
      rows: () => numbered(world.orders, (row) => order(world, row)),
    },
    {
      schema: 'shop',
      name: 'order_item',
      columns: ['order_id', 'line', 'product_sku', 'quantity', 'unit_price', 'discount_percent'],
      expected: world.orders * 2,
      rows: () => orderItems(world),
    },
    {
      schema: 'shop',
      name: 'payment',
      columns: [
        ...['order_id', 'attempt', 'method', 'status', 'amount', 'card_brand', 'card_last4', 'gateway', 'created_at'],
      ],
      expected: world.orders * 1.05,
      rows: () => payments(world),
    },
    {
      schema: 'shop',
      name: 'review',
      columns: ['id', 'product_sku', 'customer_id', 'rating', 'title', 'body', 'created_at'],
      expected: world.reviews,
      rows: () => numbered(world.reviews, (row) => review(world, row)),
    },
    {
      schema: 'shop',
      name: 'newsletter',
      columns: ['email', 'name', 'source', 'ip', 'subscribed_at', 'last_opened_at', 'unsubscribed'],
      expected: world.newsletters,
      rows: () => numbered(world.newsletters, (row) => (isReader(world, row) ? reader(world, row) : null)),
    },
  ]
}

function sku(row: number): string {
  return `SKU-${String(row).padStart(5, '0')}`
}

function cents(world: World, row: number): number {
  if (world.fate.product(row) === 'product.price_zero') return 0
  const good = goods[row % goods.length]
  return Math.round(((good?.cents ?? 1000) * world.random('product', row).between(90, 190)) / 100)
}

function product(world: World, row: number): Value[] {
  const price = cents(world, row)
  const random = world.random('product', row)
  const good = goods[row % goods.length]
  const category = good?.category ?? 'other'
  const name = `${random.pick(qualities)} ${good?.name ?? 'article'} ${random.between(1, 9)}`
  const isPlaceholder = world.fate.product(row) === 'product.description_placeholder'
  const attributes = {
    colour: random.pick(colours),
    washable: random.percent(40),
    warranty_months: random.pick([6, 12, 24]),
  }
  return [
    sku(row),
    category,
    name,
    isPlaceholder ? random.pick(['TBD', 'xxx', 'lorem ipsum']) : `A ${good?.name ?? 'thing'} in ${attributes.colour}.`,
    money(price),
    JSON.stringify(attributes),
    textArray(['new', 'bestseller', 'eco', 'gift'].filter(() => random.percent(20))),
    category === 'therapy' && random.percent(40) ? random.pick(drugs).code : null,
    random.between(20, 9000),
  ]
}

function customer(world: World, row: number): Value[] {
  const random = world.random('customer', row)
  const { given, family, email } = world.identity(row)
  return [
    row,
    // Some buy without being a patient: the e-mail alone ties them to a person.
    row % 7 === 1 ? null : row,
    email,
    `${given} ${family.slice(0, 1)}.`,
    random.pick(['basic', 'basic', 'basic', 'silver', 'gold']),
    random.percent(45),
    money(random.percent(10) ? random.between(100, 5000) : 0),
    timestamp(world.registeredAt(row)),
  ]
}

interface Item {
  product: number
  quantity: number
  price: number
  discount: number
}

function itemsOf(world: World, row: number): Item[] {
  const random = world.random('orderItem', row)
  return Array.from({ length: random.between(1, 3) }, () => {
    const bought = random.between(1, world.products)
    const discount = random.percent(20) ? random.pick([5, 10, 15, 25]) : 0
    return { product: bought, quantity: random.between(1, 4), price: cents(world, bought), discount }
  })
}

interface Order {
  orderedAt: number
  customer: number
  shipping: number
  /** The sum of the items and the shipping, in cents. */
  total: number
}

function orderOf(world: World, row: number, random: Random): Order {
  const orderedAt = moment(row, world.orders, (below) => random.int(below))
  const known = world.knownAt(orderedAt)
  const buyer = world.nearest(random.between(1, known), known, (other) => world.isCustomer(other))
  const shipping = random.pick([0, 390, 490])
  // Half a cent goes up, as PostgreSQL's round() does it.
  const sums = itemsOf(world, row).map((item) =>
    Math.floor((item.quantity * item.price * (100 - item.discount) + 50) / 100),
  )
  return { orderedAt, customer: buyer, shipping, total: sums.reduce((sum, each) => sum + each, shipping) }
}

function order(world: World, row: number): Value[] {
  const random = world.random('order', row)
  const flaw = world.fate.order(row)
  const { orderedAt, customer: buyer, shipping, total } = orderOf(world, row, random)
  const status =
    flaw === 'order.shipped_before_ordered'
      ? 'delivered'
      : random.pick(['delivered', 'delivered', 'delivered', 'delivered', 'shipped', 'cancelled'])
  const days = random.between(1, 5) * daySeconds
  const shipped = flaw === 'order.shipped_before_ordered' ? orderedAt - days : Math.min(orderedAt + days, present)
  const isGuest = buyer % 7 === 1
  const card = random.pick(testCards).number
  return [
    row,
    buyer,
    isGuest ? null : buyer,
    isGuest ? null : 1,
    status,
    timestamp(orderedAt),
    status === 'cancelled' ? null : timestamp(shipped),
    money(shipping),
    money(flaw === 'order.total_wrong' ? total + random.between(1, 500) : total),
    textArray(random.percent(10) ? [`SAVE${random.pick([5, 10, 15])}`] : []),
    flaw === 'order.card_in_note'
      ? `Charge card ${card.replace(/(\d{4})(?=\d)/g, '$1 ')} again, please`
      : random.percent(15)
        ? random.pick(orderNotes)
        : null,
  ]
}

function* orderItems(world: World): Generator<Value[]> {
  for (let row = 1; row <= world.orders; row++) {
    for (const [index, item] of itemsOf(world, row).entries()) {
      yield [row, index + 1, sku(item.product), item.quantity, money(item.price), item.discount]
    }
  }
}

function* payments(world: World): Generator<Value[]> {
  for (let row = 1; row <= world.orders; row++) {
    const { orderedAt, total } = orderOf(world, row, world.random('order', row))
    const random = world.random('payment', row)
    const isFlawed = world.fate.payment(row) === 'payment.card_in_gateway'
    const method = isFlawed ? 'card' : random.pick(['card', 'card', 'transfer', 'invoice'])
    const card = method === 'card' ? random.pick(testCards) : null
    const attempts = random.percent(5) ? 2 : 1
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const status = attempt < attempts ? 'failed' : 'paid'
      const gateway = {
        id: `ch_${random.hex(16)}`,
        outcome: status,
        ...(isFlawed && attempt === 1 && card !== null ? { pan: card.number } : {}),
      }
      yield [
        ...[row, attempt, method, status, money(total), card?.brand ?? null, card?.number.slice(-4) ?? null],
        ...[JSON.stringify(gateway), timestamp(Math.min(orderedAt + attempt * 60, present))],
      ]
    }
  }
}

function review(world: World, row: number): Value[] {
  const flaw = world.fate.review(row)
  if (flaw === 'review.duplicate') {
    const source = world.nearest(row, world.reviews, (other) => world.fate.review(other) === null)
    return [row, ...review(world, source).slice(1)]
  }
  const random = world.random('review', row)
  const created = moment(row, world.reviews, (below) => random.int(below))
  const known = world.knownAt(created)
  return [
    row,
    flaw === 'review.product_unknown' ? `OLD-${random.digits(5)}` : sku(random.between(1, world.products)),
    world.nearest(random.between(1, known), known, (other) => world.isCustomer(other)),
    flaw === 'review.rating_out_of_range' ? random.pick([0, 6, 10, -1]) : random.pick([1, 2, 3, 4, 4, 5, 5, 5]),
    random.pick(reviewTitles),
    random.pick(reviewBodies),
    timestamp(created),
  ]
}

/** Reader n is person 2n, if that one has an address that works and that nobody else has. */
export function isReader(world: World, row: number): boolean {
  const flaw = world.fate.person(row * 2)
  return flaw !== 'person.email_malformed' && flaw !== 'person.duplicate'
}

function reader(world: World, row: number): Value[] {
  const flaw = world.fate.newsletter(row)
  if (flaw === 'newsletter.duplicate') {
    const fit = (other: number) => world.fate.newsletter(other) === null && isReader(world, other)
    const [email = null, ...rest] = reader(world, world.nearest(row, world.newsletters, fit))
    return [String(email).toUpperCase(), ...rest]
  }
  const random = world.random('newsletter', row)
  const { given, family, email } = world.identity(row * 2)
  const isStale = flaw === 'newsletter.stale'
  const subscribed = isStale ? opening - 1500 * daySeconds : world.registeredAt(row * 2)
  const since = Math.max(subscribed, opening + 365 * daySeconds)
  const opened = isStale
    ? opening - random.between(1, 900) * daySeconds
    : since + random.int(Math.max(1, present - since))
  return [
    flaw === 'newsletter.person_unknown'
      ? `reader.${row}@news.example`
      : flaw === null || isStale
        ? email
        : `reader.${row}`,
    `${given} ${family}`,
    random.pick(['shop', 'reception', 'event']),
    ipAddress(random),
    timestamp(subscribed),
    timestamp(opened),
    isStale ? false : random.percent(15),
  ]
}
