/** The documents of operations that small programs do not need: a second index, so that clients do not load them at the start. */

export type { XmlChecksum } from './checksum.js'
export * from './configurations.js'
export * from './responses.js'
export { escapeXml, xmlCanCarry, xmlDocument, xmlElement, xmlValue } from './writer.js'
