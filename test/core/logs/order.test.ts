import { expect, it } from 'vitest'
import type { LogEvent } from '../../../src/core/logs/event.ts'
import { Finisher } from '../../../src/core/logs/finisher.ts'
import { Order } from '../../../src/core/logs/order.ts'
import { newRecord } from '../../../src/core/logs/record.ts'
import { parserOptions } from './read.ts'

const finisher = new Finisher(parserOptions({}, true))

function eventAt(offset: number, statement = ''): LogEvent {
  const part = { offset, line: 1, bytes: 1, session: '', before: null, prefix: null }
  return finisher.begin(newRecord([part], 'LOG', ''), 'statement', statement)
}

function ordered(): { order: Order; told: number[] } {
  const told: number[] = []
  return { order: new Order(({ byte_offset }) => told.push(byte_offset)), told }
}

it('hands on events by where they began, whenever they end and whichever are none', () => {
  const { order, told } = ordered()
  for (const offset of [0, 10, 20, 30]) order.slot(offset)
  order.slot(20).fill(eventAt(20))
  order.slot(30).drop()
  order.drop(10)
  order.drop(15)
  expect(told).toEqual([])
  order.slot(0).fill(eventAt(0))
  expect(told).toEqual([0, 20])
})

it('takes a place between others for what is known to begin there only later', () => {
  const { order, told } = ordered()
  order.slot(0)
  order.slot(20).fill(eventAt(20))
  order.slot(10).fill(eventAt(10))
  order.slot(0).fill(eventAt(0))
  expect(told).toEqual([0, 10, 20])
})

it('holds no more characters than its limit for one that waits, which then comes late', () => {
  const { order, told } = ordered()
  const late = order.slot(0)
  const long = 'x'.repeat(1_000_000)
  for (let offset = 1; offset <= 40; offset += 1) order.slot(offset).fill(eventAt(offset, long))
  expect(told.slice(0, 5)).toEqual([1, 2, 3, 4, 5])
  late.fill(eventAt(0))
  expect(told.length).toBe(41)
  expect(told.at(-1)).toBe(0)
})
