import { Failure } from '../fault.ts'
import type { Condition } from './arrange.ts'
import { comparerOf, type Key } from './compare.ts'
import type { Cell, Column } from './contract.ts'

/** Whether a value meets a condition. As in SQL, a null meets none but `null`. */
export type Test = (value: Cell) => boolean

/**
 * A condition, ready to be asked of many values.
 *
 * @throws Failure `invalid_input` for a value that is none of the column's type
 */
export function testOf(condition: Condition, columns: readonly Column[]): Test {
  const column = columns[condition.column]
  if (column === undefined) throw new Failure({ code: 'invalid_input', message: 'This column does not exist.' })
  switch (condition.is) {
    case 'null':
      return (value) => value === null
    case 'not null':
      return (value) => value !== null
    case 'contains':
    case 'not contains': {
      const wanted = condition.is === 'contains'
      const part = condition.value.toLowerCase()
      return (value) => value !== null && value.toLowerCase().includes(part) === wanted
    }
    case 'between': {
      const low = compared(column, condition.value)
      const high = compared(column, condition.to)
      return (value) => low(value, (order) => order >= 0) && high(value, (order) => order <= 0)
    }
    default: {
      const test = compared(column, condition.value)
      const accepts = orders[condition.is]
      return (value) => test(value, accepts)
    }
  }
}

const orders: Readonly<Record<'equal' | 'not equal' | 'less' | 'at most' | 'greater' | 'at least', Accepts>> = {
  equal: (order) => order === 0,
  'not equal': (order) => order !== 0,
  less: (order) => order < 0,
  'at most': (order) => order <= 0,
  greater: (order) => order > 0,
  'at least': (order) => order >= 0,
}

type Accepts = (order: number) => boolean

/** Compares values of a column with a given one. */
function compared(column: Column, given: string): (value: Cell, accepts: Accepts) => boolean {
  const { keyOf, compare } = comparerOf(column)
  const key: Key | null = keyOf(given)
  if (key === null) {
    throw new Failure({
      code: 'invalid_input',
      message: `“${given.slice(0, 100)}” is no ${column.type}.`,
      hint: 'Give a value as the column shows them.',
    })
  }
  return (value, accepts) => {
    const own = value === null ? null : keyOf(value)
    return own !== null && accepts(compare(own, key))
  }
}
