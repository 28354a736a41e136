import { expect, test } from 'vitest'
import { UsageError } from '../errors/error-kinds.js'
import { keyPair } from './key-pair.js'

const id = 'a'.repeat(32)
const parse = keyPair('--key')

test.each([
  [`${id}:s`, { accessKeyId: id, secretAccessKey: 's', permission: 'write' }],
  [`${id}:s:read`, { accessKeyId: id, secretAccessKey: 's', permission: 'read' }],
  [`${id}:s:write@photos`, { accessKeyId: id, secretAccessKey: 's', permission: 'write', buckets: ['photos'] }],
  [
    `${id}:s@photos,films`,
    { accessKeyId: id, secretAccessKey: 's', permission: 'write', buckets: ['photos', 'films'] },
  ],
  [`${id}:s/t+u=`, { accessKeyId: id, secretAccessKey: 's/t+u=', permission: 'write' }],
])('--key %s is a key pair with permissions', (text, pair) => {
  expect(parse(text)).toEqual([pair])
})

test.each(['', 'short:secret', `${id}:`, `${id}:private:admin`, `${id}:private@Photos`, `${id}:private@`])(
  '--key %s is rejected without showing the secret',
  (text) => {
    expect(() => parse(text)).toThrow(UsageError)
    expect(() => parse(text)).not.toThrow(/private/)
  },
)

test('--key can be repeated', () => {
  expect(parse(`${id}:t`, parse(`${id}:s`))).toHaveLength(2)
})
