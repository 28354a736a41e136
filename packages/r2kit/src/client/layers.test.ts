import type { Attempt, AttemptLayer, Call, CallLayer, HttpRequest } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { fakeClient, objectHeaders, type Script, streamOf, testCredentials } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { R2Error } from '../errors/index.js'

const object = { bucket: 'photos', key: 'cat.jpg' }
const found: Script = () => ({ headers: objectHeaders(2), body: 'hi' })
const failingOnce: Script = (request, number) => (number === 1 ? { status: 503 } : found(request, number))

const callLayer = (layer: CallLayer, script = found) => fakeClient(script, { layers: { call: [layer] } })
const attemptLayer = (layer: AttemptLayer, script = found) => fakeClient(script, { layers: { attempt: [layer] } })

const withHeader =
  (name: string, value: string): AttemptLayer =>
  (next) =>
  (attempt) => {
    const headers = { ...attempt.request.headers, [name]: value }
    return next({ ...attempt, request: { ...attempt.request, headers } })
  }

describe('call layers', () => {
  test('a call layer runs once per call, however often the request is sent', async () => {
    const calls: Call[] = []
    const { r2, transport, clock } = callLayer(
      (next) => (call) => {
        calls.push(call)
        return next(call)
      },
      failingOnce,
    )
    const { size } = await clock.run(r2.objects.get(object))
    expect([size, transport.sent.length, calls.length]).toEqual([2, 2, 1])
    expect(calls[0]).toMatchObject({
      operation: { name: 'GetObject' },
      input: object,
      ...object,
      maxAttempts: undefined,
    })
  })

  test('the first call layer of the list is the outermost', async () => {
    const order: string[] = []
    const named =
      (name: string): CallLayer =>
      (next) =>
      async (call) => {
        order.push(`${name} in`)
        const output = await next(call)
        order.push(`${name} out`)
        return output
      }
    const { r2 } = fakeClient(found, { layers: { call: [named('first'), named('second')] } })
    await r2.objects.get(object)
    expect(order).toEqual(['first in', 'second in', 'second out', 'first out'])
  })

  test('a call layer sees the output and the errors that the caller receives', async () => {
    const seen: unknown[] = []
    const { r2, clock } = callLayer(
      (next) => async (call) => {
        try {
          const output = await next(call)
          seen.push(output)
          return output
        } catch (error) {
          seen.push(error)
          throw error
        }
      },
      (request, number) => (number === 1 ? found(request, number) : new R2Error('ConnectionReset', 'broken')),
    )
    const output = await r2.objects.get(object)
    const error = await clock.run(errorOf(r2.objects.get(object)))
    const invalid = await errorOf(r2.objects.get({ bucket: 'NOT A BUCKET', key: 'k' }))
    await r2.dispose()
    const closed = await errorOf(r2.objects.get(object))
    expect(seen).toEqual([output, error, invalid, closed])
    expect(error).toMatchObject({ operation: 'GetObject', ...object, attempts: 3 })
    expect(invalid).toMatchObject({ operation: 'GetObject', bucket: 'NOT A BUCKET' })
    expect(closed).toMatchObject({ code: 'ClientClosed', operation: 'GetObject', ...object })
  })

  test('a call layer overrides the number of attempts by passing on a copy', async () => {
    const { r2, transport, clock } = callLayer(
      (next) => (call) => next({ ...call, maxAttempts: 1 }),
      () => ({ status: 500 }),
    )
    expect(await clock.run(errorOf(r2.objects.get(object)))).toMatchObject({ code: 'InternalError', attempts: 1 })
    expect(transport.sent).toHaveLength(1)
  })

  test('a call layer may call next again', async () => {
    const { r2, transport } = callLayer(
      (next) => (call) => next(call).catch(() => next(call)),
      (request, number) => (number === 1 ? { status: 404 } : found(request, number)),
    )
    expect((await r2.objects.get(object)).size).toBe(2)
    expect(transport.sent).toHaveLength(2)
  })

  test('an error that a call layer throws reaches the caller unchanged, and nothing is sent', async () => {
    const refusal = new Error('over quota')
    const { r2, transport } = callLayer(() => () => {
      throw refusal
    })
    await expect(r2.objects.get(object)).rejects.toBe(refusal)
    expect(transport.sent).toEqual([])
  })

  test('timeoutMs covers the wait of a call layer that listens to the signal of the call', async () => {
    const { r2, transport, clock } = callLayer((next) => async (call) => {
      await new Promise<void>((resolve) => call.signal?.addEventListener('abort', () => resolve()))
      return next(call)
    })
    const error = await clock.run(errorOf(r2.objects.get(object, { timeoutMs: 5_000 })))
    expect(error).toMatchObject({ code: 'Timeout', ...object })
    expect(transport.sent).toEqual([])
    expect(clock.timers).toBe(0)
  })

  test('a call layer that waits does not see an input that the caller changes meanwhile', async () => {
    const { r2, transport } = callLayer((next) => async (call) => {
      await Promise.resolve()
      return next(call)
    })
    const input = { ...object }
    const work = r2.objects.get(input)
    input.key = 'other'
    await work
    expect(transport.sent[0]?.path).toBe('/photos/cat.jpg')
  })

  test('each page, batch and looked-up outcome is a call of its own', async () => {
    const names: string[] = []
    const { r2, clock } = callLayer(
      (next) => (call) => {
        names.push(call.operation.name)
        return next(call)
      },
      (_, number) => (number === 1 ? new R2Error('ConnectionReset', 'broken') : { status: 404 }),
    )
    await clock.run(errorOf(r2.objects.put({ ...object, body: 'x', ifNoneMatch: '*' }, { maxAttempts: 1 })))
    expect(names).toEqual(['PutObject', 'HeadObject'])
  })
})

