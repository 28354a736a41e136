/** Character references and the five entities that XML has without a document type (XML 1.0, 4.1 and 4.6). */

const entities = /* @__PURE__ */ new Map([
  ['quot', '"'],
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['apos', "'"],
])

/** The character that `&reference;` stands for; undefined for one that is unknown. */
export const referenced = (reference: string): string | undefined => entities.get(reference) ?? numbered(reference)

/** Characters that XML 1.0 forbids are let in as `&#1;`, as AWS writes them, except NUL and halves of surrogate pairs. */
const numbered = (reference: string): string | undefined => {
  const [, hex, decimal = ''] = /^#(?:x([\da-f]+)|(\d+))$/i.exec(reference) ?? []
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  return code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? undefined : String.fromCodePoint(code)
}
