import fc from 'fast-check'
import { isR2Error, R2Error } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { type FakeTransport, fakeClient, type Script } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { deleteDocument, escapeXml } from '../../xml/documents.js'

const bucket = 'photos'
const keys = (count: number): string[] => Array.from({ length: count }, (_, index) => `k${index}`)

/** A server that deletes keys; `refuse` returns the S3 code for keys that it rejects, 'silent' for keys that it omits. */
const deleting =
  (refuse: (key: string) => string | undefined = () => undefined): Script =>
  ({ method, bodyBytes }) => {
    if (method === 'DELETE') return { status: 204 }
    const results = deleteDocument.read(bodyBytes).keys.map((key) => {
      const code = refuse(key)
      if (code === 'silent') return ''
      if (code === undefined) return `<Deleted><Key>${escapeXml(key)}</Key></Deleted>`
      return `<Error><Key>${escapeXml(key)}</Key><Code>${code}</Code><Message>no</Message></Error>`
    })
    return { body: `<DeleteResult>${results.join('')}</DeleteResult>` }
  }

describe('any number of keys', () => {
  test.each([0, 1, 699, 700, 701, 2500])('%i keys are deleted in requests of 700 keys', async (count) => {
    const { r2, transport } = fakeClient(deleting())
    const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys: keys(count) })
    expect(deleted).toEqual(keys(count))
    expect(failed).toEqual([])
    expect(transport.sent).toHaveLength(Math.ceil(count / 700))
  })

  test('keys of an async source are read while keys are deleted', async () => {
    let given = 0
    const source = async function* () {
      for (const key of keys(2500)) {
        given++
        yield key
      }
    }
    const seen: number[] = []
    const script = deleting()
    const { r2 } = fakeClient((request, number) => {
      seen.push(given)
      return script(request, number)
    })
    const { deleted } = await r2.objects.deleteObjects({ bucket, keys: source() })
    expect(deleted).toHaveLength(2500)
    expect(seen).toEqual([700, 1400, 2100, 2500])
  })

  test('keys with white space, entities and line breaks are sent unchanged', async () => {
    const odd = [' a ', '\t', 'a\nb', 'a\r\nb', '<&>"\'', ']]>', '😀', '..', '%2F', 'a//b']
    const { r2 } = fakeClient(deleting())
    expect((await r2.objects.deleteObjects({ bucket, keys: odd })).deleted).toEqual(odd)
  })

  test('keys that XML cannot contain are deleted one by one', async () => {
    const odd = ['a\u0001b', 'a\u001f', '\ufffe']
    const { r2, transport } = fakeClient(deleting())
    const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys: ['plain', ...odd, 'last'] })
    expect([...deleted].sort()).toEqual(['plain', ...odd, 'last'].sort())
    expect(failed).toEqual([])
    expect(transport.sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'DELETE /photos/a%01b',
      'DELETE /photos/a%1F',
      'DELETE /photos/%EF%BF%BE',
      'POST /photos',
    ])
  })

  test('a key that occurs twice is sent and reported once, in whichever batches it is', async () => {
    const { r2, transport } = fakeClient(deleting())
    const given = [...keys(1000), 'k0', 'k999', ...keys(1000)]
    const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys: given })
    expect(deleted).toEqual(keys(1000))
    expect(failed).toEqual([])
    expect(transport.sent).toHaveLength(2)
  })
})

