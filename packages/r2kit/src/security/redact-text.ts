import { mask } from './secret.js'
import { secretHeader } from './secret-header.js'

/** Minimum length of a masked value. Shorter values are not secret, and would mask parts of ordinary words. */
const secretLengthMin = 8

/**
 * Masks the secrets of a request in the text of its response: a server, or the debug page of a proxy, may reflect session tokens,
 * customer keys and signatures, also percent-encoded in a URL.
 */
export const redactText = (text: string, requestHeaders: Readonly<Record<string, string>>): string => {
  let redacted = text
  for (const [name, value] of Object.entries(requestHeaders)) {
    if (!secretHeader.test(name)) continue
    for (const secret of [value, signatureIn(value)])
      if (secret.length >= secretLengthMin)
        redacted = redacted.replaceAll(secret, mask).replaceAll(encodeURIComponent(secret), mask)
  }
  return redacted
}

/** The signature in an `authorization` header; empty if there is none. */
const signatureIn = (value: string): string => /Signature=([0-9a-f]+)/.exec(value)?.[1] ?? ''