describe('onBodyEnd', () => {
  const ends: unknown[][] = []
  const watched = (script: Script) => {
    ends.length = 0
    return callLayer(
      (next) => (call) =>
        next({
          ...call,
          onBodyEnd(...error) {
            ends.push(error)
            call.onBodyEnd?.(...error)
          },
        }),
      script,
    )
  }

  test('onBodyEnd is called before next resolves where the response is in memory', async () => {
    await watched(found).r2.objects.get(object)
    expect(ends).toEqual([[]])
  })

  test('onBodyEnd is called when a streamed body has been read, and ends the timeout too', async () => {
    const { r2, clock } = watched(found)
    const { body } = await r2.objects.getStream(object, { timeoutMs: 60_000 })
    expect([ends.length, clock.timers]).toEqual([0, 1])
    await new Response(body).text()
    expect([ends, clock.timers]).toEqual([[[]], 0])
  })

  test('onBodyEnd is called when a streamed body is cancelled', async () => {
    const { body } = await watched(found).r2.objects.getStream(object)
    await body.cancel()
    expect(ends).toEqual([[]])
  })

  test('onBodyEnd receives the error of a streamed body that breaks off', async () => {
    const broken = new R2Error('StreamInterrupted', 'broken')
    const { r2 } = watched(() => ({ headers: objectHeaders(4), body: streamOf('hi', broken) }))
    const { body } = await r2.objects.getStream(object, { resume: false })
    expect(await errorOf(new Response(body).text())).toMatchObject({ code: 'StreamInterrupted' })
    expect(ends).toEqual([[broken]])
  })

  test('onBodyEnd is not called for a call that fails', async () => {
    await errorOf(watched(() => ({ status: 404 })).r2.objects.get(object))
    expect(ends).toEqual([])
  })
})

