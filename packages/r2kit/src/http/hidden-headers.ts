/** The error for a response whose header fields the browser hides from the page. Loaded by the first of them. */
import { asFinal, clientError, type R2Error } from '../errors/calls.js'

/** Fields that the client reads and that CORS hides by default (fetch.spec.whatwg.org, "CORS-safelisted response-header name"). */
const exposed = ['ETag', 'Content-Range', 'Content-Encoding', 'CF-Ray', 'x-amz-version-id']

const rule = {
  AllowedOrigins: ['https://app.example.com'],
  AllowedMethods: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'],
  AllowedHeaders: ['*'],
  ExposeHeaders: exposed,
}

/** Adds to the error of a response that seems incomplete that the page may not see all of it. */
export const hiddenBy = (error: R2Error<'InvalidResponse'>): R2Error => {
  const { code: _code, kind: _kind, retryable: _retryable, hint: _hint, message, ...context } = error
  const explained = clientError(
    'InvalidResponse',
    `${message}. The browser hides response headers that the CORS rule does not expose`,
    {
      ...context,
      hint: `Add ExposeHeaders to the bucket's CORS rule, with the origin of your page: ${JSON.stringify(rule)}`,
      cause: error,
    },
  )
  // A transfer would repeat the request until its time is over.
  return asFinal(explained)
}