describe('failures', () => {
  test('a key that the server refuses to delete is reported with the reason, and not sent again', async () => {
    const { r2, transport } = fakeClient(deleting((key) => (key === 'k1' ? 'AccessDenied' : undefined)))
    const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys: keys(4) })
    expect(deleted).toEqual(['k0', 'k2', 'k3'])
    expect(failed).toMatchObject([
      { key: 'k1', error: { code: 'AccessDenied', operation: 'DeleteObjects', bucket, key: 'k1', retryable: false } },
    ])
    expect(transport.sent).toHaveLength(1)
  })

  test('a key that the response does not mention is reported as failed', async () => {
    const { r2 } = fakeClient(deleting((key) => (key === 'k1' ? 'silent' : undefined)))
    const { failed } = await r2.objects.deleteObjects({ bucket, keys: keys(3) })
    expect(failed).toMatchObject([{ key: 'k1', error: { code: 'InvalidResponse' } }])
  })

  test('a request that fails is reported for each of its keys, and the other requests are sent', async () => {
    const script = deleting()
    const refused = '<Error><Code>MalformedXML</Code><Message>no</Message></Error>'
    const { r2, clock } = fakeClient((request, number) =>
      number === 2 ? { status: 400, body: refused } : script(request, number),
    )
    const { deleted, failed } = await clock.run(r2.objects.deleteObjects({ bucket, keys: keys(2500) }))
    expect(deleted).toHaveLength(1800)
    expect(failed).toHaveLength(700)
    expect(failed[0]).toMatchObject({ key: 'k700', error: { code: 'BadRequest' } })
  })

  test.each([
    ['wrong secret', 403, 'SignatureDoesNotMatch', 'SignatureDoesNotMatch'],
    ['missing permission', 403, 'AccessDenied', 'AccessDenied'],
    ['missing bucket', 404, 'NoSuchBucket', 'BucketNotFound'],
    ['server error', 500, 'InternalError', 'InternalError'],
  ])('deleteObjects rejects when nothing was deleted because of %s', async (_, status, s3Code, code) => {
    const { r2, clock } = fakeClient(() => ({ status, body: `<Error><Code>${s3Code}</Code></Error>` }))
    const work = r2.objects.deleteObjects({ bucket, keys: keys(2500) })
    expect(await clock.run(errorOf(work))).toMatchObject({ code, operation: 'DeleteObjects', bucket })
  })

  test('deleteObjects rejects after one request where the server cannot be reached', async () => {
    const { r2, transport, clock } = fakeClient(() => new R2Error('ConnectionFailed', 'refused'))
    const work = r2.objects.deleteObjects({ bucket, keys: keys(2500) })
    expect(await clock.run(errorOf(work))).toMatchObject({ code: 'ConnectionFailed', attempts: 3 })
    expect(transport.sent).toHaveLength(3)
  })

  test('an error that affects every key stops the deletion and is reported for each remaining key', async () => {
    const script = deleting()
    const { r2, transport } = fakeClient((request, number) => (number > 1 ? { status: 403 } : script(request, number)))
    const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys: keys(3500) })
    expect([deleted.length, failed.length]).toEqual([700, 2800])
    expect(failed.at(-1)).toMatchObject({ key: 'k3499', error: { code: 'AccessDenied' } })
    expect(transport.sent).toHaveLength(2)
  })

  test.each<[string, unknown, string]>([
    ['a string, which is an iterable of its characters', 'abc', 'keys'],
    ['nothing', undefined, 'keys'],
    ['a number', 5, 'keys'],
    ['an object of the shape of AWS', [{ Key: 'a' }], 'keys[0]'],
    ['a list with a number', ['a', 5], 'keys[1]'],
  ])('deleteObjects rejects %s in place of keys before anything is sent', async (_, wrong, field) => {
    const { r2, transport } = fakeClient(deleting())
    const work = r2.objects.deleteObjects({ bucket, keys: wrong as string[] })
    expect(await errorOf(work)).toMatchObject({ code: 'InvalidInput', field, hint: expect.any(String) })
    expect(transport.sent).toHaveLength(0)
  })

  test('a key that breaks a rule is reported as failed, and the other keys are deleted', async () => {
    const { r2 } = fakeClient(deleting())
    const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys: ['a', '', 'x'.repeat(1025), 'b'] })
    expect(deleted).toEqual(['a', 'b'])
    expect(failed.map(({ key, error }) => [key.length, error.code])).toEqual([
      [0, 'InvalidInput'],
      [1025, 'InvalidInput'],
    ])
  })

  test('deleteObjects rejects a bucket name that breaks a rule', async () => {
    const { r2, transport } = fakeClient(deleting())
    expect(await errorOf(r2.objects.deleteObjects({ bucket: '../x', keys: ['a'] }))).toMatchObject({ field: 'bucket' })
    expect(transport.sent).toHaveLength(0)
  })

  test('an abort ends deleteObjects and sends no further request', async () => {
    const controller = new AbortController()
    const script = deleting()
    const { r2, transport } = fakeClient((request, number) => {
      controller.abort()
      return script(request, number)
    })
    const work = r2.objects.deleteObjects({ bucket, keys: keys(5000) }, { signal: controller.signal })
    expect(await errorOf(work)).toMatchObject({ code: 'Aborted' })
    expect(transport.sent).toHaveLength(1)
  })

  test('an error of the source of keys reaches the caller unchanged', async () => {
    const cause = new Error('no more keys')
    const source = async function* () {
      yield 'a'
      throw cause
    }
    const { r2 } = fakeClient(deleting())
    await expect(r2.objects.deleteObjects({ bucket, keys: source() })).rejects.toBe(cause)
  })

  test('timeoutMs bounds all requests together, and keys that were not sent are reported as failed', async () => {
    const script = deleting()
    const { r2, clock } = fakeClient((request, number) =>
      number === 1
        ? script(request, number)
        : new Promise((_, reject) => request.signal?.addEventListener('abort', () => reject(request.signal?.reason))),
    )
    const { deleted, failed } = await clock.run(
      r2.objects.deleteObjects({ bucket, keys: keys(2500) }, { timeoutMs: 5_000 }),
    )
    expect([deleted.length, failed.length]).toEqual([700, 1800])
    expect(failed[0]).toMatchObject({ error: { code: 'Timeout' } })
    expect(clock.timers).toBe(0)
  })
})