describe('attempt layers', () => {
  test('an attempt layer runs once per attempt, which it can number', async () => {
    const numbers: number[] = []
    const { r2, clock } = attemptLayer(
      (next) => (attempt) => {
        numbers.push(attempt.number)
        return next(attempt)
      },
      failingOnce,
    )
    await clock.run(r2.objects.get(object))
    expect(numbers).toEqual([1, 2])
  })

  test.each([
    ['x-amz-audit', true],
    ['cf-audit', true],
    ['traceparent', false],
  ])(
    'a header %s that an attempt layer adds is sent with each attempt; covered by the signature: %s',
    async (name, isSigned) => {
      const { r2, transport, clock } = attemptLayer(withHeader(name, 'search'), failingOnce)
      await clock.run(r2.objects.get(object))
      expect(transport.sent.map(({ headers }) => headers[name])).toEqual(['search', 'search'])
      for (const { headers } of transport.sent) {
        const [, signed = ''] = /SignedHeaders=([^,]*)/.exec(headers.authorization ?? '') ?? []
        expect(signed.split(';').includes(name)).toBe(isSigned)
      }
    },
  )

  test('a request that a layer has kept stays as it was: its headers have no signature, then or later', async () => {
    const kept: { attempt: Attempt; headers: Record<string, string> }[] = []
    const credentials = { ...testCredentials, sessionToken: 'session-token' }
    const keep: AttemptLayer = (next) => (attempt) => {
      kept.push({ attempt, headers: { ...attempt.request.headers } })
      return next(attempt)
    }
    const { r2, clock } = fakeClient(failingOnce, { credentials, layers: { attempt: [keep] } })
    await clock.run(r2.objects.get(object))
    expect(kept.map(({ attempt }) => attempt.number)).toEqual([1, 2])
    for (const { attempt, headers } of kept) {
      expect(attempt.request.headers).toEqual(headers)
      const names = Object.keys(headers).join()
      expect(names).not.toMatch(/authorization|x-amz-date|x-amz-content-sha256|x-amz-security-token/)
    }
  })

  test('a request that a transport has kept is not signed again with the next attempt', async () => {
    const kept: { request: HttpRequest; headers: Record<string, string> }[] = []
    const { r2, transport, clock } = fakeClient(failingOnce)
    const send = transport.send.bind(transport)
    transport.send = (request) => {
      kept.push({ request, headers: { ...request.headers } })
      return send(request)
    }
    await clock.run(r2.objects.get(object))
    expect(kept).toHaveLength(2)
    for (const { request, headers } of kept) expect(request.headers).toEqual(headers)
  })

  test('an attempt layer sees a failed attempt as an R2Error with its verdict', async () => {
    const errors: unknown[] = []
    const { r2, clock } = attemptLayer(
      (next) => (attempt) =>
        next(attempt).catch((error: unknown) => {
          errors.push(error)
          throw error
        }),
      failingOnce,
    )
    await clock.run(r2.objects.get(object))
    expect(errors).toEqual([expect.objectContaining({ code: 'ServiceUnavailable', retryable: true, status: 503 })])
  })

  test('a retryable R2Error of an attempt layer is retried, any other error is not', async () => {
    const failures: Error[] = [new R2Error('SlowDown', 'budget used up'), new TypeError('a bug')]
    const { r2, transport, clock } = attemptLayer((next) => (attempt) => {
      const failure = failures.shift()
      if (failure !== undefined) throw failure
      return next(attempt)
    })
    const work = r2.objects.get(object)
    await expect(clock.run(work)).rejects.toThrow(new TypeError('a bug'))
    expect(transport.sent).toEqual([])
    expect((await r2.objects.get(object)).size).toBe(2)
  })

  test('a layer may replace the body of a response', async () => {
    const { r2 } = attemptLayer((next) => async (attempt) => {
      const response = await next(attempt)
      return { ...response, body: new TextEncoder().encode('ho') }
    })
    expect((await r2.objects.get(object)).text()).toBe('ho')
  })

  test('a request that is signed again after a wrong clock is one attempt', async () => {
    const numbers: number[] = []
    const { r2, transport } = attemptLayer(
      (next) => (attempt) => {
        numbers.push(attempt.number)
        return next(attempt)
      },
      (request, number) =>
        number > 1
          ? found(request, number)
          : {
              status: 403,
              headers: { date: 'Thu, 01 Jan 2026 14:00:00 GMT' },
              body: '<Error><Code>RequestTimeTooSkewed</Code></Error>',
            },
    )
    await r2.objects.get(object)
    expect([transport.sent.length, numbers]).toEqual([2, [1]])
  })

  test.each([
    ['a header name in upper case', 'X-Team', 'search', 'InvalidConfig', 'layers.attempt[0]'],
    ['a header name with a space', 'x team', 'search', 'InvalidConfig', 'layers.attempt[0]'],
    ['a header value with a line break', 'x-team', 'a\r\nb: c', 'InvalidInput', 'layers.attempt[0]: x-team'],
  ])('%s of an attempt layer is an error that names the layer', async (_, name, value, code, field) => {
    const { r2, transport } = attemptLayer(withHeader(name, value))
    expect(await errorOf(r2.objects.get(object))).toMatchObject({ code, field })
    expect(transport.sent).toEqual([])
  })
})

describe('a layer against its contract', () => {
  const anything = (value: unknown): never => value as never

  test.each([
    ['layers.call[0]', { call: [anything(() => undefined)] }],
    ['layers.attempt[1]', { attempt: [withHeader('a', 'b'), anything(() => 'handler')] }],
    ['layers.call[0]', { call: [anything('layer')] }],
    ['layers.attempt', { attempt: anything(withHeader('a', 'b')) }],
    ['layers.attempts', anything({ attempts: [] })],
    ['layers', anything([])],
  ])('%s of %o is rejected when the client is created', (field, layers) => {
    expect(() => fakeClient(found, { layers })).toThrow(expect.objectContaining({ code: 'InvalidConfig', field }))
  })

  test.each([
    ['layers.attempt[0]', { attempt: [anything(() => () => undefined)] }],
    ['layers.attempt[0]', { attempt: [anything(() => () => ({ status: 503, headers: {}, body: new Uint8Array() }))] }],
    ['layers.attempt[0]', { attempt: [anything((next: (given: object) => unknown) => () => next({ request: {} }))] }],
    ['layers.call[0]', { call: [anything((next: (given: object) => unknown) => () => next({}))] }],
  ])('%s that violates its contract fails the call with an error that names it', async (field, layers) => {
    const { r2 } = fakeClient(found, { layers })
    expect(await errorOf(r2.objects.get(object))).toMatchObject({ code: 'InvalidConfig', field, kind: 'Config' })
  })

  test('layers that are added to the list after the client was made have no effect', async () => {
    const call: CallLayer[] = []
    const { r2 } = fakeClient(found, { layers: { call } })
    call.push(() => () => Promise.reject(new Error('added later')))
    expect((await r2.objects.get(object)).size).toBe(2)
  })
})
