/**
 * Requirement 4.1: no secret and no signature is printed, logged, thrown, traced, recorded or journalled. Every operation is
 * driven with marked secrets, in success and in failure, and everything that the program shows is searched for them.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import { R2Client, systemClock } from 'r2kit'
import {
  chain,
  fromEnvironment,
  fromParentKey,
  fromSharedCredentialsFile,
  fromTemporaryCredentialsApi,
  fromVault,
} from 'r2kit/credentials'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eagerClock } from '../support/eager-clock.js'
import { FakeTransport } from '../support/fake-transport.js'
import { cases } from '../support/inputs/method-cases.js'
import { runCommand } from '../support/run-command.js'
import { FakeVault } from '../support/vault/fake-vault.js'
import { markedArguments, resultOf, seeTelemetry, signatures, signaturesIn, watchedClient } from './drive.js'
import { findLeaks } from './leaks.js'
import * as marked from './marks.js'
import { reflections } from './reflections.js'
import { Witness } from './witness.js'

const { credentials, customerKey, marks } = marked
const ssec = { key: customerKey }
const witness = new Witness()
/** Number of driven calls. */
let calls = 0
const drive = <T>(source: string, work: () => T | Promise<T>, options?: { seesResult?: boolean }) => {
  calls++
  return witness.watch(source, work, options)
}

let folder = ''
let local: LocalR2
beforeAll(async () => {
  witness.watchProcess()
  folder = await mkdtemp(join(tmpdir(), 'r2kit-secrets-'))
  local = await startLocalR2({ memory: true, credentials })
})
afterAll(async () => {
  witness.close()
  await local.close()
  await rm(folder, { recursive: true, force: true })
})

/** No secret was shown so far. */
const expectNoLeak = async () => {
  await seeTelemetry(witness)
  const leaks = findLeaks(witness.take(), marks, signatures)
  expect(leaks.slice(0, 10)).toEqual([])
}

/** All files below a folder. */
const seeFiles = async (source: string, path: string) => {
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true }))
    if (entry.isFile())
      witness.add(source, `${entry.name}\n${await readFile(join(entry.parentPath, entry.name), 'latin1')}`)
}

describe('every operation in failure', () => {
  test.each(Object.entries(reflections))('shows no secret that a server reflects: %s', async (name, respond) => {
    const transport = new FakeTransport(respond)
    const { r2, recorder } = watchedClient(witness, {
      transport,
      clock: eagerClock(),
      retry: { maxAttempts: 2 },
      random: () => 0.5,
    })
    for (const entry of cases)
      await drive(
        `${entry.name} with ${name}`,
        async () => resultOf(Reflect.apply(entry.method(r2), undefined, markedArguments(entry))),
        {
          // The URL is the result.
          seesResult: !entry.name.startsWith('presign'),
        },
      )
    witness.seeData('recording', recorder.export())
    witness.see('client', r2)
    await r2.dispose()
    expect(
      transport.sent.filter(({ headers }) => headers['x-amz-security-token'] === marked.sessionToken).length,
    ).toBeGreaterThan(20)
    await expectNoLeak()
  })
})

