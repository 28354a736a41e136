import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  FaultInjectionTransport,
  mixedFaults,
  SimulatedR2,
  type Simulation,
  SimulationError,
  simulate,
  simulateSeeds,
} from 'r2kit/testing'
import { describe, expect, test } from 'vitest'

const bucket = 'test'
const partBytes = 5 * 1024 * 1024
const inParts = { thresholdBytes: 1, partSizeBytes: partBytes }

/** The error with which a run fails. */
const failureOf = async (work: Promise<unknown>): Promise<SimulationError> => {
  try {
    await work
  } catch (error) {
    if (error instanceof SimulationError) return error
    throw error
  }
  throw new Error('the simulation passed')
}

/** The kinds and messages of the problems of a run that fails. */
const problemsOf = async (run: (simulation: Simulation) => unknown): Promise<string[]> => {
  const { problems } = await failureOf(simulate({ run }))
  return problems.map(({ kind, message }) => `${kind}: ${message}`)
}

describe('a simulated run', () => {
  test('resolves with the result, the requests and the virtual time', async () => {
    const report = await simulate({
      run: async ({ r2, clock, server }) => {
        await r2.objects.put({ bucket, key: 'a', body: 'one' })
        await clock.sleep(3_600_000)
        return server.object(bucket, 'a')?.bytes.length
      },
    })
    expect(report).toMatchObject({ seed: 1, value: 3, elapsedMs: 3_600_000, faults: [] })
    const [exchange] = report.exchanges
    expect(exchange).toMatchObject({ operation: 'PutObject', bucket, key: 'a', startedMs: 0, outcome: 200 })
  })

  test('the same seed gives the same requests at the same times, another seed others', async () => {
    const run = async ({ r2, random }: Simulation) => {
      const keys = Array.from({ length: 20 }, () => `key ${Math.floor(random() * 5)}`)
      await Promise.allSettled(keys.map((key) => r2.objects.put({ bucket, key, body: key })))
    }
    const exchangesOf = async (seed: number) => (await simulate({ seed, faults: mixedFaults, run })).exchanges
    const first = await exchangesOf(3)
    expect(first.some(({ outcome }) => outcome !== 200)).toBe(true)
    expect(await exchangesOf(3)).toEqual(first)
    expect(await exchangesOf(4)).not.toEqual(first)
  })

  test('faults meet the client, and are reported', async () => {
    const { value, faults, elapsedMs } = await simulate({
      faults: [{ kind: 'status', status: 503, operation: 'PutObject', attempt: 1 }],
      run: async ({ r2 }) => (await r2.objects.put({ bucket, key: 'a', body: 'one' })).etag,
    })
    expect(value).toMatch(/^[0-9a-f]{32}$/)
    expect(faults).toMatchObject([{ operation: 'PutObject', key: 'a', fault: { kind: 'status' } }])
    expect(elapsedMs).toBeGreaterThan(0)
  })

  test('requests to files take no virtual time', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'r2kit-simulate-'))
    try {
      const path = join(folder, 'copy')
      const { elapsedMs } = await simulate({
        run: async ({ r2, clock }) => {
          const alarm = clock.after(10_000, () => undefined)
          await r2.objects.put({ bucket, key: 'a', body: 'one' })
          await r2.transfers.download({ bucket, key: 'a' }, { path })
          alarm.cancel()
        },
      })
      expect(await readFile(path, 'utf8')).toBe('one')
      expect(elapsedMs).toBe(0)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('a simulated run fails with its seed', () => {
  test('when the code throws, with that error as its cause and the seed in the message', async () => {
    const cause = new RangeError('one is not two')
    const error = await failureOf(simulate({ seed: 42, run: () => Promise.reject(cause) }))
    expect(error).toBeInstanceOf(SimulationError)
    expect(error).toMatchObject({ seed: 42, cause, problems: [{ kind: 'error', error: cause }] })
    expect(String(error)).toContain('seed 42')
    expect(String(error)).toContain('RangeError: one is not two')
    expect(String(error)).toContain('Replay it with `seed: 42`')
  })

  test('when a call is pending', async () => {
    const problems = await problemsOf(({ r2 }) => {
      r2.objects.put({ bucket, key: 'a', body: 'one' }).catch(() => undefined)
    })
    expect(problems).toEqual(['pending-call: PutObject test/a is pending'])
  })

  test('when a streamed response was neither read nor cancelled', async () => {
    const problems = await problemsOf(async ({ r2 }) => {
      await r2.objects.put({ bucket, key: 'a', body: 'one' })
      await r2.objects.getStream({ bucket, key: 'a' })
      const { body } = await r2.objects.getStream({ bucket, key: 'a' })
      await body.cancel()
    })
    expect(problems).toEqual([
      'open-response: the response to GetObject test/a was neither read until its end nor cancelled',
    ])
  })

  test('when a timer is pending, with the place that created it', async () => {
    const problems = await problemsOf(({ clock }) => {
      clock.after(5_000, () => undefined)
    })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^pending-timer: a timer is pending, due in 5000 ms, created at .*simulate\.test\.ts/)
  })

  test('when an upload was neither completed nor aborted', async () => {
    const problems = await problemsOf(({ r2 }) => r2.multipart.create({ bucket, key: 'a' }))
    expect(problems).toEqual([
      'unfinished-upload: the upload upload-1 of test/a has 0 parts, and was neither completed nor aborted',
    ])
  })

  test('when a rejected promise is not handled', async () => {
    const problems = await problemsOf(() => {
      // Vitest's own listener, which would fail this test, must not receive the planted rejection.
      const listeners = process.listeners('unhandledRejection')
      for (const listener of listeners.slice(0, -1)) process.off('unhandledRejection', listener)
      setImmediate(() => setImmediate(() => setImmediate(restore)))
      const restore = () => {
        for (const listener of listeners.slice(0, -1)) process.on('unhandledRejection', listener)
      }
      Promise.reject(new Error('forgotten'))
    })
    expect(problems).toEqual(['unhandled-rejection: unhandled rejection: Error: forgotten'])
  })

  test('when the code waits for something other than the virtual clock', async () => {
    const problems = await problemsOf(() => new Promise(() => undefined))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^stuck: the code waits for something other than the clock/)
  })

  test('unless the remains are permitted', async () => {
    const report = await simulate({
      permit: ['unfinished-upload', 'pending-timer'],
      run: async ({ r2, clock }) => {
        clock.after(5_000, () => undefined)
        return (await r2.multipart.create({ bucket, key: 'a' })).uploadId
      },
    })
    expect(report.value).toBe('upload-1')
  })
})

