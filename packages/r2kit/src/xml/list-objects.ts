/**
 * The response to ListObjectsV2 (and to ListObjects, its first version), read while it arrives.
 *
 * Keys may be percent-encoded, and R2 says so only after the keys (`EncodingType` comes last), AWS before them. So a key
 * is decoded when it is known how it is written, at the latest at the end of the document.
 */
import { R2Error } from '../errors/index.js'
import type { XmlLimits } from './scanner.js'
import { DocumentReader, textOf, type XmlNode } from './tree.js'
import { isUrlEncoded, urlDecoded } from './url-encoding.js'
import { booleanOf, dateOf, etagOf, integerOf, requiredChild } from './values.js'

export interface Owner {
  readonly id?: string | undefined
  readonly displayName?: string | undefined
}

/** An object as a list shows it. */
export interface ListedObject {
  readonly key: string
  /** In bytes. */
  readonly size: number
  /** Bare, without quotes. */
  readonly etag: string
  readonly lastModified: Date
  readonly storageClass?: string | undefined
  /** Only where the request asked for it (`fetchOwner`). */
  readonly owner?: Owner | undefined
}

/** One page of a list. Fields that the response does not have are absent. */
export interface ListObjectsPage {
  readonly objects: ListedObject[]
  readonly commonPrefixes: string[]
  readonly isTruncated: boolean
  /** Keys and common prefixes together; counted where the server does not say. */
  readonly keyCount: number
  readonly maxKeys?: number | undefined
  readonly bucket?: string | undefined
  readonly prefix?: string | undefined
  readonly delimiter?: string | undefined
  readonly startAfter?: string | undefined
  readonly continuationToken?: string | undefined
  readonly nextContinuationToken?: string | undefined
  /** First version only. */
  readonly marker?: string | undefined
  /** First version only. */
  readonly nextMarker?: string | undefined
}

export interface ListObjectsReaderOptions {
  /**
   * Gets each object as soon as it has arrived, before the document has ended. If `end` throws, what it got is what the
   * broken answer held.
   */
  readonly onObject?: (object: ListedObject) => void
  /** Whether the request asked for `encoding-type=url`; what `onObject` gets relies on it. @defaultValue false */
  readonly urlEncoded?: boolean
  readonly limits?: XmlLimits
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }
type PageFields = Omit<ListObjectsPage, 'objects' | 'commonPrefixes' | 'keyCount'> & {
  keyCount?: number | undefined
  encodingType?: string | undefined
}

const ownerOf = (node: XmlNode): Owner => {
  const owner: Mutable<Owner> = {}
  for (const child of node.children) {
    if (child.name === 'ID') owner.id = textOf(child)
    else if (child.name === 'DisplayName') owner.displayName = textOf(child)
  }
  return owner
}

/** Written out instead of a table, which costs a page of a thousand objects a fifth more. */
const listedObject = (node: XmlNode): Mutable<ListedObject> => {
  let [key, size, tag, lastModified]: [string?, number?, string?, Date?] = []
  let [storageClass, ownedBy]: [string?, Owner?] = []
  for (const child of node.children) {
    switch (child.name) {
      case 'Key':
        key = textOf(child)
        break
      case 'Size':
        size = integerOf(child)
        break
      case 'ETag':
        tag = etagOf(child)
        break
      case 'LastModified':
        lastModified = dateOf(child)
        break
      case 'StorageClass':
        storageClass = child.text
        break
      case 'Owner':
        ownedBy = ownerOf(child)
    }
  }
  if (!key || size === undefined || tag === undefined || lastModified === undefined) {
    throw new R2Error('InvalidResponse', 'An object in the list lacks <Key>, <Size>, <ETag> or <LastModified>')
  }
  const object: Mutable<ListedObject> = { key, size, etag: tag, lastModified }
  if (storageClass !== undefined) object.storageClass = storageClass
  if (ownedBy !== undefined) object.owner = ownedBy
  return object
}

type TextField = Exclude<keyof PageFields, 'isTruncated' | 'keyCount' | 'maxKeys'>

/** Elements of a page whose value is any text, and the fields that they become. */
const textFields: ReadonlyMap<string, TextField> = /* @__PURE__ */ new Map([
  ['Name', 'bucket'],
  ['Prefix', 'prefix'],
  ['Delimiter', 'delimiter'],
  ['StartAfter', 'startAfter'],
  ['ContinuationToken', 'continuationToken'],
  ['NextContinuationToken', 'nextContinuationToken'],
  ['Marker', 'marker'],
  ['NextMarker', 'nextMarker'],
  ['EncodingType', 'encodingType'],
])

