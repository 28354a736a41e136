/** The options of a client that become its extensions. */
import type { R2EventListener } from '../observability/event-stream.js'
import type { AttemptLayer, CallLayer } from '../pipeline/index.js'
import { callback, eitherOf, type Fields, listOf, objectOf } from '../validation/index.js'
import type { Extensions } from './extensions.js'
import { userAttemptLayers, userCallLayers } from './layers/user-layers.js'
import type { Layers } from './layers.js'
import { observation } from './observation.js'
import type { RuntimeOptions } from './runtime-options.js'
import { streamSupport } from './streams.js'

/** The option `layers`. */
export const layersField = objectOf<Layers>('layers', {
  call: listOf(callback<CallLayer>()),
  attempt: listOf(callback<AttemptLayer>()),
})

/** The option `onEvent`. */
export const listenersField = eitherOf<R2EventListener | readonly R2EventListener[]>(
  'a function, or an array of functions',
  'Pass (event) => console.log(event.type).',
  (value) => (Array.isArray(value) ? listOf(callback<R2EventListener>()) : callback<R2EventListener>()),
)

/** The tables of these options. */
export const extensionOptionFields: Fields<Pick<RuntimeOptions, 'layers' | 'onEvent'>> = {
  layers: layersField,
  onEvent: listenersField,
}

/** The extensions of a client with all operations: those that options ask for, and streams. */
export const extensionsOf = ({ layers, onEvent }: Pick<RuntimeOptions, 'layers' | 'onEvent'>): Extensions => ({
  observe: observation(onEvent),
  callLayers: userCallLayers(layers?.call),
  attemptLayers: userAttemptLayers(layers?.attempt),
  streams: streamSupport,
})
