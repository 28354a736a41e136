/** The conditions of a simulated run: their types and fields. */

import { extensionOptionFields } from '../client/extension-options.js'
import { presignField } from '../client/presign/presign-input.js'
import { coreOptionFields } from '../client/runtime-options.js'
import type { R2ClientOptions } from '../client-options.js'
import type { FaultRule } from '../simulation/faults/fault-rule.js'
import { faultRulesField } from '../simulation/faults/fault-rule.js'
import { transferSettingFields } from '../transfers/handle/options.js'
import { callback, eitherOf, type Field, type Fields, listOf, objectOf, oneOf, text } from '../validation/index.js'
import type { SimulatedExchange } from './exchange-log.js'

/** Options of a simulated client. Endpoint, credentials, transport, clock and random source are those of the run. */
export type SimulatedClientOptions = Pick<
  R2ClientOptions,
  'layers' | 'onEvent' | 'presign' | 'retry' | 'timeouts' | 'transfers' | 'validation'
>

/** Remains of a run that are permitted. */
export type PermittedRemains = 'pending-call' | 'open-response' | 'pending-timer' | 'unfinished-upload'

/** The conditions of a run, without its seed and its code. */
export interface SimulationSettings {
  /** Buckets that exist from the start. @defaultValue ['test'] */
  readonly buckets?: readonly string[] | undefined
  /**
   * Faults that requests meet: rules, or a function that draws them from the seed, such as `mixedFaults`. @defaultValue none
   */
  readonly faults?: readonly FaultRule[] | ((random: () => number) => readonly FaultRule[]) | undefined
  /** Options of every client of the run. @defaultValue the client's defaults */
  readonly client?: SimulatedClientOptions | undefined
  /** Remains that do not fail the run. @defaultValue none */
  readonly permit?: readonly PermittedRemains[] | undefined
  /** Called when a request has ended; to print what a failing seed does. @defaultValue no-op */
  readonly onExchange?: ((exchange: SimulatedExchange) => void) | undefined
}

const { layers, onEvent, retry, timeouts, validation } = { ...coreOptionFields, ...extensionOptionFields }

const clientFields: Fields<SimulatedClientOptions> = {
  onEvent,
  layers,
  retry,
  timeouts,
  validation,
  presign: presignField,
  transfers: objectOf('transfers', transferSettingFields),
}

export const simulatedClientField = objectOf<SimulatedClientOptions>('client', clientFields, {
  explainUnknown: (name) =>
    ['accountId', 'clock', 'connections', 'credentials', 'endpoint', 'random', 'transport'].includes(name)
      ? { problem: 'is set by the simulation', hint: 'Omit it.' }
      : undefined,
})

const faultsField: Field<NonNullable<SimulationSettings['faults']>> = eitherOf<
  NonNullable<SimulationSettings['faults']>
>('an array of fault rules, or a function that returns one', 'Pass [{ kind: ... }], or mixedFaults.', (value) =>
  typeof value === 'function'
    ? callback<(random: () => number) => readonly FaultRule[]>()
    : Array.isArray(value)
      ? faultRulesField
      : undefined,
)

export const settingFields: Fields<SimulationSettings> = {
  buckets: listOf(text),
  faults: faultsField,
  client: simulatedClientField,
  permit: listOf(oneOf('pending-call', 'open-response', 'pending-timer', 'unfinished-upload')),
  onExchange: callback<(exchange: SimulatedExchange) => void>(),
}
