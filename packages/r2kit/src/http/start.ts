/** What every client has loaded of this module at its start. Imported for its effect on bundlers, as `client/start.ts` explains. */
export { createDefaultTransport } from '#transport'
export { toRequestBody } from './body/request-body.js'
export { isBrowser } from './content-coding.js'
export { collect } from './response-collector.js'