describe('keys that fail for a reason that may pass', () => {
  const sentKeys = (transport: FakeTransport) =>
    transport.sent.map(({ bodyBytes }) => deleteDocument.read(bodyBytes).keys)

  test.each(['InternalError', 'ServiceUnavailable', 'SlowDown', 'TooManyRequests'])(
    'only keys that failed with %s are sent again, after growing delays',
    async (s3Code) => {
      const times: number[] = []
      const attempts = new Map<string, number>()
      const script = deleting((key) => {
        attempts.set(key, (attempts.get(key) ?? 0) + 1)
        return key === 'k1' && (attempts.get(key) ?? 0) < 3 ? s3Code : key === 'k2' ? 'AccessDenied' : undefined
      })
      const { r2, transport, clock } = fakeClient((request, number) => {
        times.push(clock.monotonicMs())
        return script(request, number)
      })
      const { deleted, failed } = await clock.run(r2.objects.deleteObjects({ bucket, keys: keys(4) }))
      expect(deleted).toEqual(['k0', 'k3', 'k1'])
      expect(failed).toMatchObject([{ key: 'k2', error: { code: 'AccessDenied' } }])
      expect(sentKeys(transport)).toEqual([keys(4), ['k1'], ['k1']])
      // R2 takes one write per second and key.
      expect(times).toEqual(s3Code === 'TooManyRequests' ? [0, 1_000, 2_000] : [0, 100, 300])
    },
  )

  test('a key that fails in every attempt is MaxRetriesExceeded, with the attempts and the last failure as its cause', async () => {
    let count = 0
    const script = deleting((key) => (key === 'k1' ? (++count < 3 ? 'SlowDown' : 'InternalError') : undefined))
    const { r2, clock } = fakeClient(script)
    const { deleted, failed } = await clock.run(r2.objects.deleteObjects({ bucket, keys: keys(2) }))
    expect(deleted).toEqual(['k0'])
    expect(failed).toMatchObject([
      {
        key: 'k1',
        error: {
          code: 'MaxRetriesExceeded',
          retryable: true,
          attempts: 3,
          bucket,
          key: 'k1',
          s3Code: 'InternalError',
          cause: { code: 'InternalError', key: 'k1' },
          hint: expect.any(String),
        },
      },
    ])
  })

  test('maxAttempts of the call bounds how often a key is sent', async () => {
    const { r2, transport, clock } = fakeClient(deleting(() => 'InternalError'))
    const { failed } = await clock.run(r2.objects.deleteObjects({ bucket, keys: keys(2) }, { maxAttempts: 1 }))
    expect(failed).toMatchObject([{ error: { code: 'MaxRetriesExceeded', attempts: 1 } }, { key: 'k1' }])
    expect(transport.sent).toHaveLength(1)
  })

  test('keys that wait for their next attempt at the end of timeoutMs fail with Timeout, and none is missing', async () => {
    const { r2, clock } = fakeClient(deleting((key) => (key === 'k1' ? 'TooManyRequests' : undefined)))
    const { deleted, failed } = await clock.run(r2.objects.deleteObjects({ bucket, keys: keys(3) }, { timeoutMs: 500 }))
    expect(deleted).toEqual(['k0', 'k2'])
    expect(failed).toMatchObject([{ key: 'k1', error: { code: 'Timeout' } }])
    expect(clock.timers).toBe(0)
  })
})

