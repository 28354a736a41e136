/** The types of `r2kit/config` and of proxies: code that must compile, and code that must not. Nothing in this file runs. */
import { type ConnectionOptions, type ProxyOptions, R2Client, type R2ClientOptions } from 'r2kit'
import {
  type ConfigProblem,
  type ConfigSources,
  inspectConfig,
  type LoadedConfig,
  loadConfig,
  problemsOf,
  type ResolvedSetting,
} from 'r2kit/config'
import { describe, expectTypeOf, test } from 'vitest'

describe('loadConfig', () => {
  test('resolves with options that the constructor takes', () => {
    expectTypeOf(loadConfig).returns.resolves.toEqualTypeOf<LoadedConfig>()
    expectTypeOf<LoadedConfig['options']>().toEqualTypeOf<R2ClientOptions>()
    expectTypeOf(R2Client.fromConfig).parameter(0).toEqualTypeOf<{ readonly options: R2ClientOptions }>()
    expectTypeOf<LoadedConfig>().toExtend<Parameters<typeof R2Client.fromConfig>[0]>()
  })

  test('takes any part of the options of a client, and nothing else', () => {
    expectTypeOf({ file: 'r2.yaml', overrides: { retry: { maxAttempts: 5 } } }).toExtend<ConfigSources>()
    expectTypeOf({ text: '', environment: process.env, profile: undefined }).toExtend<ConfigSources>()
    expectTypeOf({ overrides: { retry: { maxAttempts: '5' } } }).not.toExtend<ConfigSources>()
    // @ts-expect-error an option of the client belongs to overrides
    const sources: ConfigSources = { retry: { maxAttempts: 5 } }
    // @ts-expect-error options of the client are checked by name
    const overrides: ConfigSources = { overrides: { retries: 5 } }
    expectTypeOf([sources, overrides]).toExtend<unknown[]>()
  })

  test('inspectConfig resolves with settings and problems, and problemsOf takes anything', () => {
    expectTypeOf(inspectConfig).returns.resolves.toHaveProperty('problems').toEqualTypeOf<readonly ConfigProblem[]>()
    expectTypeOf(inspectConfig).returns.resolves.toHaveProperty('settings').toEqualTypeOf<readonly ResolvedSetting[]>()
    expectTypeOf(problemsOf).parameter(0).toEqualTypeOf<unknown>()
  })
})

test('a proxy is a URL, a URL with credentials, or environment', () => {
  expectTypeOf<'http://proxy:3128'>().toExtend<NonNullable<ConnectionOptions['proxy']>>()
  expectTypeOf<'environment'>().toExtend<NonNullable<ConnectionOptions['proxy']>>()
  expectTypeOf({ url: 'http://proxy:3128', username: 'a', password: undefined }).toExtend<ProxyOptions>()
  expectTypeOf({ username: 'a' }).not.toExtend<ProxyOptions>()
})
