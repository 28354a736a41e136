import { R2Client } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '#test/support/local-storage.js'
import { defaultCredentials, startLocalR2 } from './index.js'

/** Starts with options that TypeScript may not know, and gives the error. */
const refusal = (options: object | null | string) =>
  startLocalR2(options as Parameters<typeof startLocalR2>[0]).then(
    async (local) => {
      await local.close()
      return 'started'
    },
    (error: unknown) => error,
  )

const own = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'secret-value' }

describe('an option that does not exist is refused, with the one that was meant', () => {
  test.each([
    ['data', 'dataDir'],
    ['folder', 'dataDir'],
    ['storage', 'dataDir'],
    ['datadir', 'dataDir'],
    ['dataDirectory', 'dataDir'],
    ['prot', 'port'],
    ['hosts', 'host'],
    ['hostname', 'host'],
    ['inMemory', 'memory'],
    ['credential', 'credentials'],
    ['accessKeyId', 'credentials'],
    ['strictwriterate', 'strictWriteRate'],
    ['onError', 'onInternalError'],
    ['durability', 'durable'],
  ])('%s → %s', async (name, meant) => {
    expect(await refusal({ [name]: 'x' })).toMatchObject({
      code: 'InvalidConfig',
      field: name,
      message: expect.stringMatching(new RegExp(`^${name} is not .*; did you mean ${meant}\\?`)),
      hint: `Use ${meant}.`,
    })
  })

  test.each(['constructor', '__proto__', 'toString'])('%s, which every object has, is none', async (name) => {
    const options = JSON.parse(`{ "${name}": 1 }`)
    expect(await refusal(options)).toMatchObject({ code: 'InvalidConfig', field: name })
  })

  test('one that resembles none lists all', async () => {
    expect(await refusal({ qqqqqq: 1 })).toMatchObject({ hint: expect.stringContaining('port, host, dataDir') })
  })
})

describe('a value of the wrong kind is refused with field, rule and what to do', () => {
  test.each<[string, object, string, RegExp, RegExp]>([
    [
      'a port in a string',
      { port: '9000' },
      'port',
      /must be a whole number from 0 to 65535, but it is the string "9000"/,
      /number 9000/,
    ],
    ['a port out of range', { port: 65_536 }, 'port', /from 0 to 65535, but it is 65536/, /Pass a whole number/],
    ['a port that is no number', { port: Number.NaN }, 'port', /must be a whole number/, /Pass/],
    ['an empty host', { host: '' }, 'host', /must be an address or a name, but it is ""/, /127\.0\.0\.1/],
    ['a URL for a host', { host: 'http://localhost' }, 'host', /must be an address or a name/, /scheme/],
    ['an empty folder', { dataDir: '' }, 'dataDir', /must be the path of a folder, but it is ""/, /Pass a path/],
    [
      'a folder that is an object',
      { dataDir: {} },
      'dataDir',
      /must be the path of a folder, but it is an object/,
      /Pass/,
    ],
    ['memory: false', { memory: false }, 'memory', /must be true where it is given/, /dataDir/],
    [
      'durable in a string',
      { durable: 'true' },
      'durable',
      /must be true or false, but it is "true"/,
      /Pass true or false/,
    ],
    ['durable without a folder', { durable: true }, 'durable', /has no effect without dataDir/, /Pass dataDir/],
    [
      'a rate that is a number',
      { strictWriteRate: 1 },
      'strictWriteRate',
      /must be true or false/,
      /Pass true or false/,
    ],
    [
      'a clock without methods',
      { clock: { now: () => 0 } },
      'clock',
      /must be a Clock, but it has no method/,
      /Pass a Clock/,
    ],
    [
      'a handler that is no function',
      { onInternalError: 'log' },
      'onInternalError',
      /must be a function/,
      /Pass a function/,
    ],
    ['credentials in a string', { credentials: 'a:b' }, 'credentials', /must be an object/, /accessKeyId/],
    [
      'credentials without a secret',
      { credentials: { accessKeyId: own.accessKeyId } },
      'credentials.secretAccessKey',
      /is a required field/,
      /Pass/,
    ],
    [
      'a short key id',
      { credentials: { ...own, accessKeyId: 'short' } },
      'credentials.accessKeyId',
      /32 characters, as R2 has it, but it is "short"/,
      /32/,
    ],
    [
      'an unknown credential',
      { credentials: { ...own, secret: 'x' } },
      'credentials.secret',
      /is not a field of credentials/,
      /./,
    ],
    [
      'memory and a folder',
      { memory: true, dataDir: '/nowhere' },
      'dataDir',
      /and memory exclude each other/,
      /Choose one/,
    ],
    [
      'the default credentials elsewhere',
      { host: '0.0.0.0' },
      'host',
      /must be loopback with the default credentials/,
      /credentials of your own/,
    ],
  ])('%s', async (_what, options, field, message, hint) => {
    expect(await refusal(options)).toMatchObject({
      code: 'InvalidConfig',
      field,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    })
  })

  test.each([null, 'data', []])('options that are %j', async (options) => {
    expect(await refusal(options)).toMatchObject({ code: 'InvalidConfig', field: 'options' })
  })

  test('a secret never shows in an error', async () => {
    const error = await refusal({ credentials: { ...own, secretAccessKey: ['hunter2'] } })
    expect(error).toMatchObject({ code: 'InvalidConfig', field: 'credentials.secretAccessKey' })
    expect(String(error)).not.toContain('hunter2')
  })
})

test('nothing is opened before the options are checked', async () => {
  await using folder = await temporaryFolder()
  expect(await refusal({ dataDir: `${folder.path}/data`, port: -1 })).toMatchObject({ field: 'port' })
  await using local = await startLocalR2({ dataDir: `${folder.path}/data` })
  expect(local.port).toBeGreaterThan(0)
})

test('options that are undefined are as good as absent, and a class may give them', async () => {
  class Options {
    get strictWriteRate() {
      return true
    }
  }
  await using local = await startLocalR2(Object.assign(new Options(), { dataDir: undefined }) as object)
  expect(local.credentials).toEqual(defaultCredentials)
})

test('a server serves as the options of a client, as it is and spread', async () => {
  await using local = await startLocalR2()
  expect(Object.keys(local)).toEqual(['endpoint', 'credentials'])
  for (const options of [local, { ...local, retry: { maxAttempts: 1 } }]) {
    await using r2 = new R2Client(options)
    expect((await r2.buckets.list()).buckets).toEqual([])
  }
})
