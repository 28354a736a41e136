/** The test of the test: each planted leak is found. */
import { describe, expect, test } from 'vitest'
import { findLeaks, formsOf } from './leaks.js'
import { customerKey, marks, secretAccessKey, sessionToken } from './marks.js'
import { printedForms, Witness } from './witness.js'

const signature = 'ab'.repeat(32)
const leaksIn = (text: string) => findLeaks([{ source: 'planted', text }], marks, new Set([signature]))

describe('a planted leak is found', () => {
  test.each(marks.flatMap((mark) => formsOf(mark).map(([form, text]) => [mark.name, form, text] as const)))(
    'the %s as %s',
    (mark, form, text) => {
      expect(leaksIn(`before ${text} after`)).toContainEqual(expect.objectContaining({ mark, form, source: 'planted' }))
    },
  )

  test.each([
    [
      'in a longer text as Base64',
      (secret: Buffer, before: string) =>
        Buffer.from(`${before}${secret.toString('latin1')}&x=1`, 'latin1').toString('base64'),
    ],
    [
      'in a longer text as Base64url',
      (secret: Buffer, before: string) =>
        Buffer.from(`${before}${secret.toString('latin1')}&x=1`, 'latin1').toString('base64url'),
    ],
    [
      'in a longer text as hex',
      (secret: Buffer, before: string) =>
        Buffer.from(`${before}${secret.toString('latin1')}&x=1`, 'latin1').toString('hex'),
    ],
    ['in a URL', (secret: Buffer) => `https://h/?token=${encodeURIComponent(secret.toString('base64'))}`],
  ])('%s, at any position', (_what, encode) => {
    for (const { name, bytes } of marks)
      for (const before of ['', 'a', 'ab', 'abc'])
        expect(leaksIn(encode(bytes, before)).map(({ mark }) => mark)).toContain(name)
  })

  test('a signature in lower and upper case', () => {
    expect(leaksIn(`Signature=${signature}`)).toMatchObject([{ mark: 'signature' }])
    expect(leaksIn(signature.toUpperCase())).toMatchObject([{ mark: 'signature' }])
    expect(leaksIn('cd'.repeat(32))).toEqual([])
  })

  test.each<[string, () => unknown]>([
    ['the message of an error', () => new Error(`failed with ${secretAccessKey}`)],
    ['the cause of a cause', () => new Error('a', { cause: new Error('b', { cause: { token: sessionToken } }) })],
    ['an aggregate', () => new AggregateError([new Error(sessionToken)], 'all failed')],
    ['a field that is not enumerable', () => Object.defineProperty({}, 'token', { value: sessionToken })],
    [
      'a getter',
      () => ({
        get token() {
          return sessionToken
        },
      }),
    ],
    ['a symbol', () => ({ [Symbol('token')]: sessionToken })],
    ['a Map', () => new Map([['token', { value: sessionToken }]])],
    ['a typed array', () => ({ key: customerKey })],
    ['a Buffer', () => ({ key: Buffer.from(customerKey) })],
    ['toJSON', () => ({ toJSON: () => ({ token: sessionToken }) })],
    ['toString', () => ({ toString: () => sessionToken })],
  ])('in %s', (_what, make) => {
    expect(printedForms(make()).flatMap(leaksIn)).not.toEqual([])
  })

  test('on the console, on standard error, in a warning and in a rejection that nothing handles', async () => {
    const witness = new Witness()
    witness.watchProcess()
    console.log({ token: sessionToken })
    console.error(new Error(secretAccessKey))
    process.emitWarning(`token ${sessionToken}`)
    await new Promise((resolve) => setImmediate(resolve))
    await witness.watch('a call', async () => Promise.reject(new Error(secretAccessKey)))
    await witness.watch('a result', () => ({ sessionToken }))
    witness.close()
    const sources = new Set(findLeaks(witness.take(), marks, new Set()).map(({ source }) => source))
    for (const source of ['console.log', 'console.error', 'warning', 'error of a call', 'result of a result'])
      expect(sources).toContain(source)
  })
})
