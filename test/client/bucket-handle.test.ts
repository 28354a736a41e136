/** The handle of a bucket, for every operation that takes a bucket: by the cases of the methods' inputs. */
import { R2Client } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { fakeClient, testCredentials } from '../support/fake-transport.js'
import { sampleOf } from '../support/inputs/argument-locations.js'
import { cases } from '../support/inputs/method-cases.js'
import { errorOf } from '../support/results.js'

const bucket = 'photos'

/** Cases of methods whose input has a bucket. */
const bound = cases.filter(({ takes }) => takes.some(({ kind }) => kind.is === 'structure' && 'bucket' in kind.fields))

/** Replaces the method of a client by one that records its arguments. */
const recorded = (r2: R2Client, name: string): unknown[][] => {
  const calls: unknown[][] = []
  const [path = ''] = name.split(' ')
  const [method = '', ...apis] = path.split('.').reverse()
  const api = apis.reverse().reduce((owner, part) => Reflect.get(owner, part), r2 as object)
  expect(Reflect.get(api, method), `the client has no ${path}`).toBeTypeOf('function')
  const record = (...args: unknown[]) => {
    calls.push(args)
    return {}
  }
  Object.defineProperty(api, method, { value: record })
  return calls
}

describe.each(bound.map((entry) => [entry.name, entry] as const))('%s', (name, entry) => {
  test(`${name} of a handle adds the bucket to its input, and to nothing else`, () => {
    const { r2 } = fakeClient()
    const calls = recorded(r2, name)
    const given = entry.takes.map(({ kind }) => {
      const sample = sampleOf(kind)
      if (kind.is !== 'structure' || !('bucket' in kind.fields)) return sample
      const { bucket: _, ...input } = sample as { bucket?: string }
      return input
    })
    entry.method(r2.bucket('the-handle') as never)(...(given as never[]))
    expect(calls).toHaveLength(1)
    const inputs = calls[0]?.filter((arg) => typeof arg === 'object' && arg !== null && 'bucket' in arg)
    expect(inputs).toHaveLength(1)
    const withoutBucket = given.find((_, index) => {
      const kind = entry.takes[index]?.kind
      return kind?.is === 'structure' && 'bucket' in kind.fields
    })
    expect(inputs?.map((input) => ({ ...(input as object) }))).toEqual([
      { ...(withoutBucket as object), bucket: 'the-handle' },
    ])
  })
})

test('a handle has every operation of the client whose input has a bucket', () => {
  const paths = new Set(bound.map(({ name }) => name.split(' ')[0]))
  expect(paths.size).toBeGreaterThan(40)
})

describe('the input of a handle', () => {
  const handle = () => {
    const { r2, transport } = fakeClient()
    return { photos: r2.bucket(bucket), transport }
  }

  test('rejects another bucket, and accepts the same one', async () => {
    const { photos, transport } = handle()
    const input = { bucket: 'other', key: 'k' }
    const error = await errorOf(photos.objects.delete(input))
    expect(error).toMatchObject({ code: 'InvalidInput', field: 'bucket' })
    expect(transport.sent).toHaveLength(0)
    await errorOf(photos.objects.head({ ...input, bucket } as never))
    expect(transport.sent).toHaveLength(1)
  })

  test.each([5, 'k', null, [], new Map(), Promise.resolve()])('rejects %s, naming the input', async (value) => {
    const { photos, transport } = handle()
    const error = await errorOf(photos.objects.delete(value as never))
    expect(error).toMatchObject({ code: 'InvalidInput', field: 'input' })
    expect(transport.sent).toHaveLength(0)
  })

  test('may be an instance of a class with accessors, an object without prototype, or frozen', async () => {
    class Input {
      get key() {
        return 'accessor'
      }
    }
    const { photos, transport } = handle()
    const inputs = [new Input(), Object.assign(Object.create(null), { key: 'bare' }), Object.freeze({ key: 'frozen' })]
    for (const input of inputs) await errorOf(photos.objects.head(input))
    expect(transport.sent.map(({ path }) => path)).toEqual(['/photos/accessor', '/photos/bare', '/photos/frozen'])
  })

  test('rejects a getter that throws, naming its field', async () => {
    const { photos } = handle()
    const input = {
      get key(): string {
        throw new Error('no')
      },
    }
    expect(await errorOf(photos.objects.head(input))).toMatchObject({ code: 'InvalidInput', field: 'key' })
  })

  test('adds the bucket to a source that has none', async () => {
    const { photos, transport } = handle()
    await errorOf(photos.objects.copy({ key: 'b', source: { key: 'a' } }))
    await errorOf(photos.objects.copy({ key: 'b', source: { bucket: 'other', key: 'a' } }))
    expect(transport.sent.map(({ headers }) => headers['x-amz-copy-source'])).toEqual(['/photos/a', '/other/a'])
  })

  test('may be an array of inputs', async () => {
    const { photos } = handle()
    const urls = await photos.presign.many([
      { operation: 'get', key: 'a' },
      { operation: 'put', key: 'b' },
    ])
    expect(urls.map(({ url }) => new URL(url).pathname)).toEqual(['/photos/a', '/photos/b'])
  })

  test('is checked with the name of the bucket', async () => {
    const r2 = new R2Client({ accountId: 'a'.repeat(32), credentials: testCredentials })
    expect(r2.bucket('B@d').name).toBe('B@d')
    expect(await errorOf(r2.bucket('B@d').objects.head({ key: 'k' }))).toMatchObject({ field: 'bucket' })
  })
})