const pageFieldsOf = (root: XmlNode): Mutable<PageFields> => {
  const fields: Mutable<PageFields> = { isTruncated: booleanOf(requiredChild(root, 'IsTruncated')) }
  for (const child of root.children) {
    const field = textFields.get(child.name)
    if (field !== undefined) fields[field] = textOf(child)
    else if (child.name === 'KeyCount') fields.keyCount = integerOf(child)
    else if (child.name === 'MaxKeys') fields.maxKeys = integerOf(child)
  }
  return fields
}

/**
 * @example
 * const reader = new ListObjectsReader({ onObject: (object) => console.log(object.key) })
 * for await (const chunk of body) reader.write(chunk)
 * const page = reader.end()
 */
export class ListObjectsReader {
  readonly #document: DocumentReader
  readonly #onObject: ((object: ListedObject) => void) | undefined
  readonly #objects: Mutable<ListedObject>[] = []
  readonly #commonPrefixes: string[] = []
  readonly #root: XmlNode = { name: 'ListBucketResult', text: '', children: [] }
  /** How keys are written, once it is known or relied on. */
  #urlEncoded: boolean | undefined
  /** Objects whose keys are decoded. */
  #decoded = 0
  /** Whether a key was handed out that would be another one if the encoding were not what it was taken for. */
  #reliedOnEncoding = false

  constructor(options: ListObjectsReaderOptions = {}) {
    this.#onObject = options.onObject
    this.#urlEncoded = options.onObject === undefined ? undefined : (options.urlEncoded ?? false)
    this.#document = new DocumentReader(['ListBucketResult'], (node) => this.#take(node), options.limits)
  }

  /** @throws R2Error `InvalidResponse` as soon as the document is known to be broken. */
  write(chunk: Uint8Array): void {
    this.#document.write(chunk)
  }

  /** @throws R2Error `InvalidResponse` where the document is not complete, or lacks what a page needs. */
  end(): ListObjectsPage {
    this.#document.end()
    const { encodingType, keyCount, ...page } = pageFieldsOf(this.#root)
    const urlEncoded = encodingType === 'url'
    if (this.#reliedOnEncoding && urlEncoded !== this.#urlEncoded) {
      throw new R2Error(
        'InvalidResponse',
        `Keys were to be ${urlEncoded ? 'plain' : 'percent-encoded'}, but the response says otherwise`,
      )
    }
    this.#urlEncoded = urlEncoded
    this.#decodeObjects()
    if (urlEncoded) {
      for (const field of ['prefix', 'delimiter', 'startAfter', 'marker', 'nextMarker'] as const) {
        const value = page[field]
        if (value !== undefined) page[field] = urlDecoded(value)
      }
    }
    const objects = this.#objects
    const commonPrefixes = urlEncoded ? this.#commonPrefixes.map(urlDecoded) : this.#commonPrefixes
    const count = objects.length + commonPrefixes.length
    // Such a page would end a list early, and nobody would notice. R2 answers so to max-keys=0 only.
    if (page.isTruncated && count > 0 && page.nextContinuationToken === undefined && page.marker === undefined) {
      throw new R2Error('InvalidResponse', 'The list goes on, but the response has no <NextContinuationToken>')
    }
    return { objects, commonPrefixes, keyCount: keyCount ?? count, ...page }
  }

  #take(node: XmlNode): void {
    if (node.name === 'Contents') {
      this.#objects.push(listedObject(node))
      if (this.#urlEncoded !== undefined) this.#decodeObjects()
    } else if (node.name === 'CommonPrefixes') {
      this.#commonPrefixes.push(textOf(requiredChild(node, 'Prefix')))
    } else {
      this.#root.children.push(node)
      if (node.name === 'EncodingType' && !this.#reliedOnEncoding) this.#urlEncoded = node.text === 'url'
    }
  }

  #decodeObjects(): void {
    for (; this.#decoded < this.#objects.length; this.#decoded++) {
      const object = this.#objects[this.#decoded]
      if (object === undefined) return
      if (isUrlEncoded(object.key)) {
        this.#reliedOnEncoding = true
        if (this.#urlEncoded) object.key = urlDecoded(object.key)
      }
      this.#onObject?.(object)
    }
  }
}

/** Reads a page that has arrived as a whole. */
export const readListObjects = (bytes: Uint8Array, limits?: XmlLimits): ListObjectsPage => {
  const reader = new ListObjectsReader(limits === undefined ? {} : { limits })
  reader.write(bytes)
  return reader.end()
}
