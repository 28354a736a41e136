import { SimulatedR2 } from 'r2kit/simulation'
import { describe, expect, test } from 'vitest'
import { testCredentials } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import type { HttpRequest } from '../../http/index.js'
import { R2Client } from '../../r2-client.js'
import type { DeletePrefixProgress } from './delete-prefix.js'

const bucket = 'photos'

const setUp = async (keys: readonly string[], onRequest: (request: HttpRequest) => void = () => undefined) => {
  const clock = new VirtualClock()
  const model = new SimulatedR2(clock, [bucket])
  const options = { endpoint: 'https://r2.test', credentials: testCredentials, clock }
  const direct = new R2Client({ ...options, transport: model })
  for (const key of keys) await direct.objects.put({ bucket, key, body: '' })
  const transport = {
    name: 'watched',
    send(request: HttpRequest) {
      onRequest(request)
      return model.send(request)
    },
    close: () => model.close(),
  }
  const left = () => [...(model.buckets.get(bucket)?.keys() ?? [])].sort()
  return { r2: new R2Client({ ...options, transport }), left, clock }
}

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`)

describe('deletePrefix', () => {
  test('deletes the objects below a prefix and no others, over several pages, and reports each batch', async () => {
    const { r2, left } = await setUp([...numbered('logs/', 1_500), 'log', 'logs-old', 'm'])
    const batches: DeletePrefixProgress[] = []
    const result = await r2.objects.deletePrefix(
      { bucket, prefix: 'logs/' },
      { onProgress: (progress) => void batches.push(progress) },
    )
    expect(result).toEqual({ deletedCount: 1_500, failedCount: 0, failed: [] })
    expect(left()).toEqual(['log', 'logs-old', 'm'])
    expect(batches.map(({ deleted, deletedCount }) => [deleted.length, deletedCount])).toEqual([
      [700, 700],
      [700, 1_400],
      [100, 1_500],
    ])
  })

  test('requests the next page only when onProgress has ended, and rejects with an exception in it', async () => {
    let requests = 0
    const { r2, left } = await setUp(numbered('', 1_000), () => requests++)
    const onProgress = async () => {
      await new Promise(setImmediate)
      expect(requests).toBe(2)
      throw new Error('stop')
    }
    const input = { bucket, prefix: '', wholeBucket: true }
    await expect(r2.objects.deletePrefix(input, { onProgress })).rejects.toThrow('stop')
    expect([requests, left().length]).toEqual([2, 300])
  })

  test('a dry run reports the keys and deletes none', async () => {
    const { r2, left } = await setUp(['a/1', 'a/2', 'b'])
    const keys: string[] = []
    const onProgress = ({ deleted }: DeletePrefixProgress) => void keys.push(...deleted)
    const result = await r2.objects.deletePrefix({ bucket, prefix: 'a/' }, { dryRun: true, onProgress })
    expect([result.deletedCount, keys, left()]).toEqual([2, ['a/1', 'a/2'], ['a/1', 'a/2', 'b']])
  })

  test.each([
    ['an empty prefix', { prefix: '' }],
    ['no prefix', {}],
  ])('rejects %s without wholeBucket before anything is sent', async (_, fields) => {
    let requests = 0
    const { r2 } = await setUp([], () => requests++)
    const error = await errorOf(r2.objects.deletePrefix({ bucket, ...fields } as never))
    expect(error).toMatchObject({ code: 'InvalidInput', field: 'prefix' })
    expect(requests).toBe(0)
  })

  test('empties a bucket with wholeBucket', async () => {
    const { r2, left } = await setUp(['a', 'b/c'])
    expect(await r2.objects.deletePrefix({ bucket, prefix: '', wholeBucket: true })).toMatchObject({ deletedCount: 2 })
    expect(left()).toEqual([])
  })
})

describe('exists', () => {
  test('is true for an object, and false for an absent one', async () => {
    const { r2 } = await setUp(['a'])
    expect(await r2.objects.exists({ bucket, key: 'a' })).toBe(true)
    expect(await r2.objects.exists({ bucket, key: 'b' })).toBe(false)
  })

  test('rejects with every other error', async () => {
    const { r2 } = await setUp(['a'])
    const input = { bucket, key: 'a', ifMatch: 'f'.repeat(32) }
    expect(await errorOf(r2.objects.exists(input))).toMatchObject({ code: 'PreconditionFailed' })
  })
})
