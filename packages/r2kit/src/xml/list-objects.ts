/**
 * Reads the response to ListObjectsV2 (and to ListObjects, its first version) while it arrives.
 *
 * Keys may be percent-encoded. R2 sends `EncodingType` after the keys, AWS before them. A key is therefore decoded when the
 * encoding is known, at the latest at the end of the document.
 */
import type { XmlLimits } from './scanner.js'
import { copied, DocumentReader, textOf, type XmlNode } from './tree.js'
import { isUrlEncoded, urlDecoded } from './url-encoding.js'
import { booleanOf, dateOf, etagOf, failRead, integerOf, requiredChild } from './values.js'

/** The owner of a bucket or an object: on R2 the account. */
export interface Owner {
  /** ID of the account. */
  readonly id?: string | undefined
  /** Name of the account. */
  readonly displayName?: string | undefined
}

/** An object in a list. */
export interface ListedObject {
  /** Key of the object. */
  readonly key: string
  /** Size in bytes. */
  readonly size: number
  /** ETag without quotes. */
  readonly etag: string
  /** Time of the last write. */
  readonly lastModified: Date
  /** Storage class, such as `STANDARD`. */
  readonly storageClass?: string | undefined
  /** Owner, if the request asked for it (`fetchOwner`). */
  readonly owner?: Owner | undefined
}

/** One page of a list. Fields that the response does not contain are absent. */
export interface ListObjectsPage {
  /** Objects in the order of the UTF-8 bytes of their keys. */
  readonly objects: ListedObject[]
  /** Prefixes up to the delimiter, which several keys share. */
  readonly commonPrefixes: string[]
  /** Whether another page follows. */
  readonly isTruncated: boolean
  /** Number of objects and common prefixes on the page. */
  readonly keyCount: number
  /** Limit of the page, as the server applied it. */
  readonly maxKeys?: number | undefined
  /** Name of the bucket. */
  readonly bucket?: string | undefined
  /** Prefix of the request. */
  readonly prefix?: string | undefined
  /** Delimiter of the request. */
  readonly delimiter?: string | undefined
  /** Key of the request after which the list begins. */
  readonly startAfter?: string | undefined
  /** Token of the request. */
  readonly continuationToken?: string | undefined
  /** Token for the request of the next page. */
  readonly nextContinuationToken?: string | undefined
  /** Marker of the request; first version of ListObjects only. */
  readonly marker?: string | undefined
  /** Marker for the request of the next page; first version of ListObjects only. */
  readonly nextMarker?: string | undefined
}

/** Options of `ListObjectsReader`. */
export interface ListObjectsReaderOptions {
  /**
   * Called with each object as soon as it has arrived, before the document has ended. If `end` throws, these objects came from an
   * invalid document.
   *
   * @defaultValue no-op
   */
  readonly onObject?: (object: ListedObject) => void
  /** Whether the request asked for `encoding-type=url`. The keys for `onObject` depend on it. @defaultValue false */
  readonly urlEncoded?: boolean
  /** Limits for the document. */
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

/** Reads an object. A table of codecs would take a fifth more time for a page of a thousand objects. */
const listedObject = (node: XmlNode): Mutable<ListedObject> => {
  let [key, size, tag, lastModified]: [string?, number?, string?, Date?] = []
  let [storageClass, ownedBy]: [string?, Owner?] = []
  for (const child of node.children) {
    switch (child.name) {
      case 'Key':
        // Copied or decoded when the encoding is known.
        key = child.text
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
    return failRead('an object in the list lacks <Key>, <Size>, <ETag> or <LastModified>')
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
 * Reads a page in chunks.
 *
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
  /** Whether keys are percent-encoded, once the document or `onObject` has determined it. */
  #urlEncoded: boolean | undefined
  /** Number of objects whose keys are decoded. */
  #decoded = 0
  /** Whether `onObject` received a key that the other encoding would change. */
  #reliedOnEncoding = false

  constructor(options: ListObjectsReaderOptions = {}) {
    this.#onObject = options.onObject
    this.#urlEncoded = options.onObject === undefined ? undefined : (options.urlEncoded ?? false)
    this.#document = new DocumentReader(['ListBucketResult'], (node) => this.#take(node), options.limits)
  }

  /** Reads the next bytes. @throws R2Error `InvalidResponse` as soon as the document is invalid */
  write(chunk: Uint8Array): void {
    this.#document.write(chunk)
  }

  /** Ends the document and returns the page. @throws R2Error `InvalidResponse` if it is incomplete or lacks a required field */
  end(): ListObjectsPage {
    this.#document.end()
    const { encodingType, keyCount, ...page } = pageFieldsOf(this.#root)
    const urlEncoded = encodingType === 'url'
    if (this.#reliedOnEncoding && urlEncoded !== this.#urlEncoded) {
      failRead(`its keys are ${urlEncoded ? '' : 'not '}percent-encoded, contrary to the request`)
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
    // Such a page would silently end a list too early. R2 sends one only for max-keys=0.
    if (page.isTruncated && count > 0 && page.nextContinuationToken === undefined && page.marker === undefined) {
      failRead('the list is truncated, but it has no <NextContinuationToken>')
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
      const isEncoded = isUrlEncoded(object.key)
      if (isEncoded) this.#reliedOnEncoding = true
      object.key = isEncoded && this.#urlEncoded ? urlDecoded(object.key) : copied(object.key)
      this.#onObject?.(object)
    }
  }
}

/** Reads a complete page. @throws R2Error `InvalidResponse` */
export const readListObjects = (bytes: Uint8Array, limits?: XmlLimits): ListObjectsPage => {
  const reader = new ListObjectsReader(limits === undefined ? {} : { limits })
  reader.write(bytes)
  return reader.end()
}
