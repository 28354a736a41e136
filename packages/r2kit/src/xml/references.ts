/** The entities that XML has without a document type (XML 1.0, 4.6). */
const entities = /* @__PURE__ */ new Map([
  ['quot', '"'],
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['apos', "'"],
])

/** The character of the reference `&reference;`, or undefined if it is unknown. */
export const referenced = (reference: string): string | undefined => entities.get(reference) ?? numbered(reference)

/** A character by number. Characters that XML 1.0 forbids are accepted, as AWS writes them (`&#1;`), except NUL and surrogates. */
const numbered = (reference: string): string | undefined => {
  const [, hex, decimal = ''] = /^#(?:x([\da-f]+)|(\d+))$/i.exec(reference) ?? []
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  return code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? undefined : String.fromCodePoint(code)
}
