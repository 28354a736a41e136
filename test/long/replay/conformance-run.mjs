/** One run of the conformance suite over any transport, with the result of every case and of every call as plain data. */
import { createHash } from 'node:crypto'
import { isR2Error, systemClock } from 'r2kit'
import { register } from 'tsx/esm/api'

const unregister = register()
const { runConformance } = await import('../../conformance/run.ts')
const { suites } = await import('../../conformance/suites/index.ts')
const { localGaps } = await import('../../conformance/local-gaps.ts')
const { localTarget } = await import('../../conformance/local-target.ts')
await unregister()

/** Requests carry times, so that both runs take place at the same time. */
export const clock = { ...systemClock, now: () => Date.UTC(2026, 10, 27, 12) }

export const credentials = { accessKeyId: 'c'.repeat(32), secretAccessKey: 'Th15I5aS3cr3tTh15I5aS3cr3tTh15I5aS3cr3t0' }

/**
 * @param wrapTransport - wraps or replaces each transport of the suite: the client's, and that of raw requests
 * @param only - names of suites. @defaultValue all
 */
export const runSuites = async (endpoint, wrapTransport, only) => {
  let log = new CallLog()
  const cases = []
  const chosen = suites.filter(({ name }) => only === undefined || only.includes(name))
  const target = {
    ...localTarget({ endpoint, credentials }),
    ...{ clock, runName: 'recorded' },
    wrapTransport: (inner) => {
      const transport = wrapTransport(inner)
      return inner.name === 'raw' ? loggedTransport(transport, (response) => log.note(response)) : transport
    },
    wrapClient: (r2) => logged(r2, () => log),
  }
  await runConformance(target, chosen, localGaps, ({ case: { id }, verdict, detail, observations }) => {
    cases.push({ id, verdict, detail, observations, calls: log.results })
    log = new CallLog()
  })
  return cases
}

/**
 * The results of calls in the order of the calls. Concurrent calls are one group, whose results are sorted: equal requests that
 * are in flight together may change places.
 */
class CallLog {
  #groups = []
  #pending = 0

  get results() {
    return this.#groups.flatMap((group) => group.map((call) => JSON.stringify(call)).sort())
  }

  add(call) {
    this.note(call)
    this.#pending++
  }

  end() {
    this.#pending--
  }

  note(entry) {
    if (this.#pending === 0) this.#groups.push([])
    this.#groups.at(-1).push(entry)
  }
}

/** The same transport, whose responses are logged. Recordings have no secrets, so that the text of an error may differ. */
const loggedTransport = (transport, log) => ({
  name: transport.name,
  close: () => transport.close(),
  async send(request) {
    const { status, headers, body } = await transport.send(request)
    log({ status, headers: status < 300 ? headers : {}, body: status < 300 ? plain('', body) : '' })
    return { status, headers, body }
  },
})

/** The same object, whose methods log their results. */
const logged = (object, log) =>
  new Proxy(object, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      if (typeof value === 'object' && value !== null) return logged(value, log)
      if (typeof value !== 'function') return value
      return (...given) => {
        const call = { method: String(name) }
        const calls = log()
        calls.add(call)
        const finish = (outcome) => {
          Object.assign(call, outcome)
          calls.end()
        }
        try {
          const result = value.apply(target, given)
          if (result instanceof Promise)
            result.then(
              (value) => finish(resultOf(value)),
              (error) => finish(errorOf(error)),
            )
          else finish(resultOf(result))
          return result
        } catch (error) {
          finish(errorOf(error))
          throw error
        }
      }
    },
  })

/** The JSON form of an object that was read leaves out its body. */
const resultOf = (result) => ({
  result: JSON.parse(JSON.stringify(result ?? null, plain)),
  ...(result?.body instanceof Uint8Array && { body: plain('', result.body) }),
})

const errorOf = (error) => {
  if (!isR2Error(error)) return { error: String(error) }
  const { code, message, status, s3Code, attempts, retryable, requestId } = error
  return { error: { code, message, status, s3Code, attempts, retryable, requestId } }
}

function plain(_name, value) {
  if (value instanceof Uint8Array)
    return `${value.byteLength} bytes, ${createHash('sha256').update(value).digest('hex')}`
  return value instanceof ReadableStream ? 'a stream' : value
}
