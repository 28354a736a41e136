/** The text of a recording: its form, the secrets that it never has, and the refusal of a damaged one. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type HttpRequest, R2Error } from 'r2kit'
import { type Recording, SimulationRecorder, SimulationReplayer } from 'r2kit/simulation'
import { describe, expect, test } from 'vitest'
import { FakeTransport, objectHeaders, streamOf, testCredentials } from '../support/fake-transport.js'
import { clientOver, recorded } from '../support/recorded.js'
import { errorOf } from '../support/results.js'
import { withFolder } from '../support/with-folder.js'

const bucket = 'photos'
const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')
const textOf = (recorder: SimulationRecorder) =>
  withFolder(async (folder) => {
    await recorder.save(join(folder, 'run.json'))
    return readFile(join(folder, 'run.json'), 'utf8')
  })

const objects = new FakeTransport(() => ({ headers: objectHeaders(8), body: streamOf('[\n  1,', '2]') }))
const readStream = async (r2: ReturnType<typeof clientOver>) => {
  const { body } = await r2.objects.getStream({ bucket, key: 'a' })
  const chunks: string[] = []
  for await (const chunk of body) chunks.push(new TextDecoder().decode(chunk))
  return chunks
}

describe('the text of a recording', () => {
  test('has a line for each fact, lists of numbers in one line, and reads back as the same recording', async () => {
    const { recorder, result } = await recorded(objects, readStream)
    const text = await textOf(recorder)
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(recorder.export())))
    expect(text).toContain('\n        "chunks": [6, 2]')
    expect(text).toContain('"text": "[\\n  1,2]"')
    expect(text).toMatch(/^\{\n {2}"format": "r2kit-recording",\n {2}"version": 1,\n/)
    const replaying = new SimulationReplayer(text)
    expect(replaying.unused).toEqual(JSON.parse(text).exchanges)
    expect(result).toEqual(['[\n  1,', '2]'])
  })

  test('of two runs differs in times only, whatever their signatures', async () => {
    const run = async (secretAccessKey: string) => {
      const recorder = new SimulationRecorder()
      const fake = new FakeTransport(() => ({ headers: objectHeaders(3), body: 'aaa' }))
      const credentials = { ...testCredentials, secretAccessKey }
      await clientOver(recorder.wrap(fake), { credentials }).objects.get({ bucket, key: 'a' })
      return (await textOf(recorder)).replace(/"(?:sent|took)Ms": \d+/g, '')
    }
    expect(await run('1'.repeat(64))).toBe(await run('2'.repeat(64)))
  })
})

describe('a recording never has', () => {
  const secret = 'M4rk3dS3cr3tM4rk3dS3cr3t'
  const transports = (response: { status?: number; headers?: Record<string, string>; body?: string }) => {
    const recorder = new SimulationRecorder()
    return { recorder, transport: recorder.wrap(new FakeTransport(() => response)) }
  }
  const request: HttpRequest = {
    ...{ method: 'GET', origin: 'https://r2.test', path: '/photos/a', query: '', headers: { host: 'r2.test' } },
    ...{ body: { kind: 'empty' }, responseBody: 'bytes', signal: undefined },
    bounds: { maxResponseBytes: 1e6, timeoutMs: 1e4, stallTimeoutMs: 1e4 },
  }

  test.each([
    ['authorization', `AWS4-HMAC-SHA256 Credential=${secret}/x, Signature=${secret}`],
    ['x-amz-security-token', secret],
    ['cookie', secret],
    ['proxy-authorization', secret],
    ['cf-access-client-secret', secret],
    ['cf-access-token', secret],
    ['x-amz-server-side-encryption-customer-key', secret],
    ['x-amz-server-side-encryption-customer-key-md5', secret],
    ['x-amz-copy-source-server-side-encryption-customer-key', secret],
    ['x-amz-copy-source-server-side-encryption-customer-key-md5', secret],
    ['x-auth-key', secret],
  ])('the request header %s', async (name, value) => {
    const { recorder, transport } = transports({})
    await transport.send({ ...request, headers: { ...request.headers, [name]: value } })
    expect(await textOf(recorder)).not.toContain(secret)
  })

  test.each([
    'X-Amz-Signature',
    'X-Amz-Credential',
    'X-Amz-Security-Token',
    'x-amz-security-token',
    'X-Amz-Server-Side-Encryption-Customer-Key',
    'Signature',
    'AWSAccessKeyId',
    'access_token',
  ])('the parameter %s of a presigned URL', async (name) => {
    const { recorder, transport } = transports({})
    await transport.send({ ...request, query: `${name}=${secret}&list-type=2&continuation-token=next&uploadId=u` })
    const text = await textOf(recorder)
    expect(text).not.toContain(secret)
    expect(JSON.parse(text).exchanges[0].request.query).toEqual({
      'continuation-token': 'next',
      'list-type': '2',
      uploadId: 'u',
    })
  })

  test.each([
    ['the body of an error', { status: 403, body: `<Error><Message>token ${secret}</Message></Error>` }],
    ['a header field', { headers: { 'x-debug': `token ${secret}` } }],
    ['the signature that an error returns', { status: 403, body: `<SignatureProvided>${secret}</SignatureProvided>` }],
    ['the access key that an error returns', { status: 403, body: `<AWSAccessKeyId>${secret}</AWSAccessKeyId>` }],
    ['a cookie', { headers: { 'set-cookie': secret } }],
  ])('a secret that a response has in %s', async (_, response) => {
    const { recorder, transport } = transports(response)
    await transport.send({ ...request, headers: { ...request.headers, 'x-amz-security-token': secret } })
    expect(await textOf(recorder)).not.toContain(secret)
  })

  test('a secret that the error of a transport repeats', async () => {
    const recorder = new SimulationRecorder()
    const failing = new FakeTransport(() => new R2Error('ConnectionFailed', `refused ${secret}`))
    const headers = { ...request.headers, 'x-amz-security-token': secret }
    await errorOf(recorder.wrap(failing).send({ ...request, headers }))
    expect(await textOf(recorder)).toContain('refused [REDACTED]')
  })

  test('the signatures of an aws-chunked body, so that two runs have the same body', async () => {
    const bodyOf = (signature: string) =>
      Buffer.from(
        `5;chunk-signature=${signature}\r\nhello\r\n0;chunk-signature=${signature}\r\nx-amz-trailer-signature:${signature}\r\n`,
      )
    const headers = { ...request.headers, 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER' }
    const put = (signature: string) =>
      ({ ...request, method: 'PUT', headers, body: { kind: 'bytes', bytes: bodyOf(signature) } }) as const
    const { recorder, transport } = transports({})
    await transport.send(put('a'.repeat(64)))
    expect(await textOf(recorder)).not.toContain('a'.repeat(64))
    const response = await new SimulationReplayer(recorder.export()).respond(put('b'.repeat(64)))
    expect(response.status).toBe(200)
  })
})

test('the hash of a customer key is not recorded, and a replay returns that of its request', async () => {
  const hash = 'bWQ1IG9mIHRoZSBrZXk='
  const fake = new FakeTransport(() => ({
    headers: objectHeaders(3, { 'x-amz-server-side-encryption-customer-key-md5': hash }),
    body: 'aaa',
  }))
  const ssec = { key: new Uint8Array(32).fill(7) }
  const { recorder, r2 } = await recorded(fake, (live) => live.objects.get({ bucket, key: 'a', ssec }))
  expect(JSON.stringify(recorder.export())).not.toContain(hash)
  expect((await r2.objects.get({ bucket, key: 'a', ssec })).ssecKeyMd5).toBe(
    createHash('md5').update(ssec.key).digest('base64'),
  )
})

describe('a recording that was edited by hand is refused with the field', () => {
  type Draft = { -readonly [Name in keyof Recording]: unknown } & {
    // biome-ignore lint/suspicious/noExplicitAny: the rows damage it in any way
    exchanges: any[]
    // biome-ignore lint/suspicious/noExplicitAny: the rows damage it in any way
    bodies: any
  }
  const draft = async (): Promise<Draft> => {
    const { recorder } = await recorded(objects, async (r2) => {
      await r2.objects.put({ bucket, key: 'a', body: 'content' })
      await readStream(r2)
    })
    return JSON.parse(JSON.stringify(recorder.export())) as Draft
  }
  const content = digestOf('content')

  test.each<[field: string, message: string, edit: (recording: Draft) => void]>([
    ['exchanges', 'is a required field', (recording) => Reflect.deleteProperty(recording, 'exchanges')],
    ['exchanges[0].request', 'is a required field', ({ exchanges }) => Reflect.deleteProperty(exchanges[0], 'request')],
    [
      'exchanges[0].request.operation',
      'must be a string',
      ({ exchanges }) => Object.assign(exchanges[0].request, { operation: 5 }),
    ],
    [
      'exchanges[1].outcome.statuss',
      'did you mean status',
      ({ exchanges }) => Object.assign(exchanges[1].outcome, { statuss: 200 }),
    ],
    [
      'exchanges[1].outcome.status',
      'must be a whole number',
      ({ exchanges }) => Object.assign(exchanges[1].outcome, { status: '200' }),
    ],
    [
      'exchanges[0].outcome.error.code',
      'must be one of',
      ({ exchanges }) => Object.assign(exchanges[0], { outcome: { error: { code: 'ConectionReset', message: '' } } }),
    ],
    ['exchanges[0].tookMs', 'from 0', ({ exchanges }) => Object.assign(exchanges[0], { tookMs: -1 })],
    [
      'exchanges[1].outcome.chunks',
      'must add up to the length of the body, 8, but their sum is 6',
      ({ exchanges }) => exchanges[1].outcome.chunks.pop(),
    ],
    [
      'exchanges[0].request.body.sha256',
      'names a body that is not in bodies',
      ({ bodies }) => Reflect.deleteProperty(bodies, content),
    ],
    [
      'exchanges[0].request.body.bytes',
      'must be the length of the body, 7, but it is 8',
      ({ exchanges }) => Object.assign(exchanges[0].request.body, { bytes: 8 }),
    ],
    [
      `bodies["${content}"]`,
      `has the digest ${digestOf('changed')}`,
      ({ bodies }) => Object.assign(bodies[content], { text: 'changed' }),
    ],
    [`bodies["${content}"]`, 'must be base64', ({ bodies }) => Object.assign(bodies, { [content]: { base64: 'ä' } })],
    ['version', 'has version 2; this release reads version 1', (recording) => Object.assign(recording, { version: 2 })],
    ['version', 'has version "1"; this release', (recording) => Object.assign(recording, { version: '1' })],
    ['version', 'has version undefined', (recording) => Reflect.deleteProperty(recording, 'version')],
    ['recording', 'is not a recording of r2kit', (recording) => Object.assign(recording, { format: 'har' })],
  ])('%s %s', async (field, message, edit) => {
    const recording = await draft()
    edit(recording)
    const load = () => new SimulationReplayer(JSON.stringify(recording))
    expect(load).toThrow(expect.objectContaining({ code: 'InvalidConfig', field }))
    expect(load).toThrow(message)
    expect(load).toThrow(expect.objectContaining({ hint: expect.stringMatching(/\w/) }))
  })

  test('a later version asks for a newer release, and not for another recording only', () => {
    expect(() => new SimulationReplayer('{"format":"r2kit-recording","version":7}')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('Upgrade r2kit') }),
    )
  })

  test('an edit of status, header and body is replayed', async () => {
    const recording = await draft()
    const { outcome } = recording.exchanges[1]
    outcome.body = { sha256: digestOf('eight by'), bytes: 8 }
    outcome.headers['content-type'] = 'text/x-edited'
    recording.bodies[outcome.body.sha256] = { text: 'eight by' }
    const { r2 } = await recorded(objects, async () => undefined)
    await r2.dispose()
    const replayer = new SimulationReplayer(JSON.stringify(recording), { order: 'any' })
    const response = await replayer.respond({
      ...{ method: 'GET', origin: '', path: '/photos/a', query: '', headers: recording.exchanges[1].request.headers },
      ...{ body: { kind: 'empty' }, responseBody: 'bytes', signal: undefined },
      bounds: { maxResponseBytes: 1e6, timeoutMs: 1e4, stallTimeoutMs: 1e4 },
    })
    expect(Buffer.from(response.body as Uint8Array).toString()).toBe('eight by')
    expect(response.headers['content-type']).toBe('text/x-edited')
  })
})

describe('files', () => {
  test('a recording in a folder that does not exist is an error that names the file', () =>
    withFolder(async (folder) => {
      const failure = await errorOf(new SimulationRecorder().save(join(folder, 'missing', 'run.json')))
      expect(failure).toMatchObject({ code: 'InvalidConfig', field: 'path' })
      expect(failure.message).toContain('the recording cannot be written: ENOENT')
    }))

  test('a file that does not exist cannot be loaded, and the error names it', async () => {
    const failure = await errorOf(SimulationReplayer.load('/missing/run.json'))
    expect(failure).toMatchObject({ code: 'InvalidConfig', field: 'path' })
    expect(failure.message).toContain('the recording cannot be read: ENOENT')
  })
})
