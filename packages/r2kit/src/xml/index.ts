export * from './answers.js'
export type { XmlChecksum, XmlChecksumAlgorithm } from './checksum.js'
export * from './configurations.js'
export { type ErrorDocument, errorCodeOf, errorFromDocument, readErrorDocument } from './error-document.js'
export {
  type ListedObject,
  type ListObjectsPage,
  ListObjectsReader,
  type ListObjectsReaderOptions,
  type Owner,
  readListObjects,
} from './list-objects.js'
export type { XmlLimits } from './scanner.js'
export { childOf, childrenOf, readTree, type XmlNode } from './tree.js'
export { escapeXml, xmlCanCarry, xmlDocument, xmlElement, xmlValue } from './writer.js'
