/**
 * The second door of this room: the documents of operations that small programs do not need. Apart from `index.ts`, because
 * bundlers keep whatever one door leads to together.
 */

export type { XmlChecksum, XmlChecksumAlgorithm } from './checksum.js'
export * from './configurations.js'
export * from './responses.js'
export { escapeXml, xmlCanCarry, xmlDocument, xmlElement, xmlValue } from './writer.js'
