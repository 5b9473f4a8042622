/** The shop's tree of categories; the last one takes the products of a category that is deleted. */
export const categories = [
  { code: 'care', parent: null, name: 'Body care' },
  { code: 'skin', parent: 'care', name: 'Skin' },
  { code: 'teeth', parent: 'care', name: 'Teeth' },
  { code: 'aid', parent: null, name: 'Aids for daily life' },
  { code: 'mobility', parent: 'aid', name: 'Walking and moving' },
  { code: 'sleep', parent: 'aid', name: 'Sleeping' },
  { code: 'device', parent: null, name: 'Devices' },
  { code: 'monitor', parent: 'device', name: 'Monitors' },
  { code: 'therapy', parent: 'device', name: 'Therapy' },
  { code: 'other', parent: null, name: 'Everything else' },
] as const

/** What is sold, with its category and the price of the plainest kind in cents. */
export const goods = [
  { name: 'hand cream', category: 'skin', cents: 450 },
  { name: 'sun lotion', category: 'skin', cents: 1290 },
  { name: 'wound plaster', category: 'skin', cents: 390 },
  { name: 'electric toothbrush', category: 'teeth', cents: 5900 },
  { name: 'dental floss', category: 'teeth', cents: 270 },
  { name: 'walking stick', category: 'mobility', cents: 2490 },
  { name: 'knee brace', category: 'mobility', cents: 3450 },
  { name: 'folding walker', category: 'mobility', cents: 8900 },
  { name: 'neck pillow', category: 'sleep', cents: 2990 },
  { name: 'eye mask', category: 'sleep', cents: 990 },
  { name: 'blood pressure monitor', category: 'monitor', cents: 4990 },
  { name: 'fever thermometer', category: 'monitor', cents: 1490 },
  { name: 'glucose meter', category: 'monitor', cents: 2790 },
  { name: 'inhaler', category: 'therapy', cents: 7900 },
  { name: 'warming pad', category: 'therapy', cents: 3290 },
  { name: 'light therapy lamp', category: 'therapy', cents: 11900 },
  { name: 'pill organiser', category: 'other', cents: 650 },
  { name: 'first-aid box', category: 'other', cents: 2190 },
] as const

export const qualities = ['Classic', 'Compact', 'Comfort', 'Family', 'Gentle', 'Plus', 'Premium', 'Travel']
export const colours = ['white', 'blue', 'green', 'grey', 'red', 'sand']

export const reviewTitles = ['Does what it should', 'Very pleased', 'Not for me', 'Good value', 'Broke after a month']
export const reviewBodies = [
  'Arrived quickly and works as described.',
  'My mother uses it every day and likes it.',
  'The instructions could be clearer.',
  'Solid, but heavier than expected.',
  'Would buy it again.',
  'Sent it back, the refund took two weeks.',
]

export const orderNotes = [
  'Leave with the neighbour, please.',
  'Ring twice.',
  'Gift: no invoice in the box.',
  'Back door.',
]

export const browsers = [
  'Mozilla/5.0 (X11; Linux x86_64) Sample/1.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X) Sample/1.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64) Sample/1.0',
  'ClinicApp/4.2 (iPhone)',
  'ClinicApp/4.1 (Android)',
]
