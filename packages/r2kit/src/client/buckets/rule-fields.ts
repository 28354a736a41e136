/** The rules of a bucket's configurations as data. Rules that R2 would reject without naming a field are rejected here. */
import {
  calendarDate,
  type Field,
  flag,
  integer,
  listOf,
  objectOf,
  oneOf,
  type Refuse,
  required,
  shown,
  someOf,
  text,
} from '../../validation/index.js'
import type { CorsRule, EncryptionRule, LifecycleMoment, LifecycleRule } from '../../xml/documents.js'

const texts = listOf(text)

/** An origin that R2 accepts. R2 itself reports a wildcard in the port as malformed XML. Source: r2/buckets/cors. */
const originField: Field<string> = {
  takes: 'an origin',
  read(value, name, refuse) {
    const origin = text.read(value, name, refuse)
    const problem = problemWithOrigin(origin)
    if (problem === undefined) return origin
    throw refuse(
      name,
      `${problem}, but it is ${shown(origin)}`,
      "Pass scheme and host, such as 'https://app.example', or '*'.",
    )
  },
}

const problemWithOrigin = (origin: string): string | undefined => {
  if (origin === '*') return undefined
  const [, host] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#\s]+)$/i.exec(origin) ?? []
  if (host === undefined) return 'must be scheme, host and port without a path, or *'
  if (host.split('*').length > 2) return 'may have one wildcard'
  return /:[^\]]*\*/.test(host.replace(/^\[.*\]/, '')) ? 'must not have a wildcard in the port' : undefined
}

export const corsRuleField = objectOf<CorsRule>('a CORS rule', {
  id: text,
  allowedOrigins: required(someOf(originField, "Pass at least one origin, or ['*'].")),
  allowedMethods: required(
    someOf(oneOf('GET', 'PUT', 'POST', 'DELETE', 'HEAD'), "Pass at least one method, such as ['GET']."),
  ),
  allowedHeaders: texts,
  exposeHeaders: texts,
  maxAgeSeconds: integer(0, 86_400),
})

const momentFields = { days: integer(1), date: calendarDate }

/** Days or a date. R2 rejects both together, and a rule with neither would have no effect. */
const requireOneMoment = ({ days, date }: LifecycleMoment, name: string, refuse: Refuse): void => {
  if ((days === undefined) !== (date === undefined)) return
  throw refuse(name, 'must have either days or a date', 'Pass one of them.')
}

/** A field with a check that covers several of its parts. */
const checked = <T>(field: Field<T>, check: (value: T, name: string, refuse: Refuse) => void): Field<T> => ({
  ...field,
  read(value, name, refuse) {
    const read = field.read(value, name, refuse)
    check(read, name, refuse)
    return read
  },
})

/** R2 has no other class to move objects to. Source: r2/buckets/object-lifecycles. */
const transitionField = objectOf<NonNullable<LifecycleRule['transitions']>[number]>('a transition', {
  ...momentFields,
  storageClass: required(oneOf('STANDARD_IA')),
})

/**
 * A field of AWS's form (`filter`, `Prefix`, `noncurrentVersionExpiration`) must not be ignored: a rule without its prefix applies
 * to the whole bucket, and can delete all of it.
 */
const lifecycleFields = objectOf<LifecycleRule>(
  'a lifecycle rule',
  {
    id: text,
    status: required(oneOf('Enabled', 'Disabled')),
    prefix: text,
    expiration: checked(objectOf<LifecycleMoment>('an expiration', momentFields), requireOneMoment),
    transitions: listOf(checked(transitionField, requireOneMoment)),
    abortIncompleteMultipartUploadDays: integer(1),
  },
  {
    explainUnknown(name) {
      const problem = 'is not a field of a lifecycle rule'
      if (/^filter$/i.test(name)) return { problem, hint: 'Pass the prefix of the filter as the prefix of the rule.' }
      // Never suggests the nearest name: `expiration` deletes current objects.
      if (/^noncurrent/i.test(name)) return { problem, hint: 'Omit it: R2 keeps one version of an object.' }
      return undefined
    },
  },
)

const requireAction = (rule: LifecycleRule, name: string, refuse: Refuse): void => {
  const { expiration, transitions = [], abortIncompleteMultipartUploadDays: abortDays } = rule
  if (expiration !== undefined || transitions.length > 0 || abortDays !== undefined) return
  const hint = 'Pass expiration, transitions or abortIncompleteMultipartUploadDays.'
  throw refuse(name, 'must have an action, but it has none', hint)
}

export const lifecycleRuleField = checked(lifecycleFields, requireAction)

export const encryptionRuleField = objectOf<EncryptionRule>('an encryption rule', {
  algorithm: required(text),
  bucketKeyEnabled: required(flag),
})
