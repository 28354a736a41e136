/** The error for a value that is not a source of bytes, with advice by its type. */
import { shown, typeNameOf } from '../../base/shown.js'
import { clientError, type R2Error } from '../../errors/calls.js'
import { isTransferred } from './byte-views.js'

/** By the type of the value. */
const hints: Readonly<Record<string, string>> = {
  'a Promise': 'Await the promise first.',
  'a FormData': 'Pass a Blob of it: await new Response(form).blob().',
  'a URLSearchParams': 'Pass new TextEncoder().encode(String(parameters)).',
  'a URL': 'For a file, pass { path: fileURLToPath(url) }.',
}

const hintOn = (value: unknown): string => {
  if (typeof value === 'string')
    return `Pass { path: ${shown(value)} } for a file, or new TextEncoder().encode(text) for text.`
  if (isTransferred(value)) return 'postMessage or structuredClone has transferred its memory. Pass a copy.'
  const name = typeNameOf(value)
  if (name === 'a Response' || name === 'a Request')
    return hintOnMessage(name === 'a Response' ? 'response' : 'request')
  // A result of `get` or `getStream`.
  if (typeof value === 'object' && value !== null && 'body' in value) return 'Pass its body.'
  return hints[name] ?? 'Encode an object first, for example as JSON.'
}

/** Its length is not taken from its header: with a content coding, that is the length of other bytes. */
const hintOnMessage = (name: string): string =>
  `Pass ${name}.body, to a put with its length: contentLength: Number(${name}.headers.get('content-length')).`

/** @param takes the accepted values: `bytes, a Blob, a stream or { path }` */
export const notASource = (value: unknown, field: string, takes: string): R2Error => {
  const given = typeof value === 'string' ? `the string ${shown(value)}` : typeNameOf(value)
  const what = isTransferred(value) ? `${given} whose memory was transferred` : given
  return clientError('InvalidInput', `${field} must be ${takes}, but it is ${what}`, { field, hint: hintOn(value) })
}
