/**
 * `r2.bucket(name)`: the operations of a client that concern one bucket, without the name in their inputs. Types and behaviour
 * follow from those of the client, so a new operation is there without further code.
 */
import { classNameOf } from './base/shown.js'
import type { Buckets } from './client/buckets/buckets-api.js'
import type { Multipart } from './client/multipart/multipart-api.js'
import type { Objects } from './client/objects/objects-api.js'
import type { UpdateInput, UpdateOptions, UpdateOutput } from './client/objects/update-with-lock.js'
import type { Presign } from './client/presign/presign-api.js'
import type {
  BytesDownloadOptions,
  BytesDownloadResult,
  DownloadInput,
  DownloadResult,
  FileDownloadOptions,
  FileTarget,
  StreamDownloadOptions,
} from './transfers/download/options.js'
import type { StreamDownload } from './transfers/handle/stream-download.js'
import type { Transfer } from './transfers/handle/transfer.js'
import type { Transfers } from './transfers/transfers.js'
import { isPlain, refuseInput, shown } from './validation/index.js'

/** The source of a copy or move. */
export interface SourceAddress {
  /** Name of the bucket. @defaultValue the bucket of the handle */
  readonly bucket?: string | undefined
  /** Key of the object. */
  readonly key: string
}

/** An input without its bucket. */
export type WithoutBucket<Input> = Input extends { readonly source: { readonly key: string } }
  ? Omit<Input, 'bucket' | 'source'> & { readonly source: SourceAddress }
  : Omit<Input, 'bucket'>

interface InSomeBucket {
  readonly bucket: string
}

/** An argument without its bucket: an input, or an array of inputs. */
type Unbound<Argument> = Argument extends InSomeBucket
  ? WithoutBucket<Argument>
  : Argument extends readonly (infer Input extends InSomeBucket)[]
    ? readonly WithoutBucket<Input>[]
    : Argument

/** The parameters of a method, without the bucket. An input without a required field may be omitted. */
type Parameters<Args extends readonly unknown[]> = Args extends readonly [input: infer Input, ...rest: infer Rest]
  ? Input extends InSomeBucket
    ? Record<never, never> extends WithoutBucket<Input>
      ? [input?: WithoutBucket<Input> | undefined, ...rest: Rest]
      : [input: WithoutBucket<Input>, ...rest: Rest]
    : { [Index in keyof Args]: Unbound<Args[Index]> }
  : Args

/** Whether one of the parameters is an input with a bucket, or an array of them. */
type TakesBucket<Args extends readonly unknown[]> = true extends {
  [Index in keyof Args]: Args[Index] extends InSomeBucket | readonly InSomeBucket[] ? true : false
}[number]
  ? true
  : false

/** The methods of an API that take a bucket, without it. */
export type InBucket<Api> = {
  readonly [Name in keyof Api as Api[Name] extends (...args: infer Args) => unknown
    ? TakesBucket<Args> extends true
      ? Name
      : never
    : Name]: Api[Name] extends (...args: infer Args) => infer Returned
    ? (...args: Parameters<Args>) => Returned
    : InBucket<Api[Name]>
}

/** Operations on the objects of the bucket. */
export interface BucketObjects extends Omit<InBucket<Objects>, 'updateWithLock'> {
  /** See `Objects.updateWithLock`. */
  updateWithLock<T = unknown>(input: WithoutBucket<UpdateInput<T>>, options?: UpdateOptions): Promise<UpdateOutput>
}

/** Uploads to the bucket, and downloads from it. */
export interface BucketTransfers extends Omit<InBucket<Transfers>, 'download'> {
  /** See `Transfers.download`. */
  download(
    input: WithoutBucket<DownloadInput>,
    target: 'bytes',
    options?: BytesDownloadOptions,
  ): Transfer<BytesDownloadResult>
  download(
    input: WithoutBucket<DownloadInput>,
    target: 'stream',
    options?: StreamDownloadOptions,
  ): StreamDownload<DownloadResult>
  download(
    input: WithoutBucket<DownloadInput>,
    target: FileTarget,
    options?: FileDownloadOptions,
  ): Transfer<DownloadResult>
}

