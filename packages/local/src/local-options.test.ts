import { R2Client } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '#test/support/storage-fixtures.js'
import { defaultCredentials, startLocalR2 } from './index.js'

/** Starts a server with options of any type. @returns The error, or 'started'. */
const startError = (options: object | null | string) =>
  startLocalR2(options as Parameters<typeof startLocalR2>[0]).then(
    async (local) => {
      await local.close()
      return 'started'
    },
    (error: unknown) => error,
  )

const own = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'secret-value' }

describe('an unknown option is rejected with a suggestion:', () => {
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
    expect(await startError({ [name]: 'x' })).toMatchObject({
      code: 'InvalidConfig',
      field: name,
      message: expect.stringMatching(new RegExp(`^${name} is not .*; did you mean ${meant}\\?`)),
      hint: `Use ${meant}.`,
    })
  })

  test.each(['constructor', '__proto__', 'toString'])(
    'the name %s, which every object has, is rejected as an unknown option',
    async (name) => {
      const options = JSON.parse(`{ "${name}": 1 }`)
      expect(await startError(options)).toMatchObject({ code: 'InvalidConfig', field: name })
    },
  )

  test('an unknown option without a suggestion is rejected with the list of all options', async () => {
    expect(await startError({ qqqqqq: 1 })).toMatchObject({ hint: expect.stringContaining('port, host, dataDir') })
  })
})

describe('an invalid option is rejected with its name, the rule and advice:', () => {
  test.each<[string, object, string, RegExp, RegExp]>([
    [
      'a port as a string',
      { port: '9000' },
      'port',
      /must be a whole number from 0 to 65535, but it is the string "9000"/,
      /number 9000/,
    ],
    ['a port out of range', { port: 65_536 }, 'port', /from 0 to 65535, but it is 65536/, /Pass a whole number/],
    ['a port that is NaN', { port: Number.NaN }, 'port', /must be a whole number/, /Pass/],
    ['an empty host', { host: '' }, 'host', /must be an address or a host name, but it is ""/, /127\.0\.0\.1/],
    ['a URL as the host', { host: 'http://localhost' }, 'host', /must be an address or a host name/, /scheme/],
    ['an empty folder path', { dataDir: '' }, 'dataDir', /must be the path of a folder, but it is ""/, /Pass a path/],
    [
      'a folder path that is an object',
      { dataDir: {} },
      'dataDir',
      /must be the path of a folder, but it is an object/,
      /Pass/,
    ],
    ['memory: false', { memory: false }, 'memory', /must be true if it is given/, /dataDir/],
    [
      'durable as a string',
      { durable: 'true' },
      'durable',
      /must be true or false, but it is "true"/,
      /Pass true or false/,
    ],
    ['durable without a folder', { durable: true }, 'durable', /has no effect without dataDir/, /Pass dataDir/],
    [
      'a strictWriteRate that is a number',
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
      'a handler that is not a function',
      { onInternalError: 'log' },
      'onInternalError',
      /must be a function/,
      /Pass a function/,
    ],
    ['credentials as a string', { credentials: 'a:b' }, 'credentials', /must be an object/, /accessKeyId/],
    [
      'credentials without a secret',
      { credentials: { accessKeyId: own.accessKeyId } },
      'credentials.secretAccessKey',
      /is a required field/,
      /Pass/,
    ],
    [
      'a short access key ID',
      { credentials: { ...own, accessKeyId: 'short' } },
      'credentials.accessKeyId',
      /32 characters, as on R2, but it is "short"/,
      /32/,
    ],
    [
      'an unknown field of the credentials',
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
      /Pass only one/,
    ],
    [
      'the default credentials on an address that is not loopback',
      { host: '0.0.0.0' },
      'host',
      /must be a loopback address with the default credentials/,
      /credentials of your own/,
    ],
  ])('%s', async (_what, options, field, message, hint) => {
    expect(await startError(options)).toMatchObject({
      code: 'InvalidConfig',
      field,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    })
  })

  test.each([null, 'data', []])('options that are %j instead of an object', async (options) => {
    expect(await startError(options)).toMatchObject({ code: 'InvalidConfig', field: 'options' })
  })

  test('error messages about credentials do not contain the secret', async () => {
    const error = await startError({ credentials: { ...own, secretAccessKey: ['hunter2'] } })
    expect(error).toMatchObject({ code: 'InvalidConfig', field: 'credentials.secretAccessKey' })
    expect(String(error)).not.toContain('hunter2')
  })
})

test('the data folder is not created if another option is invalid', async () => {
  await using folder = await temporaryFolder()
  expect(await startError({ dataDir: `${folder.path}/data`, port: -1 })).toMatchObject({ field: 'port' })
  await using local = await startLocalR2({ dataDir: `${folder.path}/data` })
  expect(local.port).toBeGreaterThan(0)
})

test('undefined options count as omitted, and options may come from getters of a class', async () => {
  class Options {
    get strictWriteRate() {
      return true
    }
  }
  await using local = await startLocalR2(Object.assign(new Options(), { dataDir: undefined }) as object)
  expect(local.credentials).toEqual(defaultCredentials)
})

test("a LocalR2 can be passed as a client's options, also spread", async () => {
  await using local = await startLocalR2()
  expect(Object.keys(local)).toEqual(['endpoint', 'credentials'])
  for (const options of [local, { ...local, retry: { maxAttempts: 1 } }]) {
    await using r2 = new R2Client(options)
    expect((await r2.buckets.list()).buckets).toEqual([])
  }
})

describe('startLocalR2 rejects', () => {
  test.each(['0.0.0.0', '::', 'example.test', '192.168.1.1'])('the default credentials on %s', async (host) => {
    await expect(startLocalR2({ host })).rejects.toMatchObject({ code: 'InvalidConfig', field: 'host' })
  })

  test('credentials that R2 would not accept', async () => {
    await expect(startLocalR2({ credentials: { ...own, accessKeyId: 'short' } })).rejects.toMatchObject({
      code: 'InvalidConfig',
    })
  })

  test('memory together with a data folder', async () => {
    await expect(startLocalR2({ memory: true, dataDir: '/nowhere' })).rejects.toMatchObject({
      code: 'InvalidConfig',
      field: 'dataDir',
    })
  })

  test('a data folder that is a file, or below one', async () => {
    for (const dataDir of ['package.json', 'package.json/data']) {
      await expect(startLocalR2({ dataDir })).rejects.toMatchObject({
        code: 'InvalidConfig',
        field: 'dataDir',
        message: expect.stringMatching(/^data folder package\.json.* cannot be opened: (EEXIST|ENOTDIR): /),
      })
    }
  })
})

test('any address is accepted with other than the default credentials', async () => {
  await using local = await startLocalR2({ host: '0.0.0.0', credentials: own })
  expect(local.credentials).toEqual(own)
})
