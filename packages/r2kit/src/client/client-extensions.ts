/** The extensions of clients of `createClient`. */
import type { R2EventListener } from '../observability/event-stream.js'
import { refuseOption } from '../validation/index.js'
import { ClientExtension } from './client-extension.js'
import { layersField, listenersField } from './extension-options.js'
import { userAttemptLayers, userCallLayers } from './layers/user-layers.js'
import type { Layers } from './layers.js'
import { observation } from './observation.js'
import { type PresignOptions, presignField } from './presign/presign-input.js'
import { streamSupport } from './streams.js'

/**
 * The option `onEvent` of `R2Client`, for a client of `createClient`: listeners that receive its events.
 *
 * @throws R2Error `InvalidConfig`
 * @example
 * const r2 = createClient(options, { get: getObject }, listeners(createLogListener()))
 */
export const listeners = (onEvent: R2EventListener | readonly R2EventListener[]): ClientExtension =>
  new ClientExtension({ observe: observation(listenersField.read(onEvent, 'listeners', refuseOption)) })

/**
 * Bodies other than text and bytes, for a client of `createClient`: Blobs, streams and files, as `R2Client` takes them. Operations
 * that return streams bring it with them.
 *
 * @example
 * const r2 = createClient(options, { put: putObject }, streams)
 * await r2.put({ bucket: 'photos', key: 'cat.jpg', body: request.body, contentLength })
 */
export const streams: ClientExtension = /* @__PURE__ */ new ClientExtension({ streams: streamSupport })

/**
 * The option `layers` of `R2Client`, for a client of `createClient`: layers of your own around each call and each attempt.
 *
 * @throws R2Error `InvalidConfig`
 * @example
 * const r2 = createClient(options, { get: getObject }, layers({ attempt: [headerLayer] }))
 */
export const layers = (given: Layers): ClientExtension => {
  const { call, attempt } = layersField.read(given, 'layers', refuseOption)
  return new ClientExtension({ callLayers: userCallLayers(call), attemptLayers: userAttemptLayers(attempt) })
}

/**
 * The option `presign` of `R2Client`, for a client of `createClient`: the rules of its presigned URLs.
 *
 * @throws R2Error `InvalidConfig`
 * @example
 * const r2 = createClient(options, { signHead: presignHead }, presignRules({ allowedMethods: ['GET', 'HEAD'] }))
 */
export const presignRules = (rules: PresignOptions): ClientExtension =>
  new ClientExtension({ presign: presignField.read(rules, 'presign', refuseOption) })
