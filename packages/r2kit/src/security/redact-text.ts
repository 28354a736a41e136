import { secretHeader } from './describe-request.js'
import { mask } from './secret.js'

/** Shorter values are no secrets, and would mask parts of ordinary words. */
const secretLengthMin = 8

/**
 * Text of a server without the secrets of the request that it responds to: a server, or a proxy's debug page, may reflect
 * session tokens, customer keys and signatures.
 */
export const redactText = (text: string, requestHeaders: Readonly<Record<string, string>>): string => {
  let redacted = text
  for (const [name, value] of Object.entries(requestHeaders)) {
    if (!secretHeader.test(name)) continue
    for (const secret of [value, signatureIn(value)])
      if (secret.length >= secretLengthMin) redacted = redacted.replaceAll(secret, mask)
  }
  return redacted
}

/** The signature of an `authorization` header. */
const signatureIn = (value: string): string => /Signature=([0-9a-f]+)/.exec(value)?.[1] ?? ''
