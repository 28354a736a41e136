/**
 * Header fields are bytes on the wire and Latin-1 strings in Node. Text that is not ASCII is UTF-8 in both directions:
 * decoded once when a request arrives, encoded once when a response leaves.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: everything outside of ASCII.
const nonAscii = /[^\u0000-\u007f]/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const textOfHeader = (value: string): string => {
  if (!nonAscii.test(value)) return value
  try {
    return utf8.decode(Buffer.from(value, 'latin1'))
  } catch {
    // Not UTF-8: keep the bytes as the characters that Latin-1 gives them.
    return value
  }
}

export const headerOfText = (text: string): string =>
  nonAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text
