// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { betweenLeapsMs, Pace } from '../../../src/renderer/editor/grid/pace.ts'

let at = 0
let drawn: number[] = []
let pace: Pace
const view = 1_000

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['requestAnimationFrame', 'cancelAnimationFrame', 'performance', 'setTimeout', 'clearTimeout'],
  })
  at = 0
  drawn = []
  pace = new Pace({
    isLeap: () => Math.abs(at - (drawn.at(-1) ?? 0)) >= view,
    draw: () => drawn.push(at),
  })
})

afterEach(() => {
  pace.stop()
  vi.useRealTimers()
})

function go(to: number): void {
  at = to
  pace.ask()
}

test('events of one frame are drawn once, where the last of them has led', () => {
  for (const to of [100, 200, 300]) go(to)
  expect(drawn).toEqual([])
  vi.advanceTimersToNextFrame()
  expect(drawn).toEqual([300])
  vi.advanceTimersByTime(1_000)
  expect(drawn).toEqual([300])
})

test('what goes on from what can be seen is drawn each frame', () => {
  for (const to of [400, 800, 1_200, 1_600]) {
    go(to)
    vi.advanceTimersToNextFrame()
  }
  expect(drawn).toEqual([400, 800, 1_200, 1_600])
})

test('of leaps that follow each other the first is drawn at once, and the last when a moment has passed', () => {
  go(10_000)
  vi.advanceTimersToNextFrame()
  expect(drawn).toEqual([10_000])
  for (const to of [20_000, 30_000, 40_000]) {
    go(to)
    vi.advanceTimersToNextFrame()
  }
  expect(drawn).toEqual([10_000])
  vi.advanceTimersByTime(betweenLeapsMs)
  expect(drawn).toEqual([10_000, 40_000])
  vi.advanceTimersByTime(10 * betweenLeapsMs)
  expect(drawn).toEqual([10_000, 40_000])
})

test('who comes back to what is drawn while a leap waits is not kept waiting', () => {
  go(10_000)
  vi.advanceTimersToNextFrame()
  go(20_000)
  vi.advanceTimersToNextFrame()
  go(10_100)
  vi.advanceTimersToNextFrame()
  vi.advanceTimersByTime(betweenLeapsMs)
  expect(drawn).toEqual([10_000, 10_100])
})

test('nothing is drawn any more once it was stopped', () => {
  go(10_000)
  pace.stop()
  vi.advanceTimersByTime(1_000)
  go(20_000)
  vi.advanceTimersToNextFrame()
  go(40_000)
  vi.advanceTimersToNextFrame()
  pace.stop()
  vi.advanceTimersByTime(1_000)
  expect(drawn).toEqual([20_000])
})
