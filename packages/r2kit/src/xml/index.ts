/** The documents that every client reads: lists of objects, and errors. `documents.ts` has the other documents of S3. */
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