describe('a simulated process', () => {
  test('that is killed in the middle of an upload leaves parts, and another process resumes it', async () => {
    const bytes = new Uint8Array(partBytes + 1).fill(7)
    const { exchanges } = await simulate({
      run: async ({ r2, server, startProcess }) => {
        const lines: Uint8Array[] = []
        const journal = {
          read: async () => (lines.length === 0 ? undefined : Buffer.concat(lines)),
          append: async (_: string, line: Uint8Array) => void lines.push(line),
          remove: async () => void lines.splice(0),
        }
        const target = { bucket, key: 'film' }
        const first = startProcess({ requests: 2, client: { transfers: { maxConcurrency: 1 } } })
        first.r2.transfers.upload(bytes, target, { ...inParts, journal }).catch(() => expect.unreachable())
        await first.killed
        expect([...server.uploads.values()].map(({ parts }) => parts.size)).toEqual([1])
        await r2.transfers.upload(bytes, target, { ...inParts, journal })
        expect(server.object(bucket, 'film')?.bytes.length).toBe(bytes.length)
      },
    })
    expect(exchanges.filter(({ operation }) => operation === 'UploadPart')).toHaveLength(2)
  })

  test('that is killed fires no timer and ends no call', async () => {
    const fired: string[] = []
    await simulate({
      faults: [{ kind: 'latency', latencyMs: 1_000 }],
      run: async ({ clock, startProcess }) => {
        const process = startProcess()
        process.clock.after(500, () => fired.push('own timer'))
        process.r2.objects.put({ bucket, key: 'a', body: 'one' }).finally(() => fired.push('call'))
        await clock.sleep(100)
        process.kill()
        await clock.sleep(10_000)
      },
    })
    expect(fired).toEqual([])
  })
})

describe('several seeds', () => {
  test('are run one after the other, and their requests and faults are added up', async () => {
    const seeds: number[] = []
    const report = await simulateSeeds({
      seeds: 5,
      firstSeed: 10,
      faults: [{ kind: 'status', status: 500, attempt: 1 }],
      run: async ({ seed, r2 }) => {
        seeds.push(seed)
        await r2.objects.put({ bucket, key: 'a', body: 'one' })
      },
    })
    expect(seeds).toEqual([10, 11, 12, 13, 14])
    expect(report).toMatchObject({ seeds: 5, requests: 10, faults: 5 })
    expect(report.seedsPerMinute).toBeGreaterThan(0)
  })

  test('stop at the first that fails', async () => {
    const run = ({ seed }: Simulation) => (seed < 3 ? undefined : Promise.reject(new Error('three')))
    expect(await failureOf(simulateSeeds({ seeds: 10, run }))).toMatchObject({ seed: 3 })
  })

  test('find a race that only some schedules have: a lost update without a condition', async () => {
    const increment = async ({ r2 }: Simulation) => {
      const { body } = await r2.objects.get({ bucket, key: 'count' })
      await r2.objects.put({ bucket, key: 'count', body: String(Number(new TextDecoder().decode(body)) + 1) })
    }
    const error = await failureOf(
      simulateSeeds({
        seeds: 20,
        faults: [{ kind: 'latency', latencyMs: { minMs: 0, maxMs: 50 } }],
        run: async (simulation) => {
          const { r2, server, clock, random } = simulation
          await r2.objects.put({ bucket, key: 'count', body: '0' })
          const later = async () => {
            await clock.sleep(random() * 1_000)
            await increment(simulation)
          }
          await Promise.all([later(), later()])
          const { bytes } = server.object(bucket, 'count') ?? {}
          expect(new TextDecoder().decode(bytes)).toBe('2')
        },
      }),
    )
    expect(error.seed).toBeGreaterThan(1)
  })
})

test('the model and the faults of r2kit/testing are those of r2kit/simulation', async () => {
  const simulation = await import('r2kit/simulation')
  expect([SimulatedR2, FaultInjectionTransport]).toEqual([simulation.SimulatedR2, simulation.FaultInjectionTransport])
})