describe('every operation in success', () => {
  test('shows no secret in results, events, audit records, recordings and journals', async () => {
    const { r2, recorder } = watchedClient(witness, { endpoint: local.endpoint })
    const at = { bucket: 'photos', key: 'a' }
    const ok = async (source: string, work: () => unknown, seesResult = true) => {
      let isDone = false
      const result = await drive(
        source,
        async () => {
          const value = await resultOf(await work())
          isDone = true
          return value
        },
        { seesResult },
      )
      expect([source, isDone]).toEqual([source, true])
      return result as never
    }
    await ok('buckets.create', () => r2.buckets.create({ bucket: 'photos' }))
    await ok('buckets.head', () => r2.buckets.head({ bucket: 'photos' }))
    await ok('buckets.list', () => r2.buckets.list())
    await ok('buckets.location', () => r2.buckets.location({ bucket: 'photos' }))
    await ok('cors.put', () =>
      r2.buckets.cors.put({ bucket: 'photos', rules: [{ allowedMethods: ['GET'], allowedOrigins: ['*'] }] }),
    )
    await ok('cors.get', () => r2.buckets.cors.get({ bucket: 'photos' }))
    await ok('cors.delete', () => r2.buckets.cors.delete({ bucket: 'photos' }))
    await ok('put', () => r2.objects.put({ ...at, body: 'abc', ssec, metadata: { a: 'b' } }))
    await ok('get', () => r2.objects.get({ ...at, ssec }))
    await ok('getStream', async () => (await r2.objects.getStream({ ...at, ssec })).body.cancel())
    await ok('head', () => r2.objects.head({ ...at, ssec }))
    await ok('exists', () => r2.objects.exists({ ...at, ssec }))
    await ok('copy', () =>
      r2.objects.copy({ ...at, key: 'b', source: at, sourceSsec: ssec, ssec: { key: marked.sourceCustomerKey } }),
    )
    await ok('list', () => r2.objects.list({ bucket: 'photos' }))
    await ok('listAll', () => r2.objects.listAll({ bucket: 'photos' }))
    await ok('updateWithLock', () =>
      r2.objects.updateWithLock({ bucket: 'photos', key: 'n', change: () => '1' } as never),
    )
    const upload = (await ok('multipart.create', () => r2.multipart.create({ ...at, key: 'm', ssec }))) as {
      uploadId: string
    }
    const part = { bucket: 'photos', key: 'm', uploadId: upload.uploadId }
    const { etag } = (await ok('uploadPart', () =>
      r2.multipart.uploadPart({ ...part, partNumber: 1, body: 'abc', ssec }),
    )) as { etag: string }
    await ok('listParts', () => r2.multipart.listParts(part))
    await ok('listUploads', () => r2.multipart.listUploads({ bucket: 'photos' }))
    await ok('complete', () => r2.multipart.complete({ ...part, parts: [{ partNumber: 1, etag }] }))
    for (const method of ['get', 'put', 'head', 'delete'] as const) {
      const { url } = (await ok(`presign.${method}`, () => r2.presign[method](at), false)) as { url: string }
      expect(url).toContain('X-Amz-Security-Token')
      signaturesIn(url)
    }
    const { r2: large } = watchedClient(witness, { endpoint: local.endpoint }, { isRecorded: false })
    const file = join(folder, 'large')
    await writeFile(file, Buffer.alloc(6 * 1024 * 1024, 7))
    const journal = join(folder, 'journal')
    const options = { journal, partSizeBytes: 5 * 1024 * 1024, thresholdBytes: 5 * 1024 * 1024 }
    await drive('interrupted upload', async () => {
      const transfer = large.transfers.upload(
        { path: file },
        { ...at, key: 'large', ssec },
        {
          ...options,
          onFailure: 'keep',
          onProgress: ({ bytes }) => {
            if (bytes > 0) transfer.abort()
          },
        },
      )
      return transfer
    })
    await seeFiles('upload journal', journal)
    await ok('resumed upload', () => large.transfers.upload({ path: file }, { ...at, key: 'large', ssec }, options))
    await drive('interrupted download', async () => {
      const transfer = large.transfers.download(
        { ...at, key: 'large', ssec },
        { path: join(folder, 'copy') },
        {
          journal,
          rangeSizeBytes: 1024 * 1024,
          onProgress: ({ bytes }) => {
            if (bytes > 2 * 1024 * 1024) transfer.abort()
          },
        },
      )
      return transfer
    })
    await seeFiles('download journal', journal)
    await ok('resumed download', () =>
      large.transfers.download({ ...at, key: 'large', ssec }, { path: join(folder, 'copy') }, { journal }),
    )
    await large.dispose()
    await mkdir(join(folder, 'site'))
    await writeFile(join(folder, 'site', 'index.html'), '<p>')
    await ok('uploadDirectory', () =>
      r2.transfers.uploadDirectory(join(folder, 'site'), { bucket: 'photos', prefix: 's/', ssec }),
    )
    await ok('downloadDirectory', () =>
      r2.transfers.downloadDirectory({ bucket: 'photos', prefix: 's/', ssec }, join(folder, 'back')),
    )
    await drive('get without the customer key', () => r2.objects.get(at))
    await drive('get with another customer key', () =>
      r2.objects.get({ ...at, ssec: { key: marked.sourceCustomerKey } }),
    )
    await ok('deleteObjects', () => r2.objects.deleteObjects({ bucket: 'photos', keys: ['b', 'm'] }))
    await ok('delete', () => r2.objects.delete(at))
    await recorder.save(join(folder, 'recording'))
    await seeFiles('recording', join(folder, 'recording').replace(/[^/]+$/, ''))
    witness.seeData('recording', recorder.export())
    witness.see('client', r2)
    await r2.dispose()
    await drive('get after dispose', () => r2.objects.get(at))
    await expectNoLeak()
  })
})

