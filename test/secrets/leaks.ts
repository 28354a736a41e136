/** Finds marked secrets in text: as they are, and in each form that code or a server may have given them. */

/** A secret that occurs nowhere else, by its name. */
export interface Mark {
  readonly name: string
  readonly bytes: Buffer
}

/** A text of the program, and its source. */
export interface Evidence {
  readonly source: string
  readonly text: string
}

export interface Leak {
  readonly mark: string
  readonly form: string
  readonly source: string
  /** The text around it, for the failure. */
  readonly excerpt: string
}

export const markOf = (name: string, secret: string | Uint8Array): Mark => ({ name, bytes: Buffer.from(secret) })

/**
 * The Base64 of bytes in the middle of a longer text, for each of the three positions in a group of three bytes. The characters at
 * the ends also depend on the neighbours, and are left out.
 */
const base64Within = (bytes: Buffer): string[] =>
  [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    return text.slice(before === 0 ? 0 : before + 1, (before + bytes.byteLength) % 3 === 0 ? undefined : -1)
  })

/** The texts to search for, by form. A form equal to another is left out. */
export const formsOf = ({ bytes }: Mark): [form: string, text: string][] => {
  const raw = bytes.toString('latin1')
  const isText = /^[ -~]+$/.test(raw)
  const hex = bytes.toString('hex')
  const base64 = base64Within(bytes)
  const forms: [string, string][] = [
    ...(isText ? ([['raw', raw]] as [string, string][]) : []),
    ...(isText ? ([['URL-encoded', encodeURIComponent(raw)]] as [string, string][]) : []),
    ...base64.map((text): [string, string] => ['Base64', text]),
    ...base64.map((text): [string, string] => ['Base64url', text.replaceAll('+', '-').replaceAll('/', '_')]),
    ...base64.map((text): [string, string] => ['URL-encoded Base64', encodeURIComponent(text)]),
    ['hex', hex],
    ['upper-case hex', hex.toUpperCase()],
    ['hex with spaces', hex.replaceAll(/..(?!$)/g, '$& ')],
    ['array', [...bytes].join(',')],
    ['object of bytes', [...bytes].map((byte, index) => `"${index}":${byte}`).join(',')],
    ['JSON', JSON.stringify(raw).slice(1, -1)],
  ]
  const seen = new Set<string>()
  return forms.filter(([, text]) => !seen.has(text) && seen.add(text))
}

/** Searches all texts for all marks, and for the signatures. */
export const findLeaks = (
  texts: readonly Evidence[],
  marks: readonly Mark[],
  signatures: ReadonlySet<string>,
): Leak[] => {
  const needles = marks.flatMap((mark) => formsOf(mark).map(([form, text]) => ({ mark: mark.name, form, text })))
  return texts.flatMap(({ source, text }) => {
    // `util.inspect` prints the bytes of an array in lines of aligned columns.
    const compact = text.replaceAll(/\s+/g, '')
    const found = needles.flatMap(({ mark, form, text: needle }) => {
      const searched = form === 'array' || form === 'object of bytes' ? compact : text
      const at = searched.indexOf(needle)
      return at === -1 ? [] : [{ mark, form, source, excerpt: searched.slice(Math.max(0, at - 60), at + 20) }]
    })
    for (const { 0: word, index } of text.matchAll(/[0-9a-f]{64}/gi)) {
      if (!signatures.has(word.toLowerCase())) continue
      found.push({ mark: 'signature', form: 'hex', source, excerpt: text.slice(Math.max(0, index - 60), index + 10) })
    }
    return found
  })
}
