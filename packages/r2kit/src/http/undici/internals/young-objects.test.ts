import { PerformanceObserver } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { chunkCounter, collectYoungObjects } from './young-objects.js'

const mebibyte = 1024 * 1024

/** Resolves with true when V8 has collected garbage. */
const collection = () =>
  new Promise<boolean>((resolve) => {
    const observer = new PerformanceObserver(() => {
      observer.disconnect()
      resolve(true)
    })
    observer.observe({ entryTypes: ['gc'] })
  })

test('filling the memory of young objects makes V8 collect them', async () => {
  const collected = collection()
  collectYoungObjects(Number.POSITIVE_INFINITY)
  await expect(collected).resolves.toBe(true)
})

test('the memory of young objects is not filled where it is larger than the limit', () => {
  const startBytes = process.memoryUsage().heapUsed
  collectYoungObjects(0)
  expect(process.memoryUsage().heapUsed - startBytes).toBeLessThan(mebibyte)
})

test('young objects are collected after each 16 MiB of delivered chunks', () => {
  let collections = 0
  const delivered = chunkCounter(() => collections++)
  for (let bytes = 0; bytes < 40 * mebibyte; bytes += 64 * 1024) delivered(64 * 1024)
  expect(collections).toBe(2)
})
