import type { HttpResponse } from '../http/index.js'
import type { Attempt, AttemptHandler, AttemptLayer } from './attempt.js'

const ownLayers = new WeakSet<AttemptLayer>()

/** Marks a layer of this package, which needs no check of its contract: the checks would cost more than the layer. */
export const ownLayer = (layer: AttemptLayer): AttemptLayer => {
  ownLayers.add(layer)
  return layer
}

export const isOwnLayer = (layer: AttemptLayer): boolean => ownLayers.has(layer)

/** Calls `next`, whose exceptions become rejections: a layer that holds something has one place to release it. */
export const rejecting = (next: AttemptHandler, attempt: Attempt): Promise<HttpResponse> => {
  try {
    return next(attempt)
  } catch (error) {
    return Promise.reject(error)
  }
}
