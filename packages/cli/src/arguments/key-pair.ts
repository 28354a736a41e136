/** The key pairs of `r2 local --key`. */
import { shown } from 'r2kit/protocol'
import { UsageError } from '../errors/error-kinds.js'

/** A key pair and its permissions. */
export interface KeyPair {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly permission?: 'read' | 'write'
  readonly buckets?: readonly string[]
}

const form = /^(?<id>[^:]{32}):(?<secret>.+?)(?::(?<permission>[a-z]+))?(?:@(?<buckets>[^@]*))?$/s
const bucketForm = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/

/** Collects key pairs of the form `id:secret[:read|:write][@bucket,…]`. Without a permission: `write`. Errors hide the secret. */
export const keyPair =
  (option: string) =>
  (text: string, previous: readonly KeyPair[] = []): KeyPair[] => {
    const { id, secret, permission = 'write', buckets } = form.exec(text)?.groups ?? {}
    if (id === undefined || secret === undefined) {
      throw new UsageError(
        `${option} must be id:secret[:read|:write][@bucket,…] with an ID of 32 characters.`,
        `For example: ${option} ${'0123456789abcdef'.repeat(2)}:my-secret:read@photos.`,
      )
    }
    if (permission !== 'read' && permission !== 'write') {
      throw new UsageError(
        `The permission of ${option} must be read or write, but it is ${shown(permission)}.`,
        'Write :read.',
      )
    }
    const names = buckets?.split(',')
    const invalid = names?.find((name) => !bucketForm.test(name))
    if (invalid !== undefined) {
      throw new UsageError(
        `${option} has ${shown(invalid)}, which is not a bucket name.`,
        'Write @photos,films after the secret.',
      )
    }
    const pair = { accessKeyId: id, secretAccessKey: secret, permission } as const
    return [...previous, names === undefined ? pair : { ...pair, buckets: names }]
  }