describe('a batch that fails with a 500', () => {
  const tooLarge = '<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>'
  /** Like R2, a server that fails with a 500 for batches beyond a size that it does not name. */
  const upTo = (most: number): Script => {
    const script = deleting()
    return (request, number) =>
      deleteDocument.read(request.bodyBytes).keys.length > most
        ? { status: 500, body: tooLarge }
        : script(request, number)
  }

  test.each([
    [500, [700, 350, 350, 350, 350]],
    [200, [700, 350, 175, 175, 350, 175, 175, 175, 175, 175, 175]],
  ])('is halved until it succeeds, and later batches have that size (server takes %i keys)', async (most, sizes) => {
    const { r2, transport } = fakeClient(upTo(most), { retry: { maxAttempts: 1 } })
    const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys: keys(1400) })
    expect([...deleted].sort()).toEqual([...keys(1400)].sort())
    expect(failed).toEqual([])
    const sent = transport.sent.map(({ bodyBytes }) => deleteDocument.read(bodyBytes).keys.length)
    expect(sent.slice(0, sizes.length)).toEqual(sizes)
    expect(Math.max(...sent.slice(sizes.length), 0)).toBeLessThanOrEqual(most)
  })

  test('is halved at most twice, and during an outage the following batches are not', async () => {
    const script = deleting()
    const sizes: number[] = []
    const { r2 } = fakeClient(
      (request, number) => {
        sizes.push(deleteDocument.read(request.bodyBytes).keys.length)
        return number === 1 ? script(request, number) : { status: 500, body: tooLarge }
      },
      { retry: { maxAttempts: 1 } },
    )
    const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys: keys(2800) })
    expect(sizes).toEqual([700, 700, 350, 175, 700, 700])
    expect([deleted.length, failed.length]).toEqual([700, 2100])
    expect(new Set(failed.map(({ error }) => error.code))).toEqual(new Set(['MaxRetriesExceeded']))
    expect(failed[0]?.error).toMatchObject({ cause: { code: 'InternalError', status: 500 } })
  })
})

test('under any failures, each key of the input is reported once', async () => {
  const codes = ['InternalError', 'SlowDown', 'AccessDenied', 'TooManyRequests', 'silent', undefined, undefined]
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 1500 }), { maxLength: 300 }),
      fc.integer({ min: 1, max: 2 ** 31 }),
      fc.array(fc.constantFrom(200, 200, 200, 500, 503, 429, 400), { maxLength: 12 }),
      async (numbers, seed, statuses) => {
        let state = seed
        const next = () => {
          state = (Math.imul(state, 1664525) + 1013904223) >>> 0
          return state
        }
        const given = numbers.map((index) => (index % 50 === 0 ? `k\u0001${index}` : `k${index}`))
        const script = deleting(() => codes[next() % codes.length])
        const { r2, clock } = fakeClient((request, number) => {
          const status = statuses[number] ?? 200
          return status === 200 ? script(request, number) : { status }
        })
        const outcome = await clock.run(
          r2.objects.deleteObjects({ bucket, keys: given }).catch((error: unknown) => error),
        )
        // Nothing was deleted at all.
        if (isR2Error(outcome)) return
        const { deleted, failed } = outcome as Awaited<ReturnType<typeof r2.objects.deleteObjects>>
        const reported = [...deleted, ...failed.map(({ key }) => key)]
        expect(reported.sort()).toEqual([...new Set(given)].sort())
      },
    ),
    { numRuns: 60 },
  )
})
