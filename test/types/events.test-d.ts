/** The types of events and listeners: code that must compile, and code that must not. Nothing in this file runs. */
import pino, { type Logger as PinoLogger } from 'pino'
import { Registry } from 'prom-client'
import type { R2ClientOptions, R2Event, R2EventListener } from 'r2kit'
import { type Logger, logEvents } from 'r2kit/logging'
import { otelMetrics, otelTraces } from 'r2kit/otel'
import { prometheusMetrics } from 'r2kit/prometheus'
import { expectTypeOf, test } from 'vitest'

declare const event: R2Event

test('the type of an event narrows its fields', () => {
  if (event.type === 'retry.decided') {
    expectTypeOf(event.verdict).toEqualTypeOf<'retry-after' | 'no-more-retries' | 'do-not-retry'>()
    expectTypeOf(event.delayMs).toEqualTypeOf<number | undefined>()
  }
  expectTypeOf(event.atMs).toBeNumber()
  // @ts-expect-error only events of a call have a callId
  expectTypeOf(event.callId).toBeNumber()
  // @ts-expect-error the union is closed
  expectTypeOf(event.type === 'call.finished').toBeBoolean()
})

test('onEvent takes functions of any result, and lists of them', () => {
  expectTypeOf<(event: R2Event) => void>().toExtend<R2EventListener>()
  expectTypeOf<(event: R2Event) => Promise<void>>().toExtend<R2EventListener>()
  expectTypeOf<readonly R2EventListener[]>().toExtend<R2ClientOptions['onEvent']>()
  expectTypeOf<undefined>().toExtend<R2ClientOptions['onEvent']>()
  expectTypeOf([otelTraces(), otelMetrics(), prometheusMetrics({ registry: new Registry() })]).toExtend<
    R2ClientOptions['onEvent']
  >()
  // @ts-expect-error an event is read only
  event.atMs = 0
})

test('pino and console are loggers', () => {
  expectTypeOf<PinoLogger>().toExtend<Logger>()
  expectTypeOf<Console>().toExtend<Logger>()
  expectTypeOf(logEvents(pino())).toEqualTypeOf<R2EventListener>()
  // @ts-expect-error no such level
  logEvents(console, { level: 'verbose' })
  // @ts-expect-error no such code
  logEvents(console, { expected: ['NoSuchKey'] })
  // @ts-expect-error the registry is required
  prometheusMetrics({})
})
