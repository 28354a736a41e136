/** Validates lifecycle configurations by R2's page on object lifecycles, and reads stored ones. */
import {
  childrenOf,
  type LifecycleMoment,
  type LifecycleRule,
  lifecycleDocument,
  readTree,
  xmlDocument,
} from 'r2kit/protocol'
import { invalidArgument, S3Error } from '../errors/s3-error.js'
import { memoizeParse } from '../objects/memoize.js'
import { orMalformedXml } from '../objects/read-document.js'
import { prefixFormOf, ruleMarkup } from './rule-form.js'

const maxRules = 1000
/** Of one rule. */
const maxTransitions = 10
const dayMs = 86_400_000

/**
 * @returns The document in our own formatting. Each rule has an ID, and its prefix in the element that the request used.
 * @throws S3Error `MalformedXML`, `InvalidArgument`, `InvalidRequest`, `InvalidStorageClass`, `NotImplemented`
 */
export const readLifecycleDocument = (bytes: Uint8Array): string => {
  const { rules } = orMalformedXml(() => lifecycleDocument.read(bytes))
  const prefixForms = childrenOf(readTree(bytes), 'Rule').map(prefixFormOf)
  if (rules.length === 0 || rules.length > maxRules) throw new S3Error('MalformedXML')
  const named = rules.map((rule, index) => ({ ...rule, id: rule.id || `rule-${index + 1}` }))
  if (new Set(named.map((rule) => rule.id)).size < named.length) {
    throw invalidArgument('Rule ID must be unique. Found same ID for more than one rule')
  }
  for (const rule of named) requireRule(rule)
  const markup = named.map((rule, index) => ruleMarkup(rule, prefixForms[index] ?? 'filter')).join('')
  return xmlDocument('LifecycleConfiguration', markup)
}

const requireRule = (rule: LifecycleRule): void => {
  const { expiration, transitions = [], abortIncompleteMultipartUploadDays: abortDays } = rule
  if (expiration === undefined && transitions.length === 0 && abortDays === undefined) {
    throw new S3Error('InvalidRequest', 'At least one action needs to be specified in a rule.')
  }
  if (transitions.length > maxTransitions) throw new S3Error('MalformedXML')
  for (const moment of [expiration, ...transitions]) if (moment !== undefined) requireMoment(moment)
  if (abortDays !== undefined && abortDays < 1) throw positiveDays()
  for (const { storageClass } of transitions) {
    if (storageClass !== 'STANDARD_IA') throw new S3Error('InvalidStorageClass')
  }
}

const requireMoment = ({ days, date }: LifecycleMoment): void => {
  if ((days === undefined) === (date === undefined)) throw new S3Error('MalformedXML')
  if (days !== undefined && days < 1) throw positiveDays()
  if (date !== undefined && date.getTime() % dayMs !== 0) throw invalidArgument("'Date' must be at midnight GMT")
}

const positiveDays = (): S3Error => invalidArgument("'Days' must be a positive integer")

/** Parses a stored document into its enabled rules. */
export const lifecycleRulesOf: (document: string) => readonly LifecycleRule[] = memoizeParse((document) =>
  lifecycleDocument.read(Buffer.from(document)).rules.filter((rule) => rule.status === 'Enabled'),
)

/** R2's rule for new buckets: unfinished uploads are aborted after seven days. */
export const defaultLifecycle = lifecycleDocument.write({
  rules: [{ id: 'Default Multipart Abort Rule', status: 'Enabled', prefix: '', abortIncompleteMultipartUploadDays: 7 }],
})
