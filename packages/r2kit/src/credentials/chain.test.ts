import type { CredentialProvider } from 'r2kit/credentials'
import { describe, expect, test } from 'vitest'
import { errorOf } from '#test/support/results.js'
import { chain, fromEnvironment, fromSharedCredentialsFile } from './index.js'

const absent = async () => {
  throw new Error('no metadata service')
}
const found = (accessKeyId: string) => async () => ({ accessKeyId, secretAccessKey: 'secret' })

describe('chain', () => {
  test('returns the credentials of the first provider that has some', async () => {
    expect(await chain(absent, found('second'), found('third'))()).toMatchObject({ accessKeyId: 'second' })
  })

  test('passes over a provider that returns nothing, or credentials that have expired', async () => {
    const expired = async () => ({ ...(await found('first')()), expiresAt: new Date(0) })
    // @ts-expect-error - as JavaScript may
    const nothing: CredentialProvider = async () => undefined
    expect(await chain(nothing, expired, found('third'))()).toMatchObject({ accessKeyId: 'third' })
    expect((await errorOf(Promise.resolve(chain(nothing, expired)()))).message).toContain(
      '1. nothing: it returned no credentials; 2. expired: it returned credentials that have expired',
    )
  })

  test('keeps the provider that it has chosen, so that a refresh does not change the identity', async () => {
    let isUp = false
    const first = async () => {
      if (!isUp) throw new Error('not up yet')
      return { accessKeyId: 'first', secretAccessKey: 'secret' }
    }
    let calls = 0
    const second = async () => {
      if (++calls > 1) throw new Error('second is down')
      return { accessKeyId: 'second', secretAccessKey: 'secret' }
    }
    const provider = chain(first, second)
    expect(await provider()).toMatchObject({ accessKeyId: 'second' })
    isUp = true
    await expect(provider()).rejects.toThrow('second is down')
  })

  test('reports the reason of every provider if none has credentials', async () => {
    const provider = chain(
      fromEnvironment({ environment: {} }),
      fromSharedCredentialsFile({ credentialsFile: '/none/a', configFile: '/none/b', environment: {} }),
      absent,
      () => Promise.reject('text'),
    )
    const error = await errorOf(Promise.resolve(provider()))
    expect(error).toMatchObject({ code: 'InvalidCredentials', field: 'credentials' })
    expect(error.message).toBe(
      'no provider of the chain returned credentials: ' +
        '1. fromEnvironment: the environment has no R2_ACCESS_KEY_ID and no R2_SECRET_ACCESS_KEY; ' +
        '2. fromSharedCredentialsFile: profile "default" was not found: neither /none/a nor /none/b exists; ' +
        '3. absent: no metadata service; 4. a function: it threw a value that is no Error',
    )
    expect((error.cause as AggregateError).errors).toHaveLength(4)
  })

  test('stops at incomplete credentials, which the next provider would hide', async () => {
    const half = fromEnvironment({ environment: { R2_ACCESS_KEY_ID: 'id' } })
    expect((await errorOf(Promise.resolve(chain(half, found('next'))()))).message).toContain(
      'R2_SECRET_ACCESS_KEY is not set',
    )
  })

  test('rejects an empty list, and values that are no functions', () => {
    expect(() => chain()).toThrow(expect.objectContaining({ code: 'InvalidConfig' }))
    // @ts-expect-error - credentials are not a provider
    expect(() => chain({ accessKeyId: 'id' })).toThrow(
      expect.objectContaining({ code: 'InvalidConfig', field: 'providers[0]' }),
    )
  })
})