describe('wrong credentials and settings', () => {
  test('show no secret', async () => {
    const wrong = [
      { ...credentials, secretAccessKey: `${marked.secretAccessKey} ` },
      { ...credentials, secretAccessKey: `"${marked.secretAccessKey}"` },
      { ...credentials, sessionToken: `${marked.sessionToken}\n` },
      { ...credentials, accessKeyId: '' },
      { accessKeyId: 'x'.repeat(64), secretAccessKey: marked.apiToken.slice(0, 32) },
      { ...credentials, expires: new Date() },
      { ...credentials, expiresAt: 'soon' },
      Object.create({
        get secretAccessKey(): string {
          throw new Error('no')
        },
      }),
    ]
    for (const given of wrong) {
      await drive('new R2Client', () => new R2Client({ endpoint: local.endpoint, credentials: given as never }))
      const { r2 } = watchedClient(witness, { endpoint: local.endpoint, credentials: () => given as never })
      await drive('a provider', () => r2.buckets.list())
      await r2.dispose()
    }
    const { r2 } = watchedClient(witness, {
      endpoint: 'http://127.0.0.2:9',
      allowInsecureEndpoint: true,
      retry: { maxAttempts: 1 },
      connections: { proxy: `http://user:${marked.proxyPassword}@127.0.0.1:9` },
    })
    await drive('a proxy that is down', () => r2.buckets.list())
    await r2.dispose()
    for (const endpoint of [`https://user:${marked.proxyPassword}@h`, `${marked.proxyPassword}`])
      await drive(
        'an endpoint with a password',
        () => new R2Client({ endpoint: endpoint.replace(/^Mk7.*/, 'x'), credentials }),
      )
    await expectNoLeak()
  })
})

describe('providers', () => {
  test('show no secret of their sources in success and failure', async () => {
    const vault = new FakeVault({ clock: systemClock })
    const address = await vault.start()
    vault.issue(marked.vaultToken)
    vault.secretIds.set(marked.secretId, 1)
    vault.secrets.set('secret/r2', [
      {
        access_key_id: credentials.accessKeyId,
        secret_access_key: credentials.secretAccessKey,
        session_token: credentials.sessionToken,
      },
    ])
    vault.secrets.set('secret/quoted', [{ access_key_id: 'id', secret_access_key: `'${credentials.secretAccessKey}'` }])
    vault.secrets.set('secret/number', [{ access_key_id: 1, secret_access_key: { key: credentials.secretAccessKey } }])
    const byToken = { address, auth: { token: marked.vaultToken }, environment: {} }
    const bySecretId = { address, auth: { roleId: vault.roleId, secretId: marked.secretId }, environment: {} }
    for (const options of [byToken, bySecretId, bySecretId])
      for (const path of ['r2', 'quoted', 'number', 'none'])
        await drive(`fromVault ${path}`, () => fromVault({ ...options, path })())
    for (const [options, secret] of [
      [byToken, marked.vaultToken],
      [bySecretId, marked.secretId],
    ] as const) {
      vault.faults.push({ status: 400, errors: [`denied: ${secret}`, encodeURIComponent(secret)] })
      await drive('fromVault with a reflected secret', () => fromVault({ ...options, path: 'r2' })())
    }
    await drive('fromVault with a wrong address', () => fromVault({ ...byToken, address: 'ftp://x', path: 'r2' }))
    await vault.close()
    await drive('fromVault without a server', () => fromVault({ ...byToken, path: 'r2', timeoutMs: 100 })())

    const api = createServer((request, response) =>
      response
        .writeHead(403)
        .end(JSON.stringify({ errors: [{ code: 1, message: `no ${request.headers.authorization}` }] })),
    )
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
    const apiUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
    const common = { accountId: 'a'.repeat(32), bucket: 'photos' }
    await drive('fromTemporaryCredentialsApi', () =>
      fromTemporaryCredentialsApi({ ...common, apiUrl, apiToken: marked.apiToken, parentAccessKeyId: 'id' })(),
    )
    api.close()
    const parent = { accessKeyId: 'id', secretAccessKey: marked.parentSecret }
    await drive('fromParentKey', () => fromParentKey({ ...common, parent })())
    await drive('fromParentKey of a token', () =>
      fromParentKey({ ...common, parent: { ...parent, sessionToken: marked.sessionToken } })(),
    )

    const names = { id: 'R2_ACCESS_KEY_ID', secret: 'R2_SECRET_ACCESS_KEY' }
    for (const secret of [marked.secretAccessKey, `"${marked.secretAccessKey}"`, `${marked.secretAccessKey} x`])
      for (const id of ['id', '', 'x'.repeat(64)])
        await drive('fromEnvironment', () =>
          chain(fromEnvironment({ environment: { [names.id]: id, [names.secret]: secret } }))(),
        )
    const file = join(folder, 'credentials')
    for (const profile of ['good', 'quoted', 'half', 'none']) {
      await writeFile(
        file,
        `[good]\naws_access_key_id=id\naws_secret_access_key=${marked.secretAccessKey}\n[quoted]\naws_access_key_id=id\naws_secret_access_key="${marked.secretAccessKey}"\n[half]\naws_secret_access_key=${marked.secretAccessKey}`,
      )
      await drive(`profile ${profile}`, () =>
        fromSharedCredentialsFile({ profile, credentialsFile: file, environment: {} })(),
      )
    }
    await expectNoLeak()
  })
})