/**
 * The operations of a client that concern one bucket. They have the names that they have in the client; their inputs have no
 * `bucket`.
 *
 * @example
 * const photos = r2.bucket('photos')
 * await photos.objects.put({ key: 'cat.jpg', body: bytes })
 * for await (const { key } of photos.objects.listAll()) console.log(key)
 * await photos.transfers.upload({ path: './film.mp4' }, { key: 'film.mp4' })
 */
export interface BucketHandle {
  /** Name of the bucket. */
  readonly name: string
  /** Operations on the objects of the bucket. */
  readonly objects: BucketObjects
  /** The single steps of multipart uploads to the bucket. */
  readonly multipart: InBucket<Multipart>
  /** The bucket itself, and its configurations. */
  readonly buckets: InBucket<Buckets>
  /** Presigned URLs of objects in the bucket. */
  readonly presign: InBucket<Presign>
  /** Uploads to the bucket, and downloads from it. */
  readonly transfers: BucketTransfers
}

/** The APIs of a client. */
interface Apis {
  readonly objects: Objects
  readonly multipart: Multipart
  readonly buckets: Buckets
  readonly presign: Presign
  readonly transfers: Transfers
}

/** Makes a handle. The name is checked with the input of each call. */
export const bucketHandle = ({ objects, multipart, buckets, presign, transfers }: Apis, name: string): BucketHandle => {
  const bound = (api: object) => boundTo(name, api) as never
  return {
    name,
    objects: bound(objects),
    multipart: bound(multipart),
    buckets: bound(buckets),
    presign: bound(presign),
    transfers: bound(transfers),
  }
}

/** Methods whose input is not their first argument, and its position. */
const inputIndex: Readonly<Record<string | symbol, number>> = { upload: 1, uploadDirectory: 1 }

const boundTo = (bucket: string, api: object): object =>
  // Not a Proxy of the API itself, which would have to return the members of a frozen fake unchanged.
  new Proxy(Object.create(api), {
    get(_, name) {
      const member: unknown = Reflect.get(api, name)
      if (typeof member === 'object' && member !== null) return boundTo(bucket, member)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        const index = inputIndex[name] ?? 0
        args[index] = withBucket(args[index], bucket)
        return Reflect.apply(member, api, args)
      }
    },
  })

/** Adds the bucket to an input and to its source. Other values are returned unchanged: the operation rejects them. */
const withBucket = (given: unknown = {}, bucket: string): unknown => {
  if (Array.isArray(given)) return given.map((input) => withBucket(input, bucket))
  if (typeof given !== 'object' || given === null || classNameOf(given) !== 'object') return given
  const fields: PropertyDescriptorMap = { bucket: { enumerable: true, get: () => bucketFor(given, bucket) } }
  if ('source' in given) fields.source = { enumerable: true, get: () => sourceIn(given.source, bucket) }
  // Getters of the caller stay getters: the operation reads them, and reports an error in them.
  return isPlain(given)
    ? Object.create(Object.prototype, { ...Object.getOwnPropertyDescriptors(given), ...fields })
    : Object.create(given, fields)
}

/** A name in the input would be replaced silently, and the operation would change an object of another bucket. */
const bucketFor = (given: { readonly bucket?: unknown }, bucket: string): string => {
  if (given.bucket === undefined || given.bucket === bucket) return bucket
  throw refuseInput('bucket', `must not differ from that of the handle, ${shown(bucket)}`, 'Omit it.')
}

const sourceIn = (source: unknown, bucket: string): unknown =>
  typeof source === 'object' && source !== null && isPlain(source) ? { bucket, ...source } : source
