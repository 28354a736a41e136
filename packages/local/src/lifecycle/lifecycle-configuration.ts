/** Lifecycle rules: what PutBucketLifecycleConfiguration may say, by R2's page on object lifecycles. */
import {
  childrenOf,
  type LifecycleMoment,
  type LifecycleRule,
  lifecycleDocument,
  readTree,
  xmlDocument,
} from 'r2kit/protocol'
import { invalidArgument, S3Error } from '../errors/s3-error.js'
import { orMalformed } from '../http/read-document.js'
import { parsedOnce } from '../objects/parsed-once.js'
import { prefixPlaceOf, ruleMarkup } from './rule-form.js'

const maxRules = 1000
/** Of one rule; R2 has one class to move to. */
const maxTransitions = 10
const dayMs = 86_400_000

/**
 * @returns The document in our own writing, each rule with an id and its prefix where it was put.
 * @throws S3Error MalformedXML, InvalidArgument, NotImplemented
 */
export const readLifecycleDocument = (bytes: Uint8Array): string => {
  const { rules } = orMalformed(() => lifecycleDocument.read(bytes))
  const places = childrenOf(readTree(bytes), 'Rule').map(prefixPlaceOf)
  if (rules.length === 0 || rules.length > maxRules) throw new S3Error('MalformedXML')
  const named = rules.map((rule, index) => ({ ...rule, id: rule.id || `rule-${index + 1}` }))
  if (new Set(named.map((rule) => rule.id)).size < named.length) {
    throw invalidArgument('Rule ID must be unique. Found same ID for more than one rule')
  }
  for (const rule of named) requireRule(rule)
  const markup = named.map((rule, index) => ruleMarkup(rule, places[index] ?? 'filter')).join('')
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

/** The enabled rules of a bucket's stored document. */
export const lifecycleRulesOf: (document: string) => readonly LifecycleRule[] = parsedOnce((document) =>
  lifecycleDocument.read(Buffer.from(document)).rules.filter((rule) => rule.status === 'Enabled'),
)