describe('the command line', () => {
  test('prints no secret, with --json, --debug and for people', async () => {
    const env = {
      R2_ENDPOINT: local.endpoint,
      R2_ACCESS_KEY_ID: credentials.accessKeyId,
      R2_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      R2_SESSION_TOKEN: credentials.sessionToken,
    }
    const reflecting = createServer((request, response) => {
      signaturesIn(request.headers.authorization ?? '')
      const text = request.rawHeaders.join(' ')
      response
        .writeHead(403, { 'cf-ray': text.slice(0, 2000) })
        .end(`<Error><Code>AccessDenied</Code><Message>${text}</Message></Error>`)
    })
    await new Promise<void>((resolve) => reflecting.listen(0, '127.0.0.1', resolve))
    const file = join(folder, 'note.txt')
    await writeFile(file, 'hello')
    const config = join(folder, 'r2.yaml')
    await writeFile(
      config,
      `cloudflare_r2:
  endpoint: ${local.endpoint}
  credentials:
    source: values
    access_key_id: id
    secret_access_key: ${marked.parentSecret}
  connection_pool:
    proxy:
      url: http://user:${marked.proxyPassword}@127.0.0.1:9
  unknown_field: ${marked.parentSecret}
`,
    )
    const commands = [
      ['mb', 'r2://cli-bucket'],
      ['cp', file, 'r2://cli-bucket/a'],
      ['ls', 'r2://cli-bucket'],
      ['ls'],
      ['stat', 'r2://cli-bucket/a'],
      ['cat', 'r2://cli-bucket/a'],
      ['du', 'r2://cli-bucket'],
      ['cp', 'r2://cli-bucket/a', join(folder, 'back.txt')],
      ['mv', 'r2://cli-bucket/a', 'r2://cli-bucket/b'],
      ['uploads', 'ls', 'r2://cli-bucket'],
      ['rm', 'r2://cli-bucket/b'],
      ['rm', 'r2://cli-bucket/none'],
      ['rb', 'r2://cli-bucket'],
      ['config', 'show'],
      ['config', 'show', '--config', config],
      ['ls', 'r2://cli-bucket', '--config', config],
      ['no-such-command'],
    ]
    const variants: [string, string[], Record<string, string>][] = [
      ['success', ['--verbose'], {}],
      ['a wrong secret', ['--json', '--debug'], { R2_SECRET_ACCESS_KEY: `${marked.parentSecret}` }],
      ['a malformed secret', ['--debug'], { R2_SECRET_ACCESS_KEY: `${marked.parentSecret} x` }],
      ['an expired token', ['--json', '--debug'], { R2_SESSION_TOKEN: `${marked.vaultToken}` }],
      [
        'a server that reflects',
        ['--debug'],
        { R2_ENDPOINT: `http://127.0.0.1:${(reflecting.address() as AddressInfo).port}` },
      ],
      ['an endpoint with a password', ['--debug'], { R2_ENDPOINT: `http://a:${marked.proxyPassword}@127.0.0.1:1` }],
    ]
    for (const [name, options, change] of variants)
      for (const command of commands) {
        calls++
        const { stdout, stderr, exitCode } = await runCommand([...command, ...options], { env: { ...env, ...change } })
        // The local R2 requires the session token of the environment.
        if (name === 'success' && commands.indexOf(command) < 11)
          expect([command[0], exitCode, stderr]).toEqual([command[0], 0, stderr])
        witness.add(`stdout of ${command[0]} with ${name}`, stdout)
        witness.add(`stderr of ${command[0]} with ${name}`, stderr)
      }
    reflecting.closeAllConnections()
    reflecting.close()
    await expectNoLeak()
  })
})

test('at least 200 calls were driven, and all that they showed was recorded', () => {
  console.info(`${calls} calls, ${witness.size} texts, ${signatures.size} signatures`)
  expect(calls).toBeGreaterThan(500)
  expect(signatures.size).toBeGreaterThan(100)
  const kinds = [
    'error',
    'result',
    'event',
    'log',
    'span',
    'metrics',
    'presign',
    'recording',
    'upload',
    'client',
    'stdout',
    'stderr',
  ]
  for (const kind of kinds) expect(witness.sources).toContain(kind)
  expect(witness.hasMask).toBe(true)
})
